"""An excuse moves the counters of open rounds and of those that open later; whoever answered stays responded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from linglou.engines.rounds import excuses
from linglou.engines.rounds.models import Excuse, Round, RoundExcuse, UnitCount
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.daily import health_round
from tests.factories.people import Campus, actor
from tests.factories.rounds import open_round, submission, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def approve(campus: Campus, person: Person, *, days: int = 3, starts: datetime | None = None) -> Excuse:
    at = clock.now()
    return excuses.approve(
        person=person, reason="leave", note="", starts_at=starts or at - timedelta(hours=1), ends_at=at + timedelta(days=days),
        by=actor(campus.counsellor), at=at,
    )  # fmt: skip


def counts(campus: Campus, round_: Round) -> list[tuple[int, int, int]]:
    """(responded, excused, missing) at the school, the class, the building."""
    rows = [
        UnitCount.objects.get(round_id=round_.pk, unit_id=u.pk) for u in (campus.school, campus.classes[0], campus.building)
    ]
    return [(row.responded, row.excused, row.missing) for row in rows]


def test_it_bears_on_a_round_that_is_open_at_every_level_of_both_trees(campus: Campus) -> None:
    round_ = health_round(campus.school)
    approve(campus, campus.students[1])
    assert counts(campus, round_) == [(0, 1, 5), (0, 1, 2), (0, 1, 5)]


def test_it_bears_on_a_round_that_opens_later(campus: Campus) -> None:
    approve(campus, campus.students[1])
    assert counts(campus, health_round(campus.school)) == [(0, 1, 5), (0, 1, 2), (0, 1, 5)]


def test_it_does_not_bear_on_a_round_that_closes_after_its_end_or_before_its_start(campus: Campus) -> None:
    round_ = health_round(campus.school)
    approve(campus, campus.students[1], days=5, starts=round_.closes_at + timedelta(minutes=1))
    assert counts(campus, round_)[0] == (0, 0, 6)


def test_who_has_answered_stays_responded(campus: Campus) -> None:
    round_ = health_round(campus.school)
    submit(submission(round_, campus.students[1]))
    excuse = approve(campus, campus.students[1])
    assert counts(campus, round_) == [(1, 0, 5), (1, 0, 2), (1, 0, 5)]
    excuses.cancel(excuse=excuse, by=actor(campus.counsellor), at=clock.now())
    assert counts(campus, round_)[0] == (1, 0, 5)


def test_who_answers_although_excused_is_responded(campus: Campus) -> None:
    round_ = health_round(campus.school)
    excuse = approve(campus, campus.students[1])
    submit(submission(round_, campus.students[1]))
    assert counts(campus, round_)[0] == (1, 0, 5)
    excuses.cancel(excuse=excuse, by=actor(campus.counsellor), at=clock.now())
    assert counts(campus, round_)[0] == (1, 0, 5)


def test_a_cancelled_excuse_makes_the_person_expected_again(campus: Campus) -> None:
    round_ = health_round(campus.school)
    excuse = approve(campus, campus.students[1])
    excuses.cancel(excuse=excuse, by=actor(campus.counsellor), at=clock.now())
    assert counts(campus, round_) == [(0, 0, 6), (0, 0, 3), (0, 0, 6)]
    assert not RoundExcuse.objects.exists()
    with pytest.raises(Problem, match="excuse-over"):
        excuses.cancel(excuse=excuse, by=actor(campus.counsellor), at=clock.now())


def test_two_excuses_count_once_and_the_other_one_holds_on(campus: Campus) -> None:
    round_ = health_round(campus.school)
    first, second = (approve(campus, campus.students[1]) for _ in range(2))
    assert counts(campus, round_)[0] == (0, 1, 5)
    excuses.cancel(excuse=first, by=actor(campus.counsellor), at=clock.now())
    assert counts(campus, round_)[0] == (0, 1, 5)
    assert RoundExcuse.objects.get().excuse_id == second.pk
    excuses.cancel(excuse=second, by=actor(campus.counsellor), at=clock.now())
    assert counts(campus, round_)[0] == (0, 0, 6)


def test_a_closed_round_stays_as_it_closed(campus: Campus) -> None:
    round_ = health_round(campus.school)
    excuse = approve(campus, campus.students[1])
    Round.objects.filter(pk=round_.pk).update(state="closed", closed_at=clock.now())
    excuses.cancel(excuse=excuse, by=actor(campus.counsellor), at=clock.now())
    approve(campus, campus.students[2])
    assert counts(campus, round_)[0] == (0, 1, 5)
    assert RoundExcuse.objects.count() == 1


def test_it_is_on_the_trail(campus: Campus) -> None:
    excuse = approve(campus, campus.students[1])
    excuses.cancel(excuse=excuse, by=actor(campus.counsellor), at=clock.now())
    trail = Entry.objects.filter(subject_type="excuse").order_by("pk").values_list("action", "subject_person_id")
    assert not any("reason" in entry.detail for entry in Entry.objects.filter(action__startswith="excuse"))
    assert list(trail) == [("excuse.approve", campus.students[1].pk), ("excuse.cancel", campus.students[1].pk)]


@pytest.mark.parametrize("address", ["/excuses/", "/api/v1/excuses"])
def test_whoever_reads_the_reasons_is_on_the_trail_of_each(campus: Campus, address: str) -> None:
    client, patient = browser(campus.counsellor), campus.students[1]
    client.post("/excuses/", form(patient))
    Entry.objects.filter(is_read=True).delete()
    assert "阑尾炎" in client.get(address).content.decode("utf-8" if address == "/excuses/" else "unicode-escape")
    (entry,) = Entry.objects.filter(is_read=True)
    assert (entry.action, entry.actor_id, entry.subject_person_id) == ("excuse.list", campus.counsellor.pk, patient.pk)


def test_an_end_before_the_start_is_refused(campus: Campus) -> None:
    with pytest.raises(Problem, match="excuse-ends-before-start"):
        approve(campus, campus.students[1], days=-3)


# the page


def form(whom: Person, **changes: Any) -> dict[str, Any]:
    today = clock.day_of(clock.now())
    return {"number": whom.number, "reason": "hospital", "first_day": today, "last_day": today, "note": "阑尾炎"} | changes


def test_a_counsellor_approves_and_cancels_on_the_page(campus: Campus) -> None:
    round_ = open_round(campus.school)
    client = browser(campus.counsellor)
    assert client.post("/excuses/", form(campus.students[1])).status_code == 302
    assert counts(campus, round_)[0] == (0, 1, 5)
    page = client.get("/excuses/").content.decode()
    assert campus.students[1].name in page
    assert "阑尾炎" in page
    client.post(f"/excuses/{Excuse.objects.get().pk}/cancel/")
    assert counts(campus, round_)[0] == (0, 0, 6)
    assert "已撤销" in client.get("/excuses/").content.decode()


def test_the_page_is_scoped(campus: Campus) -> None:
    client = browser(campus.counsellor)
    refused = client.post("/excuses/", form(campus.students[4]))
    assert refused.status_code == 422
    assert "您负责的人员中没有这个学号" in refused.content.decode()
    elsewhere = approve(campus, campus.students[4])
    assert campus.students[4].name not in client.get("/excuses/").content.decode()
    assert client.post(f"/excuses/{elsewhere.pk}/cancel/").status_code == 404
    assert browser(campus.secretary).post(f"/excuses/{elsewhere.pk}/cancel/").status_code == 302
    for nobody in (campus.monitor, campus.students[2]):
        assert browser(nobody).get("/excuses/").status_code == 403
        assert browser(nobody).post("/excuses/", form(campus.students[1])).status_code == 403


def test_a_link_fills_in_the_number_only_of_ones_own_people(campus: Campus) -> None:
    client = browser(campus.counsellor)
    assert campus.students[1].number in client.get(f"/excuses/?person={campus.students[1].pk}").content.decode()
    assert campus.students[4].number not in client.get(f"/excuses/?person={campus.students[4].pk}").content.decode()


def test_dates_in_the_wrong_order_come_back(campus: Campus) -> None:
    today = clock.day_of(clock.now())
    answer = browser(campus.counsellor).post("/excuses/", form(campus.students[1], last_day=today - timedelta(days=1)))
    assert answer.status_code == 422
    assert "结束日期不能早于起始日期" in answer.content.decode()

"""A school's own rules stand beside the national rows: stricter or equal, dated, withdrawn with a trace, and never over them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from linglou.domains.care.models import Observation, ObservationEvent
from linglou.domains.cases.contacts import actions as contacts
from linglou.flows import contact_confirmed_is_watched
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit.models import Entry
from linglou.foundation.rulebook import actions, queries
from linglou.foundation.rulebook.models import OwnRule
from linglou.foundation.rulebook.problems import NO_SUCH_NUMBER, NOT_STRICTER, OWN_RULE_WITHDRAWN, UNKNOWN_RULE
from linglou.kernel import clock
from linglou.kernel.problems import Kind, Problem
from tests.factories.accounts import browser
from tests.factories.cases import case, clinic
from tests.factories.people import Campus, actor

ROW = "MEAS-OBSERVATION-CLOSE-CONTACT"  # 21 days, twice a day


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


@pytest.fixture
def office(campus: Campus) -> Actor:
    return actor(campus.office)


def add(by: Actor, rule_id: str = ROW, **changes: int | date | None) -> OwnRule:
    today = clock.day_of(clock.now())
    given = {"days": 28, "checks_per_day": None, "from_day": today, "to_day": None} | changes
    return actions.add_own_rule(
        rule_id=rule_id, text="一律观察 28 天", document="校发〔2026〕5号", by=by, at=clock.now(), **given
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    ("rule_id", "days", "checks", "refused"),
    [
        (ROW, 28, None, None),
        (ROW, 21, 2, None),
        (ROW, None, None, None),
        (ROW, 20, None, NOT_STRICTER),
        (ROW, None, 1, NOT_STRICTER),
        ("MEAS-RETURN", None, None, None),
        ("MEAS-RETURN", 7, None, NO_SUCH_NUMBER),
        ("SCH-2006-1", None, None, None),
        ("NO-SUCH-RULE", None, None, UNKNOWN_RULE),
    ],
)
def test_it_is_never_less_than_the_row(
    office: Actor, rule_id: str, days: int | None, checks: int | None, refused: Kind | None
) -> None:
    if refused is None:
        assert add(office, rule_id, days=days, checks_per_day=checks).pk
        return
    with pytest.raises(Problem) as problem:
        add(office, rule_id, days=days, checks_per_day=checks)
    assert problem.value.kind is refused
    assert not OwnRule.objects.exists()


def test_an_observation_takes_the_longer_and_names_the_document_and_keeps_the_national_rule(
    campus: Campus, office: Actor
) -> None:
    at, doctor = clock.now(), clinic(campus.school)
    add(office)
    ill = case(campus.students[0], campus.classes[0], by=doctor, at=at)
    contacts.add(case=ill, person=campus.students[1], where="named", first_at=at, last_at=at, note="", by=doctor, at=at)
    contact_confirmed_is_watched.run(at=at)
    one = Observation.objects.get(person=campus.students[1])
    assert one.last_day == one.since + timedelta(days=28)
    assert one.rule_id == ROW
    assert ObservationEvent.objects.get(observation=one).reason == "校发〔2026〕5号"


def test_it_holds_on_its_days_and_no_longer_than_it_stands(campus: Campus, office: Actor) -> None:
    today = clock.day_of(clock.now())
    row = queries.observation("measles", "close-contact", today)
    assert row is not None

    def days_on(day: date) -> int:
        return queries.asked_of_watched(row, campus.school.pk, day).days

    own = add(office, from_day=today, to_day=today + timedelta(days=3))
    assert [days_on(today + timedelta(days=n)) for n in (-1, 0, 3, 4)] == [21, 28, 28, 21]
    assert queries.asked_of_watched(row, campus.school.pk + 1, today).own is None
    actions.withdraw_own_rule(own_id=own.pk, by=office, at=clock.now())
    assert days_on(today) == 21
    with pytest.raises(Problem) as problem:
        actions.withdraw_own_rule(own_id=own.pk, by=office, at=clock.now())
    assert problem.value.kind is OWN_RULE_WITHDRAWN
    assert list(Entry.objects.filter(subject_type="own-rule").order_by("pk").values_list("action", flat=True)) == [
        "rule.add", "rule.withdraw",
    ]  # fmt: skip


def test_the_page_shows_it_beside_the_row_and_takes_a_new_one(campus: Campus) -> None:
    office = browser(campus.office)
    today = str(clock.day_of(clock.now()))
    typed = {"rule_id": ROW.lower(), "text": "一律观察 28 天", "document": "校发〔2026〕5号", "days": "28", "from_day": today}
    refused = office.post("/rules/own/", typed | {"days": "14"})
    assert refused.status_code == 422
    assert "不能低于现行规则" in refused.content.decode()
    assert "现行规则是 21，只能更多。" in refused.content.decode()
    assert office.post("/rules/own/", typed).status_code == 302
    assert '<details class="card" open>' in office.get(f"/rules/own/?rule={ROW}").content.decode()  # from a rule's page
    for page in ("/rules/own/", "/rules/diseases/measles/"):
        assert "一律观察 28 天" in office.get(page).content.decode()
    assert "一律观察 28 天" not in office.get("/rules/diseases/measles/?on=2025-01-01").content.decode()
    assert browser(campus.counsellor).post("/rules/own/", typed).status_code == 403


def test_a_report_clock_takes_the_shorter_and_names_the_document(campus: Campus, office: Actor) -> None:
    at, doctor = clock.now(), clinic(campus.school)
    before = case(campus.students[0], campus.classes[0], by=doctor, at=at)
    own = add(office, "CLOCK-B", days=None, hours=2)
    after = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    first, second = (one.reports.get() for one in (before, after))
    assert (first.due_at, first.own_rule) == (at + timedelta(hours=24), None)
    assert (second.due_at, second.own_rule) == (at + timedelta(hours=2), own)
    assert (first.rule_id, first.rule_edition) == (second.rule_id, second.rule_edition)
    seen = browser(campus.office)
    for page in (f"/cases/{after.pk}/", f"/cases/{after.pk}/reports/{second.pk}/"):
        assert "校发〔2026〕5号" in seen.get(page).content.decode()
    assert "校发〔2026〕5号" not in seen.get(f"/cases/{before.pk}/").content.decode()
    actions.withdraw_own_rule(own_id=own.pk, by=office, at=clock.now())
    second.refresh_from_db()
    assert second.due_at == at + timedelta(hours=2)


def test_the_page_of_thresholds_shows_the_numbers_beside_the_row(campus: Campus) -> None:
    office = browser(campus.office)
    today = str(clock.day_of(clock.now()))
    typed = {"rule_id": "SCH-2006-1", "text": "两人即报", "document": "校发〔2026〕5号", "from_day": today}
    refused = office.post("/rules/own/", typed | {"people": "4", "hours": "48"})
    assert refused.status_code == 422
    assert "现行规则是 3，只能更少。" in refused.content.decode()
    assert "现行规则是 24，只能更少。" in refused.content.decode()
    unsuited = office.post("/rules/own/", typed | {"days": "4"})
    assert "这条规则没有这一项，请留空。" in unsuited.content.decode()
    assert office.post("/rules/own/", typed | {"people": "2", "window_days": "2"}).status_code == 302
    shown = office.get("/rules/school/").content.decode()
    assert "两人即报" in shown
    assert "同宿舍或同班 1 天内 3 例相似症状" in shown

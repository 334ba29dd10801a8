"""A proxy report tells the person; their own correction makes it theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.engines.notifications.models import Delivery, Notification
from linglou.engines.rounds.models import Response, UnitCount
from linglou.flows import close_opens_search_tasks
from linglou.flows import proxy_report_tells_person as flow
from linglou.foundation.accounts.models import Account
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.language import moment
from tests.factories.accounts import account, browser
from tests.factories.daily import health_round, typed
from tests.factories.notifications import channel
from tests.factories.people import Campus
from tests.factories.rounds import open_round, submission, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def told(person: Person) -> Notification:
    return Notification.objects.get(person=person, topic="proxy")


def test_the_person_is_told_who_when_which_round_and_until_when_they_may_correct(campus: Campus) -> None:
    round_ = open_round(campus.school)
    student, by = campus.students[1], campus.counsellor
    channel("someone@example.org", person=student)
    submit(
        submission(round_, student, source="counsellor", by_id=by.pk, answers='{"temperature": 38.6}'),
        submission(round_, campus.students[2]),
    )
    assert flow.run(at=clock.now()) == 1
    assert flow.run(at=clock.now()) == 0
    message = told(student)
    reported_at = Response.objects.get(respondent_id=student.pk).last_at
    for part in (by.name, "辅导员代报", str(moment(reported_at)), round_.title, str(moment(round_.closes_at)), "更正"):
        assert part in message.body
    assert "38.6" not in message.subject + message.body
    assert Delivery.objects.filter(notification=message).count() == 1
    assert not Notification.objects.exclude(person=student).exists()


def test_in_their_own_language(campus: Campus) -> None:
    round_ = open_round(campus.school)
    student = campus.students[1]
    Account.objects.filter(pk=account(student).pk).update(language="en")
    submit(submission(round_, student, source="monitor", by_id=campus.monitor.pk))
    flow.run(at=clock.now())
    assert told(student).subject == f"Somebody reported for you: {round_.title}"
    assert told(student).body.startswith(f"{campus.monitor.name} (By the class monitor) reported “{round_.title}” for you at ")


def test_each_proxy_report_is_told_once(campus: Campus) -> None:
    round_ = open_round(campus.school)
    for student in campus.students[1:3]:
        submit(submission(round_, student, source="monitor", by_id=campus.monitor.pk))
        assert [flow.run(at=clock.now()) for _tick in range(2)] == [1, 0]
        assert Notification.objects.filter(person=student).count() == 1


def test_after_the_close_it_says_that_it_is_late(campus: Campus) -> None:
    round_ = open_round(campus.school)
    close_opens_search_tasks.close(round_=round_, at=clock.now(), by=None)
    submit(submission(round_, campus.students[1], source="counsellor", by_id=campus.counsellor.pk))
    flow.run(at=clock.now())
    assert "迟报" in told(campus.students[1]).body


def test_a_units_report_is_nobodys_proxy_and_old_ones_are_not_dug_up(campus: Campus) -> None:
    units = open_round(campus.school, asks="units", unit_kind="class", person_kind="")
    submit(
        submission(units, campus.classes[0], source="office", by_id=campus.office.pk, is_person=False)  # type: ignore[arg-type]
    )
    assert flow.run(at=clock.now()) == 0
    round_ = open_round(campus.school)
    submit(submission(round_, campus.students[1], source="monitor", by_id=campus.monitor.pk))
    assert flow.run(at=clock.now() + flow.LOOK_BACK + timedelta(minutes=1)) == 0


def test_the_link_leads_to_the_report_and_correcting_it_there_makes_it_ones_own(campus: Campus) -> None:
    round_ = health_round(campus.school)
    student = campus.students[1]
    monitor, own = browser(campus.monitor), browser(student)
    monitor.post(f"/report/{round_.pk}/for/{student.pk}/", typed())
    assert flow.run(at=clock.now()) == 1
    page = own.get(told(student).link).content.decode()
    assert campus.monitor.name in page
    assert "班长代报" in page
    assert f'href="/report/{round_.pk}/"' in page
    assert UnitCount.objects.get(unit_id=campus.school.pk).proxied == 1

    own.post(f"/report/{round_.pk}/", typed(key="my-own-key-2", temperature="36.9"))
    response = Response.objects.get(respondent_id=student.pk)
    assert (response.source, response.by_id, response.revision) == ("self", student.pk, 2)
    assert UnitCount.objects.get(unit_id=campus.school.pk).proxied == 0
    assert "班长代报" not in own.get(told(student).link).content.decode()
    assert flow.run(at=clock.now()) == 0

"""Absence through illness: registered once, followed every day by its owner, ended by a certificate or as an error."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta

import pytest

from linglou.domains.care.absences import actions, queries
from linglou.domains.care.absences.problems import (
    ABSENCE_DATES,
    ABSENCE_ENDED,
    ABSENCE_IS_OPEN,
    NO_RETURN_RULE,
    RETURN_AGAINST_RULE,
    WHY_VOID,
)
from linglou.domains.care.models import Absence, Certificate
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks.models import State, Task
from linglou.flows import absence_is_followed_daily, overdue_task_climbs
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_ALLOWED
from linglou.kernel.problems import Problem
from tests.factories.absences import absence, follow_up
from tests.factories.cases import case, clinic
from tests.factories.people import Campus, actor
from tests.races import at_once

pytestmark = pytest.mark.django_db
MORNING = clock.moment(clock.day_of(clock.now()) - timedelta(days=3), time(8))


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def counsellor(campus: Campus) -> Actor:
    return actor(campus.counsellor)


@pytest.fixture
def doctor(campus: Campus) -> Actor:
    return clinic(campus.school)


@pytest.fixture
def one(campus: Campus, counsellor: Actor) -> Absence:
    return absence(campus.students[1], campus.classes[0], by=counsellor, at=MORNING)


def tick(at: datetime) -> int:
    return absence_is_followed_daily.run(at=at)


def day(n: int, hour: int = 8) -> datetime:
    """So many days after the registration, at an hour of the campus clock."""
    return clock.moment(clock.day_of(MORNING) + timedelta(days=n), time(hour))


# -- registering -----------------------------------------------------------------------------------------------------------


def test_one_open_absence_per_person(campus: Campus, counsellor: Actor, one: Absence) -> None:
    with pytest.raises(Problem) as refused:
        absence(campus.students[1], campus.classes[0], by=counsellor)
    assert refused.value.kind is ABSENCE_IS_OPEN
    assert refused.value.values["name"] == campus.students[1].name
    actions.void(absence=one, reason="不是本人", by=counsellor, at=clock.now())
    absence(campus.students[1], campus.classes[0], by=counsellor)
    assert Absence.objects.filter(person=campus.students[1]).count() == 2


def test_what_has_not_happened_is_refused(campus: Campus, counsellor: Actor) -> None:
    tomorrow = clock.day_of(clock.now()) + timedelta(days=1)
    for given in ({"from_day": tomorrow}, {"onset": tomorrow}):
        with pytest.raises(Problem) as refused:
            absence(campus.students[1], campus.classes[0], by=counsellor, **given)
        assert refused.value.kind is ABSENCE_DATES
    assert not Absence.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_registered_twice_at_once_there_is_one() -> None:
    campus = Campus()
    by = actor(campus.counsellor)

    def register() -> bool:
        with suppress(Problem):
            absence(campus.students[1], campus.classes[0], by=by)
            return True
        return False

    assert sorted(at_once(register)) == [False, True]


# -- every day ---------------------------------------------------------------------------------------------------------------


def test_from_the_next_day_on_there_is_one_task_a_day(campus: Campus, one: Absence) -> None:
    tick(day(0, 12))
    tick(day(1, 1))  # in the night nobody is asked
    assert not Task.objects.exists()
    for hour in (8, 9, 20):
        tick(day(1, hour))
    task = Task.objects.get()
    assert (task.owner_id, task.about_id, task.due_at) == (campus.counsellor.pk, one.person_id, day(1, 18))
    assert one.person.name not in task.title
    message = Notification.objects.get(topic="absence", person=campus.counsellor)
    assert one.person.name not in message.subject + message.body
    tick(day(2))
    assert Task.objects.filter(kind="absence").count() == 2


def test_the_days_entry_settles_it_and_what_was_left_before(campus: Campus, counsellor: Actor, one: Absence) -> None:
    tick(day(1))
    tick(day(2))
    follow_up(one, by=counsellor, at=day(2, 10), course="worse", outcome="admitted", whereabouts="hospital", care_sought=True)
    assert set(Task.objects.values_list("state", "outcome", "settled_by")) == {("done", "followed", counsellor.person_id)}
    one.refresh_from_db()
    assert (one.whereabouts, one.care_sought) == ("hospital", True)
    tick(day(2, 11))  # what was done before anybody asked needs no task
    assert Task.objects.filter(state=State.OPEN).count() == 0
    follow_up(one, by=counsellor, at=day(3, 6))
    tick(day(3))
    assert Task.objects.count() == 2
    assert [entry.day for entry in one.follow_ups.order_by("pk")] == [clock.day_of(day(2)), clock.day_of(day(3))]


def test_what_nobody_does_climbs(campus: Campus, one: Absence) -> None:
    tick(day(1))
    overdue_task_climbs.run(at=day(1, 19))
    assert Task.objects.get().owner_id == campus.secretary.pk


def test_a_counsellor_hears_of_what_the_clinic_registered(campus: Campus, doctor: Actor) -> None:
    registered = absence(campus.students[1], campus.classes[0], by=doctor, at=MORNING)
    tick(day(0, 9))
    tick(day(0, 10))
    (message,) = Notification.objects.filter(topic="absence")
    assert (message.person_id, message.link) == (campus.counsellor.pk, f"/care/absences/{registered.pk}/")
    assert registered.person.name not in message.subject + message.body


def test_who_registered_it_is_not_told_of_it(campus: Campus, one: Absence) -> None:
    tick(day(0, 9))
    assert not Notification.objects.filter(topic="absence").exists()


def test_an_ended_absence_is_asked_after_no_more(campus: Campus, counsellor: Actor, one: Absence) -> None:
    tick(day(1))
    actions.void(absence=one, reason="登记错人", by=counsellor, at=day(1, 9))
    assert Task.objects.get().state == State.CANCELLED
    tick(day(2))
    assert Task.objects.count() == 1
    with pytest.raises(Problem) as refused:
        follow_up(one, by=counsellor, at=day(2))
    assert refused.value.kind is ABSENCE_ENDED


def test_nobody_looked_after_today_stands_first(campus: Campus, counsellor: Actor, one: Absence) -> None:
    at = clock.now()
    second = absence(campus.students[2], campus.classes[0], by=counsellor, at=MORNING, from_day=clock.day_of(MORNING))
    third = absence(campus.students[0], campus.classes[0], by=counsellor, at=at)
    follow_up(one, by=counsellor, at=at)
    listed = list(queries.listed(counsellor, at=at))
    assert [found.pk for found in listed] == [second.pk, one.pk, third.pk]
    assert [found.seen_today for found in listed] == [False, True, True]
    counts = queries.counts(counsellor, at=at)
    assert (counts.open, counts.waiting, counts.ended) == (3, 1, 0)


# -- the end -----------------------------------------------------------------------------------------------------------------


def test_a_hospitals_certificate_that_was_seen(counsellor: Actor, one: Absence) -> None:
    tick(day(1))
    seen = {"issuer": "市第一医院", "by": counsellor, "at": day(2)}
    too_early, today = one.from_day - timedelta(days=1), clock.day_of(day(2))
    for issued_on, returned_on in ((too_early, today), (today, too_early), (today + timedelta(days=1), today)):
        with pytest.raises(Problem) as refused:
            actions.accept_certificate(absence=one, issued_on=issued_on, returned_on=returned_on, **seen)
        assert refused.value.kind is ABSENCE_DATES
    ended = actions.accept_certificate(absence=one, issued_on=today, returned_on=today + timedelta(days=1), **seen)
    assert (ended.state, ended.issuer, ended.certificate_id) == ("returned", "市第一医院", None)
    assert Task.objects.get().outcome == "returned"
    with pytest.raises(Problem) as twice:
        actions.accept_certificate(absence=one, issued_on=today, returned_on=today, **seen)
    assert twice.value.kind is ABSENCE_ENDED


def test_the_clinic_certifies_by_the_criteria_in_force(doctor: Actor, one: Absence) -> None:
    at = day(2)
    given = {"absence": one, "disease": "measles", "returned_on": clock.day_of(at), "by": doctor, "at": at}
    for since in ({}, {"rash-onset": at - timedelta(days=2)}):
        with pytest.raises(Problem) as refused:
            actions.certify(**given, since=since)
        assert refused.value.kind is RETURN_AGAINST_RULE
    assert not Certificate.objects.exists()
    ended = actions.certify(**given, since={"rash-onset": at - timedelta(days=6)})
    certificate = ended.certificate
    assert certificate is not None
    assert (certificate.kind, certificate.rule_id, ended.judged["answer"]) == ("return", "MEAS-RETURN", "met")
    assert "麻疹" not in str(certificate.content)
    shown = queries.detail(doctor, Absence.objects.select_related("person", "unit", "certificate").get(), at=at)
    assert shown.judged is not None
    assert shown.judged.answer == "met"


def test_against_the_criteria_only_with_a_reason(doctor: Actor, one: Absence) -> None:
    ended = actions.certify(
        absence=one, disease="measles", returned_on=clock.day_of(day(2)), reason="血清学排除，误诊", by=doctor, at=day(2)
    )
    assert (ended.judged["answer"], ended.reason) == ("unknown", "血清学排除，误诊")


def test_without_a_disease_the_doctor_decides(doctor: Actor, one: Absence) -> None:
    ended = actions.certify(absence=one, returned_on=clock.day_of(day(2)), by=doctor, at=day(2))
    assert ended.certificate is not None
    assert (ended.certificate.rule_id, ended.judged) == ("", {})


def test_a_disease_without_criteria_is_refused(doctor: Actor, one: Absence) -> None:
    with pytest.raises(Problem) as refused:
        actions.certify(absence=one, disease="no-such", returned_on=clock.day_of(day(2)), by=doctor, at=day(2))
    assert refused.value.kind is NO_RETURN_RULE


def test_a_counsellor_certifies_nothing(counsellor: Actor, one: Absence) -> None:
    with pytest.raises(Problem) as refused:
        actions.certify(absence=one, returned_on=clock.day_of(day(2)), by=counsellor, at=day(2))
    assert refused.value.kind is NOT_ALLOWED
    one.refresh_from_db()
    assert one.state == "open"


def test_void_needs_a_reason_and_leaves_a_trail(counsellor: Actor, one: Absence) -> None:
    with pytest.raises(Problem) as refused:
        actions.void(absence=one, reason=" ", by=counsellor, at=day(1))
    assert refused.value.kind is WHY_VOID
    actions.void(absence=one, reason="请的是事假", by=counsellor, at=day(1))
    assert list(Entry.objects.filter(subject_type="absence").order_by("pk").values_list("action", flat=True)) == [
        "absence.register", "absence.void",
    ]  # fmt: skip


def test_the_clinical_record_of_the_case_is_known_to_the_clinic_alone(
    campus: Campus, counsellor: Actor, doctor: Actor
) -> None:  # fmt: skip
    from linglou.domains.care.absences import knowledge

    opened = case(campus.students[1], campus.classes[0], by=doctor)
    from_case = absence(
        campus.students[1], campus.classes[0], by=counsellor, case_id=opened.pk, disease="measles", onset=date(2026, 1, 2)
    )
    at = clock.now()
    assert knowledge.known_before(doctor, from_case, at=at).said["catarrh"] is True
    seen = knowledge.known_before(counsellor, from_case, at=at)
    assert (dict(seen.said), list(seen.since)) == ({}, ["onset"])

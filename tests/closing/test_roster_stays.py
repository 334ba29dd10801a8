"""What a roster was when its round opened, it stays: whatever is written meanwhile, whoever becomes something else later."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds import closing as closings
from linglou.engines.rounds import excuses, verify
from linglou.engines.rounds.models import Round, RoundExcuse, UnitCount
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Membership, Person
from linglou.kernel import clock
from tests.factories.people import Campus, actor, person
from tests.factories.rounds import open_round, schedule

SECONDS = 10.0


def closes_and_verifies(round_: Round) -> None:
    closing = closings.close(round_=round_, at=clock.now(), by=None)
    assert verify.verify(closing) == []


@pytest.mark.django_db
def test_a_membership_written_with_an_earlier_clock_counts_from_the_next_round() -> None:
    campus = Campus()
    earlier = clock.now()
    round_ = open_round(campus.school)
    person(campus.classes[0])
    people.join(person=campus.students[5], unit=campus.classes[0], at=earlier, by=None)
    closes_and_verifies(round_)
    assert open_round(campus.school).pk != round_.pk
    assert UnitCount.objects.filter(unit_id=campus.classes[0].pk).order_by("round_id").values_list("roster", flat=True)[1] == 5


@pytest.mark.django_db
def test_whoever_becomes_staff_stays_the_student_they_were() -> None:
    campus = Campus()
    before = open_round(campus.school, person_kind="student")
    Person.objects.filter(pk=campus.students[0].pk).update(kind="staff")
    after = open_round(campus.school, person_kind="student", title="第二次")
    rosters = [UnitCount.objects.get(round_id=r.pk, unit_id=campus.school.pk).roster for r in (before, after)]
    assert rosters == [6, 5]
    closes_and_verifies(before)
    closes_and_verifies(after)
    now = Membership.objects.filter(person=campus.students[0], superseded_at=None)
    assert {(fact.unit_id, fact.person_kind) for fact in now} == {
        (campus.classes[0].pk, "staff"), (campus.rooms[0].pk, "staff"),
    }  # fmt: skip
    Person.objects.filter(pk=campus.students[0].pk).update(kind="staff")
    assert now.count() == 2


class Meanwhile:
    """Something that runs in a thread and a connection of its own, from its start to ``let_go``."""

    def __init__(self, work) -> None:  # type: ignore[no-untyped-def]
        self.began, self.free = threading.Event(), threading.Event()
        self.errors: list[BaseException] = []
        self.thread = threading.Thread(target=self._run, args=(work,))
        self.thread.start()
        assert self.began.wait(SECONDS)

    def _run(self, work) -> None:  # type: ignore[no-untyped-def]
        try:
            with transaction.atomic():
                work()
                self.began.set()
                assert self.free.wait(SECONDS)
        except BaseException as error:
            self.errors.append(error)
        finally:
            connection.close()

    def let_go(self) -> None:
        self.free.set()
        self.thread.join(SECONDS)
        assert not self.errors


def opens_after(meanwhile: Meanwhile, campus: Campus) -> Round:
    """Open a round while something is going on; it must wait for that."""
    daily, at = schedule(campus.school), clock.now()
    opened: list[Round] = []

    def open_() -> None:
        try:
            opened.append(rounds.open_round(schedule=daily, day=clock.day_of(at), at=at))
        finally:
            connection.close()

    opening = threading.Thread(target=open_)
    opening.start()
    give_up = time.monotonic() + SECONDS
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while time.monotonic() < give_up:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                break
    assert not opened
    meanwhile.let_go()
    opening.join(SECONDS)
    return opened[0]


@pytest.mark.django_db(transaction=True)
def test_a_round_waits_for_a_roster_that_is_being_written() -> None:
    campus = Campus()
    newcomers: list[Person] = []
    round_ = opens_after(Meanwhile(lambda: newcomers.append(person(campus.classes[0]))), campus)
    assert UnitCount.objects.get(round_id=round_.pk, unit_id=campus.classes[0].pk).roster == 4
    closes_and_verifies(round_)


@pytest.mark.django_db(transaction=True)
def test_a_round_waits_for_an_excuse_that_is_being_approved() -> None:
    campus = Campus()
    at = clock.now()

    def approve() -> None:
        excuses.approve(
            person=campus.students[0], reason="leave", note="", starts_at=at - timedelta(hours=1),
            ends_at=at + timedelta(days=3), by=actor(campus.office), at=at,
        )  # fmt: skip

    round_ = opens_after(Meanwhile(approve), campus)
    assert RoundExcuse.objects.filter(round_id=round_.pk, respondent_id=campus.students[0].pk).exists()
    closes_and_verifies(round_)

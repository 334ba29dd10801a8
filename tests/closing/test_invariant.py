"""The invariant, over any story: ``roster = responded + excused + missing`` at every unit, always; the counters are what the
rows say; the close succeeds and verifies; and nothing that happens afterwards changes it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from linglou.engines.rounds import closing as closings
from linglou.engines.rounds import excuses, recount, verify
from linglou.engines.rounds.models import (
    ClosingMissing,
    ClosingUnit,
    Excuse,
    Round,
    State,
    UnitCount,
)
from linglou.engines.rounds.queries import place_of
from linglou.foundation.access.actor import Actor
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor
from tests.factories.rounds import open_round, submission, submit

pytestmark = pytest.mark.django_db
SOURCES = ("self", "monitor", "counsellor", "guardian", "office")


class School(RuleBasedStateMachine):
    """A small school living through its rounds; a move that is refused (one is there already) is no step. Time goes on by a second a step."""

    persons = Bundle("persons")
    given = Bundle("given")

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.campus = Campus()
        self.now = clock.now()
        self.round: Round | None = None
        self.frozen: dict[int, tuple[list[dict[str, object]], list[dict[str, object]]]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @property
    def by(self) -> Actor:
        return actor(self.campus.office)

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    @initialize(target=persons)
    def start(self) -> object:
        return multiple(*self.campus.students)

    @property
    def leaves(self) -> list[Unit]:
        return [*self.campus.classes, self.campus.college]

    # -- people come, move and go

    @rule(target=persons, leaf=st.integers(0, 2), room=st.integers(0, 2), kind=st.sampled_from(["student", "staff"]))
    def arrives(self, leaf: int, room: int, kind: str) -> Person:
        at = self.tick()
        made = person_without_home(self.campus.school, kind, at)
        people.join(person=made, unit=self.leaves[leaf], at=at, by=None)
        if room < 2:
            people.join(person=made, unit=self.campus.rooms[room], at=at, by=None)
        return made

    @rule(who=persons, leaf=st.integers(0, 2))
    def changes_class(self, who: Person, leaf: int) -> None:
        with suppress(Problem):
            people.join(person=who, unit=self.leaves[leaf], at=self.tick(), by=None)

    @rule(who=persons, room=st.integers(0, 1))
    def changes_room(self, who: Person, room: int) -> None:
        with suppress(Problem):
            people.join(person=who, unit=self.campus.rooms[room], at=self.tick(), by=None)

    @rule(who=persons, tree=st.sampled_from(["administration", "residence"]))
    def leaves_school(self, who: Person, tree: str) -> None:
        people.leave(person=who, tree=tree, at=self.tick(), by=None)

    @rule(who=persons, leaf=st.integers(0, 2), days=st.integers(1, 40))
    def moved_long_ago_as_we_learn_now(self, who: Person, leaf: int, days: int) -> None:
        """A back-dated fact: it held in the past, and is known from now on."""
        at = self.tick()
        with suppress(Problem):
            people.join(person=who, unit=self.leaves[leaf], at=at, since=at - timedelta(days=days), by=None)

    # -- a round opens, is answered, excused from, closed

    @precondition(lambda self: self.round is None or self.round.state == State.CLOSED)
    @rule(kind=st.sampled_from(["student", "", "staff"]), part=st.booleans())
    def opens(self, kind: str, part: bool) -> None:
        audience = self.campus.classes[0] if part else self.campus.school
        self.round = open_round(audience, at=self.tick(), person_kind=kind, title=str(self.now))

    @precondition(lambda self: self.round is not None)
    @rule(who=persons, severity=st.integers(0, 3), source=st.sampled_from(SOURCES), overdue=st.booleans(), twice=st.booleans())
    def answers(self, who: Person, severity: int, source: str, overdue: bool, twice: bool) -> None:
        """In time or late, for oneself or by proxy, once more or corrected; two at once in one batch."""
        assert self.round is not None
        if place_of(self.round, who.pk) is None:
            return
        at = self.round.closes_at + timedelta(seconds=1) if overdue else self.tick()
        one = submission(
            self.round, who, severity=severity, source=source, at=at, answers=f'{{"temperature": {36 + severity}}}'
        )
        two = [submission(self.round, who, severity=0, at=at)] if twice else []
        submit(one, *two)

    @precondition(lambda self: self.round is not None)
    @rule(target=given, who=persons, days=st.integers(1, 3))
    def is_excused(self, who: Person, days: int) -> Excuse:
        at = self.tick()
        return excuses.approve(
            person=who, reason="leave", note="", starts_at=at - timedelta(hours=1), ends_at=at + timedelta(days=days),
            by=self.by, at=at,
        )  # fmt: skip

    @rule(excuse=given)
    def excuse_is_cancelled(self, excuse: Excuse) -> None:
        excuse.refresh_from_db()
        if excuse.cancelled_at is None:
            excuses.cancel(excuse=excuse, by=self.by, at=self.tick())

    @precondition(lambda self: self.round is not None and self.round.state == State.OPEN)
    @rule()
    def closes(self) -> None:
        assert self.round is not None
        closing = closings.close(round_=self.round, at=self.tick(), by=None)
        assert closing.roster == closing.responded + closing.excused + closing.missing
        self.frozen[self.round.pk] = snapshot(self.round)

    # -- what always holds

    @invariant()
    def every_unit_adds_up(self) -> None:
        for count in UnitCount.objects.filter(school_id=self.campus.school.pk):
            assert count.roster == count.responded + count.excused + count.missing
            assert min(count.responded, count.excused, count.missing) >= 0

    @invariant()
    def the_counters_are_what_the_rows_say(self) -> None:
        for round_ in Round.objects.filter(school_id=self.campus.school.pk):
            counted = {
                c.unit_id: (c.roster, c.responded, c.excused, c.missing, c.abnormal, c.proxied, c.late)
                for c in UnitCount.objects.filter(school_id=round_.school_id, round_id=round_.pk)
            }
            with connection.cursor() as cursor:
                recount.gather(cursor, round_)
                cursor.execute(f"SELECT unit_id, {', '.join(recount.COUNTED)} FROM recount_unit")
                rows = {unit_id: tuple(figures) for unit_id, *figures in cursor.fetchall()}
            assert counted == rows

    @invariant()
    def the_past_stays_as_it_was_closed(self) -> None:
        for round_id, frozen in self.frozen.items():
            assert snapshot(Round.objects.get(pk=round_id)) == frozen
        for _closing, differences in verify.verify_school(self.campus.school.pk):
            assert differences == []


def snapshot(round_: Round) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    units = ClosingUnit.objects.filter(round_id=round_.pk).order_by("unit_id").values()
    missing = ClosingMissing.objects.filter(round_id=round_.pk).order_by("respondent_id").values()
    return list(units), list(missing)


def person_without_home(school: Unit, kind: str, at: datetime) -> Person:
    number = Person.objects.filter(school=school).count()
    return Person.objects.create(school=school, number=f"N{number:07}", name=f"新生{number}", kind=kind, created_at=at)


TestSchool = School.TestCase
TestSchool.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False
)


def test_the_roster_is_that_of_the_opening() -> None:
    """Whoever comes, goes or moves after the opening changes nothing of it."""
    campus = Campus()
    round_ = open_round(campus.school)
    later = clock.now()
    people.leave(person=campus.students[0], tree="administration", at=later, by=None)
    people.join(person=campus.students[1], unit=campus.classes[1], at=later, by=None)
    newcomer = person_without_home(campus.school, "student", later)
    people.join(person=newcomer, unit=campus.classes[0], at=later, by=None)
    submit(submission(round_, campus.students[0]))
    closing = closings.close(round_=round_, at=clock.now(), by=None)
    assert (closing.roster, closing.responded, closing.missing) == (6, 1, 5)
    assert ClosingUnit.objects.get(unit_id=campus.classes[0].pk).roster == 3

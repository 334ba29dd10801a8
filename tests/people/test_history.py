"""What was known at a past moment stays as it was, whatever is recorded later; and the database refuses to forget."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linglou.foundation.access.roles import Role
from linglou.foundation.people import actions, queries
from linglou.foundation.people.models import Membership, Person, Post, Tree, Unit
from linglou.foundation.people.problems import ENDS_BEFORE_START
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, long_ago, person

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
Stage = tuple[Campus, list[Person]]
ROLES = (Role.CLASS_MONITOR, Role.COUNSELLOR, Role.COLLEGE_SECRETARY, Role.DEAN)

# Each step: how many hours later it is recorded, from how many hours off it is to hold (before or after), who, what, where.
STEPS = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.integers(-60, 60),
        st.integers(0, 3),
        st.sampled_from(["join", "leave", "appoint", "dismiss"]),
        st.integers(0, 2),
        st.sampled_from(ROLES),
    ),
    min_size=1,
    max_size=14,
)


def known(campus: Campus, people: list[Person], at: datetime) -> object:
    """Everything that rosters, boards and tasks read of a moment."""
    members = sorted(queries.members_of(campus.school.path, at=at).values_list("person_id", "unit_id"))
    rooms = sorted(queries.members_of(campus.school.path, at=at, tree=Tree.RESIDENCE).values_list("person_id", "unit_id"))
    chains = [
        [(link.roles, link.unit and link.unit.pk, sorted(holder.pk for holder in link.holders)) for link in chain]
        for one in people
        for chain in [queries.chain_of(one.pk, at=at)]
    ]
    owners = queries.owners_by_unit(campus.school.pk, at=at)
    return members, rooms, chains, owners, queries.chains_by_unit([one.pk for one in campus.classes], at=at)


def act(campus: Campus, who: Person, deed: str, unit: Unit, role: Role, at: datetime, since: datetime) -> None:
    if deed == "join":
        actions.join(person=who, unit=unit, at=at, since=since, by=None)
    elif deed == "leave":
        actions.leave(person=who, tree=unit.tree, at=at, since=since, by=None)
    elif deed == "appoint":
        place = campus.college if role in (Role.COLLEGE_SECRETARY, Role.DEAN) else unit
        actions.appoint(person=who, role=role, unit=place, at=at, since=since, by=None)
    else:
        post = Post.objects.filter(person=who, superseded_at=None, ends_at=None).first()
        if post:
            actions.dismiss(post=post, at=at, by=None)


@pytest.fixture
def stage() -> Stage:
    """One campus for every example; what an example does is rolled back."""
    campus = Campus()
    staff = [person(campus.college, kind="staff"), person(campus.classes[1], kind="staff")]
    return campus, [*campus.students[:2], *staff]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, looks=st.lists(st.integers(0, 500), min_size=1, max_size=2))
def test_the_past_never_changes(stage: Stage, steps: list[tuple[int, int, int, str, int, Role]], looks: list[int]) -> None:
    campus, people = stage
    units = [*campus.classes, campus.rooms[0]]
    with transaction.atomic():
        at = long_ago() + HOUR
        seen: dict[datetime, object] = {}
        for gap, offset, who, deed, where, role in steps:
            at += gap * HOUR
            for back in looks:
                moment = at - back * HOUR
                if moment < at:
                    seen.setdefault(moment, known(campus, people, moment))
            try:
                with transaction.atomic():
                    act(campus, people[who], deed, units[where], role, at, at + offset * HOUR)
            except Problem:
                continue  # a refusal writes nothing: also that is asked below
        assert {moment: known(campus, people, moment) for moment in seen} == seen
        _never_in_two_places(people, at)
        transaction.set_rollback(True)


def _never_in_two_places(people: list[Person], at: datetime) -> None:
    """As known today, nobody is in two units of one tree at once, at any hour of the past or of the plans."""
    for one in people:
        for tree in Tree:
            facts = list(Membership.objects.filter(person=one, tree=tree, superseded_at=None).order_by("starts_at"))
            for earlier, later in pairwise(facts):
                assert earlier.ends_at is not None
                assert earlier.ends_at <= later.starts_at


def test_a_planned_move_holds_from_its_day() -> None:
    campus = Campus()
    who, now = campus.students[0], clock.now()
    actions.join(person=who, unit=campus.classes[1], at=now, since=now + 5 * HOUR, by=None)

    def unit_at(moment: datetime) -> int:
        # What will be known then: nothing is recorded in between.
        return queries.members_of(campus.school.path, at=moment).get(person=who).unit_id

    assert unit_at(now + HOUR) == campus.classes[0].pk
    assert unit_at(now + 5 * HOUR) == campus.classes[1].pk


def test_a_later_decision_gives_up_the_plan() -> None:
    campus = Campus()
    who, now = campus.students[0], clock.now()
    actions.join(person=who, unit=campus.classes[1], at=now, since=now + 5 * HOUR, by=None)
    actions.join(person=who, unit=campus.classes[0], at=now + HOUR, since=now + 2 * HOUR, place="1", by=None)
    later = queries.members_of(campus.school.path, at=now + 9 * HOUR).get(person=who)
    assert (later.unit_id, later.place) == (campus.classes[0].pk, "1")


def test_what_has_held_does_not_end_before_it_began() -> None:
    campus = Campus()
    who, now = campus.students[0], clock.now()
    with pytest.raises(Problem) as refused:
        actions.leave(person=who, tree=Tree.ADMINISTRATION, at=now, since=long_ago() - HOUR, by=None)
    assert refused.value.kind is ENDS_BEFORE_START
    assert queries.members_of(campus.school.path, at=clock.now()).filter(person=who).exists()


def test_leaving_twice_is_leaving_once() -> None:
    campus = Campus()
    who, now = campus.students[0], clock.now()
    assert actions.leave(person=who, tree=Tree.ADMINISTRATION, at=now, by=None) == 1
    assert actions.leave(person=who, tree=Tree.ADMINISTRATION, at=now + HOUR, by=None) == 0


@pytest.mark.parametrize("table", ["people_membership", "people_post"])
@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM {table}",
        "UPDATE {table} SET starts_at = starts_at - interval '1 day'",
        "UPDATE {table} SET ends_at = now()",
        "UPDATE {table} SET person_id = person_id",
        "UPDATE {table} SET superseded_at = now(), recorded_by = 7",
    ],
)
def test_the_database_refuses_to_change_a_fact(table: str, change: str) -> None:
    Campus()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table=table))


@pytest.mark.parametrize("table", ["people_membership", "people_post"])
def test_a_fact_is_superseded_once(table: str) -> None:
    Campus()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET superseded_at = now()")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"UPDATE {table} SET superseded_at = NULL")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET superseded_at = now() + interval '1 day'")

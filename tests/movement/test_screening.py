"""Whoever was in or through a risk area is screened, and everybody is screened again when the list changes: the one statement that
does it agrees with a reference that looks at one person after the other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from linglou.domains.movement import actions, rescreening
from linglou.domains.movement.actions import NewContact
from linglou.domains.movement.models import RegionStay, Screening, ScreeningEvent, ScreeningRun, Trip
from linglou.domains.signals.models import Signal
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.movement import area, days_ago, screen, stay, today, trip
from tests.factories.people import Campus, actor
from tests.factories.signals import signal
from tests.races import at_once

WUHAN, WEST_LAKE = "420102", "330106"


def listed(school_id: int) -> dict[int, tuple[str, date | None]]:
    return {
        one.person_id: (one.category, one.until_day) for one in Screening.objects.filter(school_id=school_id, state="open")
    }  # fmt: skip


def expected(campus: Campus, on: date) -> dict[int, tuple[str, date | None]]:
    """The reference: person by person, row by row, day by day."""
    rule = rulebook.screening(on)
    assert rule is not None
    entries = [one for one in RiskRegion.objects.filter(school_id=campus.school.pk, withdrawn_at=None) if one.from_day <= on]
    window = [on - timedelta(days=n) for n in range(rule.window_days + 1)]
    bears = [one for one in entries if one.to_day is None or one.to_day >= window[-1]]
    found = {}
    for person in Person.objects.filter(school=campus.school):
        ranks, last_days = set(), []
        for entry in bears:
            since, until = entry.from_day - timedelta(days=rule.listed_days), entry.to_day or date.max
            for row in RegionStay.objects.filter(person_id=person.pk, superseded_at=None):
                if not (row.region and row.region.startswith(entry.region)):
                    continue
                days = [day for day in window if since <= day <= until and row.from_day <= day <= (row.to_day or date.max)]
                if days:
                    is_going_on = row.to_day is None and until >= on
                    ranks.add(3 if is_going_on else 4)  # who left today is on the way, or back
                    last_days.append(None if is_going_on else min(row.to_day or date.max, until))
            for trip_ in Trip.objects.filter(person_id=person.pk, superseded_at=None, day__in=window):
                ends_in = any(end.startswith(entry.region) for end in (trip_.from_region, trip_.to_region))
                if ends_in and since <= trip_.day <= until:
                    ranks.add(4)
                    last_days.append(trip_.day)
        if bears and Signal.objects.filter(person=person, state__in=["new", "handling"], severity__gte=2).exists():
            ranks.add(1)
        if ranks:
            category = {1: "symptomatic", 3: "in-area", 4: "through"}[min(ranks)]
            until_day = None
            if last_days and None not in last_days:
                until_day = max(day for day in last_days if day) + timedelta(days=rule.window_days)
            found[person.pk] = (category, until_day)
    return found


REGIONS = st.sampled_from([WUHAN, "420103", "430102", WEST_LAKE, "", "000000"])
STAYS = st.lists(
    st.tuples(st.integers(0, 5), REGIONS, st.integers(0, 40), st.none() | st.integers(0, 25), st.booleans()), max_size=14
)
TRIPS = st.lists(st.tuples(st.integers(0, 5), REGIONS, REGIONS, st.integers(0, 30)), max_size=6)
AREAS = st.lists(
    st.tuples(
        st.sampled_from(["42", "4201", WUHAN, "430102", "33"]),
        st.integers(-2, 30),
        st.none() | st.integers(0, 30),
        st.booleans(),
    ),
    max_size=6,
)
ILL = st.sets(st.integers(0, 5), max_size=2)


def list_areas(campus: Campus, areas: list[tuple[str, int, int | None, bool]]) -> None:
    for region, start, length, withdrawn in areas:
        end = None if length is None else days_ago(start) + timedelta(days=length)
        area(campus.school, region, from_day=days_ago(start), to_day=end, withdrawn_at=clock.now() if withdrawn else None)


@pytest.mark.django_db
def test_screening_everybody_equals_looking_at_each() -> None:
    campus = Campus()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None, phases=(Phase.generate,))
    @given(stays=STAYS, trips=TRIPS, first=AREAS, then=AREAS, ill=ILL, drop=st.sets(st.integers(0, 5)))
    def story(stays: list[Any], trips: list[Any], first: list[Any], then: list[Any], ill: set[int], drop: set[int]) -> None:
        with transaction.atomic():
            _tell_and_compare(campus, stays, trips, first, then, ill, drop)
            transaction.set_rollback(True)

    story()


def _tell_and_compare(
    campus: Campus, stays: list[Any], trips: list[Any], first: list[Any], then: list[Any], ill: set[int], drop: set[int]
) -> None:
    for n, start_region, start, length, superseded in stays:
        end = None if length is None else max(start - length, 0)
        stay(campus.students[n], start_region, start, end, superseded_at=clock.now() if superseded else None)
    for n, from_region, to_region, day in trips:
        trip(campus.students[n], from_region, to_region, day)
    for n in ill:
        signal(campus.students[n], campus.classes[n // 3])
    list_areas(campus, first)
    screen(campus.school)
    assert listed(campus.school.pk) == expected(campus, today())
    before = set(Screening.objects.values_list("pk", "state"))
    screen(campus.school)  # nothing changed: nothing moves
    assert set(Screening.objects.values_list("pk", "state")) == before
    for n, entry in enumerate(RiskRegion.objects.order_by("pk")):
        if n in drop:
            RiskRegion.objects.filter(pk=entry.pk).update(withdrawn_at=clock.now())
    list_areas(campus, then)
    screen(campus.school)
    assert listed(campus.school.pk) == expected(campus, today())
    told_of = set(ScreeningEvent.objects.filter(kind="added").values_list("screening_id", flat=True))
    assert told_of == set(Screening.objects.values_list("pk", flat=True))
    ended = Screening.objects.filter(state="lifted").values_list("pk", flat=True)
    assert set(ended) == set(ScreeningEvent.objects.filter(kind="lifted").values_list("screening_id", flat=True))
    one_by_one = {one.pk: one.reasons for one in Screening.objects.filter(state="open")}
    for person in campus.students:  # looking at a few gives what looking at all gave
        rescreening._screen(
            campus.school.pk, rulebook.screening(today()),  # type: ignore[arg-type]
            rescreening.bearing(campus.school.pk, rulebook.screening(today()), today()),  # type: ignore[arg-type]
            [person.pk], at=clock.now(),
        )  # fmt: skip
    assert {one.pk: one.reasons for one in Screening.objects.filter(state="open")} == one_by_one


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("left", "is_screened"), [(0, True), (1, True), (13, True), (14, True), (15, False)]
)  # fmt: skip
def test_the_window_is_fourteen_days_after_the_last_one(left: int, is_screened: bool) -> None:
    campus = Campus()
    stay(campus.students[1], WUHAN, 30, left)
    area(campus.school, "42", from_day=days_ago(30))
    screen(campus.school)
    assert (campus.students[1].pk in listed(campus.school.pk)) is is_screened
    if is_screened:
        assert listed(campus.school.pk)[campus.students[1].pk] == ("through", days_ago(left - 14))


@pytest.mark.django_db
def test_a_day_lifts_whoever_is_over_the_window() -> None:
    campus = Campus()
    stay(campus.students[1], WUHAN, 30, 14)
    area(campus.school, "42", from_day=days_ago(30))
    screen(campus.school)
    rescreening.everybody(campus.school.pk, at=clock.now() + timedelta(hours=1))
    tomorrow = clock.now() + timedelta(days=1)
    rescreening.everybody(campus.school.pk, at=tomorrow)
    one = Screening.objects.get()
    assert (one.state, one.ended_at) == ("lifted", tomorrow)
    assert ScreeningRun.objects.count() == 2 + (clock.day_of(clock.now() + timedelta(hours=1)) != today())


@pytest.mark.django_db
def test_the_list_is_explained_as_it_changes() -> None:
    campus = Campus()
    student = campus.students[1]
    there = stay(student, WUHAN, 10, 5)
    first = area(campus.school, "42")
    screen(campus.school)
    second = area(campus.school, WUHAN, place="某市场")
    screen(campus.school)
    RiskRegion.objects.filter(pk=first.pk).update(withdrawn_at=clock.now())
    screen(campus.school)
    RiskRegion.objects.filter(pk=second.pk).update(withdrawn_at=clock.now())
    screen(campus.school)
    one = Screening.objects.get()
    assert one.state == "lifted"
    keys = [f"stay:{there.id}:{first.pk}", f"stay:{there.id}:{second.pk}"]
    told = [(event.kind, event.gained, event.lost) for event in one.events.order_by("pk")]
    assert told == [
        ("added", [keys[0]], []), ("changed", [keys[1]], []), ("changed", [], [keys[0]]), ("lifted", [], [keys[1]]),
    ]  # fmt: skip
    assert one.rule_id == "SCREEN-RETURN"
    assert one.because[0]["area"] == second.pk


@pytest.mark.django_db
def test_what_was_settled_does_not_come_back_but_something_new_does() -> None:
    campus = Campus()
    student = campus.students[1]
    stay(student, WUHAN, 10, 5)
    area(campus.school, "42")
    screen(campus.school)
    by = actor(campus.counsellor)
    actions.settle_screening(screening=Screening.objects.get(), outcome="excluded", note="", by=by, at=clock.now())
    rescreening.everybody(campus.school.pk, at=clock.now() + timedelta(days=1))
    assert [one.state for one in Screening.objects.all()] == ["settled"]
    area(campus.school, WUHAN)
    screen(campus.school)
    assert [one.state for one in Screening.objects.order_by("pk")] == ["settled", "open"]
    with pytest.raises(Problem, match="screening-state"):
        actions.settle_screening(
            screening=Screening.objects.order_by("pk")[0], outcome="excluded", note="", by=by, at=clock.now()
        )
    with pytest.raises(Problem, match="invalid-input"):
        actions.settle_screening(
            screening=Screening.objects.get(state="open"), outcome="forgotten", note="", by=by, at=clock.now()
        )


@pytest.mark.django_db
def test_the_symptomatic_are_screened_while_an_area_bears_and_until_their_signal_ends() -> None:
    campus = Campus()
    student = campus.students[1]
    raised = signal(student, campus.classes[0])
    signal(campus.students[2], campus.classes[0], severity=1)
    screen(campus.school)
    assert listed(campus.school.pk) == {}
    area(campus.school, "42")
    screen(campus.school)
    assert listed(campus.school.pk) == {student.pk: ("symptomatic", None)}
    fresh = signal(campus.students[3], campus.classes[1])
    rescreening.persons(campus.school.pk, at=clock.now())
    assert set(listed(campus.school.pk)) == {student.pk, campus.students[3].pk}
    Signal.objects.filter(pk=raised.pk).update(state="settled")
    rescreening.persons(campus.school.pk, at=clock.now())
    assert set(listed(campus.school.pk)) == {campus.students[3].pk}
    assert fresh.state == "new"


@pytest.mark.django_db
def test_contacts_of_a_case_are_screened_without_its_name() -> None:
    campus = Campus()
    student = campus.students[1]
    at = clock.now()
    contacts = [
        NewContact(student.pk, "case:77", days_ago(2)),
        NewContact(campus.students[2].pk, "case:77", days_ago(20), days_ago(1)),
    ]
    actions.add_to_screening(school_id=campus.school.pk, contacts=contacts, by=None, at=at)
    rescreening.persons(campus.school.pk, at=at)
    assert listed(campus.school.pk) == {student.pk: ("contact", days_ago(-12))}
    assert "77" not in str(Screening.objects.get().because)
    later = [NewContact(student.pk, "case:77", days_ago(1), days_ago(-20))]
    actions.add_to_screening(school_id=campus.school.pk, contacts=later, by=None, at=at)
    rescreening.persons(campus.school.pk, at=at)
    assert listed(campus.school.pk) == {student.pk: ("contact", days_ago(-20))}
    actions.withdraw_from_screening(school_id=campus.school.pk, keys=["case:77"], at=at)
    rescreening.persons(campus.school.pk, at=at)
    assert listed(campus.school.pk) == {}


@pytest.mark.django_db
def test_another_school_is_another_list() -> None:
    campus, other = Campus(), Campus()
    stay(campus.students[1], WUHAN, 5)
    stay(other.students[1], WUHAN, 5)
    area(campus.school, "42")
    screen(campus.school)
    screen(other.school)
    assert set(Screening.objects.values_list("person_id", flat=True)) == {campus.students[1].pk}


@pytest.mark.django_db(transaction=True)
def test_two_who_screen_at_once_do_it_once() -> None:
    campus = Campus()
    for one in campus.students:
        stay(one, WUHAN, 5)
    area(campus.school, "42")
    outcomes = at_once(lambda: rescreening.everybody(campus.school.pk, at=clock.now()), times=3)
    assert sorted(one.added for one in outcomes if one) == [6]
    assert Screening.objects.count() == ScreeningEvent.objects.count() == 6

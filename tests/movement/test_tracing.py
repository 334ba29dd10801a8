"""Who was together with whom: equal to the reference over all pairs, whatever the stays; and the cases that are easy to get wrong."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from linglou.domains.movement import tracing
from linglou.domains.movement.models import Place, Stay, StaySource
from linglou.domains.movement.stays import writing
from linglou.foundation.rulebook.rules.diseases import Setting
from linglou.kernel import clock
from tests.factories import people
from tests.factories.stays import place, stay
from tests.movement import reference

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 2)
# Straddles the turn of a month, and with it two partitions.
ORIGIN = clock.moment(date(2026, 10, 30), time(20))
KINDS = ("dorm-room", "class-session", "class-session", "canteen", "vehicle")
PERSONS = st.integers(1, 6)


def at(hours: float, day: date = DAY) -> datetime:
    return clock.moment(day, time(0)) + timedelta(hours=hours)


SETTINGS = st.lists(
    st.builds(
        Setting,
        where=st.sampled_from(["dorm-room", "class-session", "canteen", "vehicle", "named"]),
        minutes=st.sampled_from([0, 0, 15, 60, 600]),
        seats=st.sampled_from([None, None, 0, 1, 3]),
        rows=st.sampled_from([None, None, 0, 2]),
    ),
    max_size=5,
)
SEATS = st.one_of(st.none(), st.integers(1, 5))
STAYS = st.lists(
    st.tuples(
        PERSONS,
        st.integers(0, len(KINDS) - 1),
        st.integers(0, 60 * 60 // reference.SLOT),  # starts within sixty hours
        st.sampled_from([0, 1, 3, 6, 6, 9, 12, 18, 200, 400]),  # slots long
        st.sampled_from([StaySource.TIMETABLE, StaySource.ATTENDANCE, StaySource.CANTEEN]),
        SEATS,
        SEATS,
    ),
    max_size=24,
)


@pytest.fixture
def places(db: None) -> list[Place]:
    school = people.school()
    return [place(school, kind) for kind in KINDS]


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STAYS, SETTINGS, st.sets(PERSONS, min_size=1, max_size=2), st.integers(0, 200), st.integers(1, 700), st.booleans())
def test_equals_the_reference_over_all_pairs(
    places: list[Place], drawn: list[Any], settings: list[Setting], cases: set[int], begin: int, length: int, only_close: bool
) -> None:
    Stay.objects.all().delete()
    slot = timedelta(minutes=reference.SLOT)
    writing.write(
        school_id=places[0].school_id,
        stays=[
            writing.Known(person, places[n].pk, ORIGIN + start * slot, ORIGIN + (start + slots) * slot, source, row, col)
            for person, n, start, slots, source, row, col in drawn
        ],
    )
    from_at, until_at = ORIGIN + begin * slot, ORIGIN + (begin + length) * slot
    asked: dict[str, Any] = {"from_at": from_at, "until_at": until_at, "settings": settings, "only_close": only_close}
    got = tracing.together(school_id=places[0].school_id, person_ids=cases, **asked)
    assert got == reference.first_degree(cases, **asked)
    got = tracing.second_degree(school_id=places[0].school_id, person_ids=cases, without=[6], **asked)
    assert got == reference.second_degree(cases, without=[6], **asked)


def ask(at_place: Place, person: int = 1, *settings: Setting, **more: Any) -> list[tracing.Together]:
    every = settings or (Setting(where=at_place.kind),)
    return tracing.together(
        school_id=at_place.school_id, person_ids=[person], from_at=at(0), until_at=at(96), settings=every, **more
    )


def test_a_lesson_together(places: list[Place]) -> None:
    room = places[1]
    stay(1, room, at(8), minutes=95, seat=(2, 3))
    stay(2, room, at(8.5), minutes=95, seat=(4, 4))
    (row,) = ask(room)
    assert row == tracing.Together(
        source_id=1, person_id=2, kind="class-session", setting=0, close=True, missed="", minutes=65, meetings=1,
        first_at=at(8.5), last_at=at(8) + timedelta(minutes=95), place_id=room.pk, rows=2, seats=1,
    )  # fmt: skip


def test_touching_is_not_overlapping_and_no_time_is_no_meeting(places: list[Place]) -> None:
    room = places[1]
    stay(1, room, at(8), minutes=60)
    stay(2, room, at(9), minutes=60)
    stay(3, room, at(8.5), minutes=0)
    assert ask(room) == []


def test_a_night_is_one_meeting_though_it_is_split_at_midnight(places: list[Place]) -> None:
    dorm = places[0]
    for person in (1, 2):
        stay(person, dorm, at(22.5), minutes=510)
    assert Stay.objects.count() == 4
    (row,) = ask(dorm)
    assert (row.minutes, row.meetings, row.first_at, row.last_at) == (510, 1, at(22.5), at(31))


def test_timetable_and_attendance_do_not_double_the_minutes(places: list[Place]) -> None:
    room = places[1]
    stay(1, room, at(8), minutes=95)
    stay(2, room, at(8), minutes=95)
    stay(2, room, at(8) + timedelta(minutes=4), minutes=91, source=StaySource.ATTENDANCE)
    (row,) = ask(room)
    assert (row.minutes, row.meetings) == (95, 1)


def test_why_somebody_is_not_close(places: list[Place]) -> None:
    canteen = places[3]
    stay(1, canteen, at(12), minutes=30, seat=(1, 1))
    stay(2, canteen, at(12), minutes=30, seat=(1, 9))
    stay(3, canteen, at(12), minutes=30)
    stay(4, canteen, at(12), minutes=10, seat=(1, 2))
    stay(5, canteen, at(12), minutes=30, seat=(2, 2))
    stay(6, canteen, at(12), minutes=30, seat=(5, 1))
    rule = Setting(where="canteen", minutes=15, seats=2)
    assert {row.person_id: (row.close, row.missed) for row in ask(canteen, 1, rule)} == {
        2: (False, "seats"),
        3: (False, "seats-unknown"),
        4: (False, "minutes"),
        5: (True, ""),
        6: (False, "seats"),  # two seats on, four rows behind
    }
    assert [row.person_id for row in ask(canteen, 1, rule, only_close=True)] == [5]


def test_rows_alone_limit_the_rows(places: list[Place]) -> None:
    bus = places[4]
    stay(1, bus, at(8), seat=(10, 1))
    stay(2, bus, at(8), seat=(13, 9))
    stay(3, bus, at(8), seat=(14, 1))
    assert [row.person_id for row in ask(bus, 1, Setting(where="vehicle", rows=3), only_close=True)] == [2]


def test_only_kinds_that_a_setting_names_are_looked_at(places: list[Place]) -> None:
    for person in (1, 2):
        stay(person, places[1], at(8))
    assert ask(places[1], 1, Setting(where="dorm-room"), Setting(where="household")) == []
    assert tracing.together(school_id=1, person_ids=[1], from_at=at(0), until_at=at(24), settings=[]) == []


def test_of_each_other_the_persons_asked_about_are_not_told_and_others_can_be_left_out(places: list[Place]) -> None:
    room = places[1]
    for person in (1, 2, 3, 4):
        stay(person, room, at(8))
    rows = tracing.together(
        school_id=room.school_id, person_ids=[1, 2], from_at=at(0), until_at=at(24), settings=[Setting(where="class-session")],
        without=[4],
    )  # fmt: skip
    assert {(row.source_id, row.person_id) for row in rows} == {(1, 3), (2, 3)}


def test_a_person_may_have_a_later_beginning_of_their_own(places: list[Place]) -> None:
    room = places[1]
    for hour in (8, 10):
        for person in (1, 2):
            stay(person, room, at(hour))
    (row,) = ask(room, since={1: at(9)})
    assert (row.minutes, row.first_at) == (45, at(10))
    assert ask(room, since={1: at(200)}) == []


def test_the_second_degree_counts_only_from_the_first_exposure_on(places: list[Place]) -> None:
    morning, noon, evening = places[1], places[2], places[3]
    stay(2, morning, at(8))
    stay(3, morning, at(8))  # met 2 before 2 met the case
    stay(1, noon, at(12))
    stay(2, noon, at(12))
    stay(2, evening, at(18))
    stay(4, evening, at(18))
    stay(1, evening, at(20))
    rows = tracing.second_degree(
        school_id=noon.school_id, person_ids=[1], from_at=at(0), until_at=at(24),
        settings=[Setting(where="class-session"), Setting(where="canteen")],
    )  # fmt: skip
    assert [(row.source_id, row.person_id, row.place_id, row.sources) for row in rows] == [(2, 4, evening.pk, 1)]


def test_another_school_is_another_world(places: list[Place]) -> None:
    room = places[1]
    stay(1, room, at(8))
    stay(2, room, at(8))
    assert ask(room)
    elsewhere = people.school()
    assert not tracing.together(
        school_id=elsewhere.pk, person_ids=[1], from_at=at(0), until_at=at(24), settings=[Setting(where="class-session")]
    )

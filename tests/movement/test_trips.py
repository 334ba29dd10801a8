"""A trip that is told is a stay in the vehicle too: who sat near is found, and a correction is followed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from linglou.domains.movement import telling, tracing
from linglou.domains.movement.models import Place, Stay, Trip
from linglou.domains.movement.stays import trips
from linglou.domains.movement.telling import NewTrip, Teller
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook.rules.diseases import Setting
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.movement import days_ago, trip
from tests.factories.people import Campus, actor
from tests.factories.stays import place, stay

pytestmark = pytest.mark.django_db
NEAR = Setting(where="vehicle", seats=3, rows=3)


@pytest.fixture
def campus() -> Campus:
    return Campus()


def tell(person: Person, seat: str = "", **changes: Any) -> None:
    """A trip of the day before yesterday, in carriage 5 of G35 unless said otherwise."""
    said = NewTrip(day=days_ago(2), from_region="330106", to_region="110108", means="train", vehicle="G35", carriage="05")
    row = {"seat_row": int(seat[:-1]), "seat_letter": seat[-1]} if seat else {}
    telling.add_trip(
        teller=Teller(person, actor(person)), trip=replace(said, **row, **changes), key=str(changes), at=clock.now()
    )  # fmt: skip


def take_back(person: Person, **which: Any) -> None:
    row = Trip.objects.get(person_id=person.pk, superseded_at=None, **which)
    telling.drop_trip(teller=Teller(person, actor(person)), trip_id=row.id, key="back", at=clock.now())


def met(person: Person, *settings: Setting) -> dict[int, tuple[str, bool, str, int | None]]:
    """Who was with a person in a vehicle: the kind, whether close, what is missed, and the rows between them."""
    rows = tracing.together(
        school_id=person.school_id, person_ids=[person.pk], from_at=clock.moment(days_ago(9), time(0)), until_at=clock.now(),
        settings=settings or (NEAR,),
    )  # fmt: skip
    return {row.person_id: (row.kind, row.close, row.missed, row.rows) for row in rows}


def seats_of(person: Person) -> list[tuple[str, date, int | None, int | None]]:
    rows = Stay.objects.filter(person_id=person.pk).order_by("day", "place_id", "starts_at")
    codes = dict(Place.objects.values_list("pk", "code"))
    return [(codes[row.place_id].split("/", 1)[1], row.day, row.seat_row, row.seat_col) for row in rows]


def test_the_same_carriage_within_and_beyond_the_rows(campus: Campus) -> None:
    case, near, behind, far, unseated, *_rest = campus.students
    tell(case, "12C")
    tell(near, "15F", vehicle="g 35次", carriage="5车")  # the same carriage, written otherwise; row of five seats
    tell(behind, "16C")
    tell(far, "12F", means="flight", vehicle="CA1234", carriage="")
    tell(unseated)
    assert met(case) == {
        near.pk: ("vehicle", True, "", 3),
        behind.pk: ("vehicle", False, "seats", 4),
        unseated.pk: ("vehicle", False, "seats-unknown", None),
    }
    assert {person for person, row in met(case, Setting(where="vehicle")).items() if row[1]} == {
        near.pk,
        behind.pk,
        unseated.pk,
    }
    row = Stay.objects.get(person_id=case.pk)
    assert (row.starts_at, row.ends_at) == (clock.moment(days_ago(2), time(0)), clock.moment(days_ago(2), time(23, 59)))
    assert (row.source, row.seat_row, row.seat_col) == ("trip", 12, 3)
    assert Place.objects.get(pk=row.place_id).name == f"G35 · 5 车厢 · {days_ago(2)}"


def test_another_carriage_vehicle_or_day_is_not_together(campus: Campus) -> None:
    case, *others = campus.students
    tell(case, "12C")
    for person, changes in zip(others, ({"carriage": "06"}, {"vehicle": "G36"}, {"day": days_ago(3)}), strict=False):
        tell(person, "12C", **changes)
    assert met(case, Setting(where="vehicle")) == {}
    assert Stay.objects.count() == 4


def test_the_same_row_of_a_train_without_a_carriage_is_no_neighbour(campus: Campus) -> None:
    case, other, *_rest = campus.students
    for person in (case, other):
        tell(person, "12C", carriage="")
    assert met(case) == {other.pk: ("vehicle", False, "seats-unknown", None)}


@pytest.mark.parametrize("vehicle", ["", "不详", "-"])
def test_without_a_number_there_is_no_stay(campus: Campus, vehicle: str) -> None:
    tell(campus.students[0], "12C", vehicle=vehicle)
    assert Trip.objects.exists()
    assert not Stay.objects.exists()
    assert not Place.objects.filter(kind="vehicle").exists()


def test_a_letter_that_depends_on_the_aircraft_is_no_known_seat(campus: Campus) -> None:
    case, other, *_rest = campus.students
    tell(case, "31C", means="flight", vehicle="CA1234", carriage="")
    tell(other, "31K", means="flight", vehicle="CA1234", carriage="")
    assert met(case) == {other.pk: ("vehicle", False, "seats-unknown", None)}


def test_told_twice_is_one_stay(campus: Campus) -> None:
    person = campus.students[0]
    for _n in range(2):
        tell(person, "12C")
    assert Trip.objects.count() == 1
    assert seats_of(person) == [("G35/5", days_ago(2), 12, 3)]
    assert trips.follow(school_id=person.school_id, person_ids=[person.pk], days=[days_ago(2)]) == 0


def test_what_is_told_later_and_taken_back_is_followed(campus: Campus) -> None:
    case, person, *_rest = campus.students
    tell(case, "12C")
    tell(person)
    tell(person, "13C")  # the seat is told later
    assert seats_of(person) == [("G35/5", days_ago(2), 13, 3)]
    assert met(case)[person.pk][1]
    take_back(person, seat_row=13)
    assert seats_of(person) == [("G35/5", days_ago(2), None, None)]
    assert met(case)[person.pk][2] == "seats-unknown"
    take_back(person, seat_row=None)
    tell(person, "13C", carriage="07")  # it was another carriage
    assert seats_of(person) == [("G35/7", days_ago(2), 13, 3)]
    assert met(case) == {}
    take_back(person)
    assert seats_of(person) == []
    assert seats_of(case) == [("G35/5", days_ago(2), 12, 3)]


def test_there_and_back_in_one_coach_both_seats_count(campus: Campus) -> None:
    case, first, second, *_rest = campus.students
    coach = {"means": "coach", "vehicle": "云A·12345", "carriage": ""}
    tell(case, "2A", **coach)
    tell(case, "11B", **coach)
    tell(first, "3A", **coach)
    tell(second, "10B", **coach | {"vehicle": "云a12345"})
    assert {person: row[1] for person, row in met(case).items()} == {first.pk: True, second.pk: True}


def test_other_stays_of_the_day_are_not_touched(campus: Campus) -> None:
    person = campus.students[0]
    room = place(campus.school)
    stay(person, room, clock.moment(days_ago(2), time(9)))
    tell(person, "12C")
    take_back(person)
    assert [row.place_id for row in Stay.objects.all()] == [room.pk]


def test_trips_told_before_become_the_same_stays(campus: Campus) -> None:
    people = campus.students[:3]
    trip(people[0], "330106", "110108", 2, vehicle="g35 次", carriage="05", seat_row=12, seat_letter="F")
    trip(people[0], "330106", "110108", 2, vehicle="G35", carriage="05")
    trip(people[1], "330106", "110108", 40, vehicle="云A·12345", means="coach", seat_row=2, seat_letter="E")
    trip(people[1], "330106", "110108", 40, vehicle="云A12345", means="coach", seat_row=9)
    trip(people[2], "330106", "110108", 2, vehicle="不详")
    with connection.schema_editor() as editor:
        import_module("linglou.domains.movement.migrations.0007_told_trips_are_stays").write(None, editor)
    written = [seats_of(person) for person in people]
    assert written[0] == [("G35/5", days_ago(2), 12, 5)]
    assert len(written[1]) == 2
    assert written[2] == []
    rows = set(Stay.objects.values_list("place_id", "starts_at", "ends_at", "person_id"))
    assert set(Place.objects.values_list("longest", flat=True)) == {24 * 60 - 1}
    again = trips.follow(
        school_id=campus.school.pk, person_ids=[person.pk for person in people], days=[days_ago(2), days_ago(40)]
    )  # fmt: skip
    assert again == 0
    assert set(Stay.objects.values_list("place_id", "starts_at", "ends_at", "person_id")) == rows


@pytest.mark.parametrize(
    ("language", "said"), [("zh-hans", ("G35 · 5 车厢", "当天", "座位 12F")), ("en", ("carriage 5", "That day"))]
)
def test_the_page_of_stays_names_the_vehicle(campus: Campus, language: str, said: tuple[str, ...]) -> None:
    student = campus.students[1]
    tell(student, "12F")
    client = browser(campus.counsellor)
    client.post("/ui/language/", {"language": language, "next": "/"})
    page = client.get(f"/movement/stays/{student.pk}/").content.decode()
    assert [words for words in said if words not in page] == []

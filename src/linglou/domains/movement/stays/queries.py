"""Reads about stays: imports with their rows, and where one person was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linglou.domains.movement.models import Place, Stay, StayImport, StayImportRow, StaySource, Trip
from linglou.domains.movement.stays import judging
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.people.queries import paths_of
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import CATALOGUE, Problem

LATELY = 30
DAYS = 14


def school_of(actor: Actor) -> Unit:
    """The school whose stays the actor may import. Raises ``Problem(NOT_ALLOWED)``."""
    school = Unit.objects.get(pk=actor.school_id)
    actor.check(Verb.IMPORT_STAYS, at=[school.path])
    return school


def imports_of(school: Unit) -> list[StayImport]:
    return list(StayImport.objects.filter(school=school).exclude(state="discarded").order_by("-pk")[:LATELY])


def get(actor: Actor, import_id: int) -> StayImport:
    """Raises ``Problem(NOT_FOUND)``, also for another school's."""
    job = StayImport.objects.filter(pk=import_id, school_id=actor.school_id).select_related("school").first()
    if job is None or not actor.may(Verb.IMPORT_STAYS, at=[job.school.path]):
        raise Problem(NOT_FOUND)
    return job


def refusal_of(job: StayImport) -> Problem | None:
    """The problem that ended it, in words."""
    return Problem(CATALOGUE[job.refusal["code"]], **job.refusal["values"]) if job.refusal else None


def rows_of(job: StayImport, verdict: str) -> QuerySet[StayImportRow]:
    return StayImportRow.objects.filter(import_id=job.pk, verdict=verdict).order_by("n")


def lines(rows: list[StayImportRow]) -> list[dict[str, Any]]:
    """Rows for people: where in the file, what it says, and the reasons in words."""
    return [
        {
            "line": row.line, "said": " · ".join(text for text in row.said if text), "place": row.place_name,
            "times": len(row.starts), "starts_at": row.starts[0] if row.starts else None,
            "ends_at": row.ends[0] if row.ends else None, "is_absent": row.is_absent, "row": row.seat_row, "col": row.seat_col,
            "reasons": judging.words(row.reasons),
        }
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """One stay for people; times on the campus clock, the end of a day is 24:00. ``all_day``: at what time is not known."""

    place: str
    starts: str
    ends: str
    source: str
    seat: str
    is_absent: bool
    all_day: bool = False


def get_person(actor: Actor, person_id: int, *, at: datetime) -> Person:
    """A person whose whereabouts the actor may see. Raises ``Problem(NOT_FOUND)``, also for one outside the scope."""
    person = Person.objects.filter(pk=person_id, school_id=actor.school_id).first()
    if person is None or not actor.may(Verb.SEE_WHEREABOUTS, at=paths_of(person_id, at=at)):
        raise Problem(NOT_FOUND)
    return person


def days_of(person: Person, *, at: datetime) -> list[tuple[date, list[Shown]]]:
    """Where a person was on each of the last ``DAYS`` days up to ``at``, the latest first; a day without stays is told too."""
    today = clock.day_of(at)
    stays = Stay.objects.filter(
        school_id=person.school_id, person_id=person.pk, day__gt=today - timedelta(days=DAYS), day__lte=today, starts_at__lte=at
    ).order_by("starts_at", "place_id")
    rows = list(stays)
    places = Place.objects.in_bulk({row.place_id for row in rows})
    letters = _letters(person, {row.day for row in rows if row.source == StaySource.TRIP})
    days: dict[date, list[Shown]] = {today - timedelta(days=n): [] for n in range(DAYS)}
    for row in rows:
        days[row.day].append(
            Shown(
                place=_vehicle(places[row.place_id]) if row.source == StaySource.TRIP else places[row.place_id].name,
                starts=f"{clock.local(row.starts_at):%H:%M}",
                ends="24:00" if clock.day_of(row.ends_at) > row.day else f"{clock.local(row.ends_at):%H:%M}",
                source=str(StaySource(row.source).label),
                seat=_seat(row, letters),
                is_absent=row.starts_at == row.ends_at,
                all_day=row.source == StaySource.TRIP,
            )
        )
    return list(days.items())


def _seat(row: Stay, letters: dict[tuple[date, int | None], str]) -> str:
    if row.source == StaySource.TRIP and (row.day, row.seat_row) in letters:
        return letters[row.day, row.seat_row]
    return f"{row.seat_row}-{row.seat_col}" if row.seat_row is not None and row.seat_col is not None else ""


def _vehicle(place: Place) -> str:
    """A vehicle as its trips tell it, in the reader's language; the day stands above."""
    _day, vehicle, *carriage = place.code.split("/")
    return " · ".join([vehicle, *(_("%s 车厢") % one for one in carriage)])


def _letters(person: Person, days: set[date]) -> dict[tuple[date, int | None], str]:
    """The seats of a person's trips as on the ticket ("12F"), by day and row, where a row was told with one letter only."""
    if not days:
        return {}
    told = Trip.objects.filter(school_id=person.school_id, person_id=person.pk, day__in=days, superseded_at=None)
    seats: dict[tuple[date, int | None], set[str]] = {}
    for trip in told.exclude(vehicle="").exclude(seat_row=None):
        seats.setdefault((trip.day, trip.seat_row), set()).add(f"{trip.seat_row}{trip.seat_letter}")
    return {key: found.pop() for key, found in seats.items() if len(found) == 1}

"""What somebody reported before, revision by revision; and what a receipt stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from linglou.domains.daily.queries import describe, names_of, questions_of
from linglou.engines.rounds.models import WHEREABOUTS, Revision, Round, Source
from linglou.foundation.people.models import Person
from linglou.kernel import ids


@dataclass(frozen=True)
class PastRevision:
    """One revision in a person's history."""

    round_id: int
    title: str
    day: date
    revision: int
    at: datetime
    code: str
    source: str
    by_name: str
    is_late: bool
    answers: dict[str, Any]
    lines: list[tuple[str, str]]

    @property
    def source_label(self) -> str:
        return str(Source(self.source).label)


HISTORY_DAYS = 30


def history(person: Person, *, until: date) -> list[PastRevision]:
    """Every revision of every report of the thirty days up to ``until``, the latest first."""
    rounds = {
        one.pk: one
        for one in Round.every.filter(
            school_id=person.school_id, asks="people", day__gt=until - timedelta(days=HISTORY_DAYS), day__lte=until
        )
        .exclude(purpose=WHEREABOUTS)
        .select_related("form")
    }
    rows = Revision.objects.filter(
        school_id=person.school_id,
        day__in={one.day for one in rounds.values()},
        round_id__in=list(rounds),
        respondent_id=person.pk,
    ).order_by("-at")
    listed = list(rows)
    names = names_of(row.by_id for row in listed if row.source != Source.SELF)
    return [
        PastRevision(
            row.round_id, rounds[row.round_id].title, row.day, row.revision, row.at, ids.receipt_code(row.receipt), row.source,
            names.get(row.by_id or 0, ""), row.is_late, row.answers,
            describe(questions_of(rounds[row.round_id]), row.answers),
        )
        for row in listed
    ]  # fmt: skip


@dataclass(frozen=True)
class Verified:
    """All that a receipt reveals to whoever holds it."""

    title: str
    day: date
    at: datetime
    is_late: bool


def verify(code: str) -> Verified | None:
    """What a receipt stands for; None for anything else, however it is wrong."""
    number = ids.parse_receipt(code)
    row = Revision.objects.filter(receipt=number).order_by("at").first() if number is not None else None
    if row is None:
        return None
    title = Round.every.filter(pk=row.round_id).values_list("title", flat=True).first()
    return Verified(title or "", row.day, row.at, row.is_late)

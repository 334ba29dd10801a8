"""The zero report of units: a secretary confirms "0 or N abnormal" against what the system counts.

A story of its own beside the report of people: the respondent is a unit, the answer two numbers and a note.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from linglou.domains.daily.problems import NOTE_NEEDED
from linglou.domains.daily.queries import LATE
from linglou.engines.rounds import queries as rounds
from linglou.engines.rounds.commit import Outcome, Submission, Verdict, commit
from linglou.engines.rounds.models import Response, Round, Source, State, UnitCount
from linglou.engines.rounds.problems import NO_CORRECTION_AFTER_CLOSE, NOT_ON_ROSTER, NOT_OPEN
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Unit
from linglou.kernel import ids
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem
from linglou.kernel.secrets import key_for

NOTE_LIMIT = 200
MOST = 100_000
ABNORMAL = 2  # the severity from which a response counts as abnormal


@dataclass(frozen=True)
class UnitAsked:
    """One unit's zero report as it stands."""

    round: Round
    unit: Unit
    answer: dict[str, Any] | None
    at: datetime | None


def units_asked(actor: Actor, *, at: datetime) -> list[UnitAsked]:
    """The units whose zero report the actor may give in the rounds that are open, unconfirmed ones first."""
    paths = actor.paths(Verb.CONFIRM_UNIT)
    if not paths:
        return []
    found = []
    rounds = Round.objects.filter(school_id=actor.school_id, asks="units", state=State.OPEN, opens_at__lte=at)
    for round_ in rounds.select_related("audience", "form").order_by("closes_at"):
        units = [
            unit
            for unit in Unit.objects.filter(
                school_id=actor.school_id, kind=round_.unit_kind, path__startswith=round_.audience.path,
                opened_at__lte=round_.roster_at,
            ).exclude(closed_at__lte=round_.roster_at).order_by("sort_key", "pk")
            if any(unit.path.startswith(path) for path in paths)
        ]  # fmt: skip
        answers = {
            row.respondent_id: row
            for row in Response.objects.filter(
                school_id=actor.school_id, day=round_.day, round_id=round_.pk, respondent_id__in=[unit.pk for unit in units]
            )
        }
        for unit in units:
            row = answers.get(unit.pk)
            found.append(UnitAsked(round_, unit, row.answers if row else None, row.last_at if row else None))
    return sorted(found, key=lambda asked: asked.answer is not None)


@dataclass(frozen=True)
class UnitFigures:
    """What the system counts at a unit for a day, over all rounds of people."""

    roster: int
    responded: int
    excused: int
    abnormal: int

    @property
    def missing(self) -> int:
        return self.roster - self.responded - self.excused


def unit_figures(unit: Unit, day: date) -> UnitFigures | None:
    """None where the system keeps no counter for the unit (a party branch)."""
    rounds = Round.objects.filter(school_id=unit.school_id, asks="people", group_key="", day=day)
    sums = UnitCount.objects.filter(
        school_id=unit.in_school, round_id__in=list(rounds.values_list("pk", flat=True)), unit_id=unit.pk
    ).aggregate(roster=Sum("roster"), responded=Sum("responded"), excused=Sum("excused"), abnormal=Sum("abnormal"))
    if sums["roster"] is None:
        return None
    return UnitFigures(**sums)


def unit_round(school_id: int, round_id: int, *, at: datetime) -> Round:
    """A round of units that takes answers. Raises ``Problem`` (NOT_ON_ROSTER, NOT_OPEN)."""
    round_ = (
        Round.objects.filter(pk=round_id, school_id=school_id, asks="units")
        .select_related("form", "audience", "school")
        .first()
    )
    if round_ is None:
        raise Problem(NOT_ON_ROSTER)
    if not round_.opens_at <= at < round_.closes_at + LATE:
        raise Problem(NOT_OPEN, title=round_.title)
    return round_


def given(round_: Round, unit: Unit) -> dict[str, Any] | None:
    """What was last confirmed for a unit: {"abnormal": N, "counted": M, "note": ...}."""
    row = Response.objects.filter(
        school_id=round_.school_id, day=round_.day, round_id=round_.pk, respondent_id=unit.pk
    ).first()  # fmt: skip
    return row.answers if row else None


@transaction.atomic
def confirm(*, round_: Round, unit: Unit, abnormal: int | None, note: str, key: str, by: Actor, at: datetime) -> Outcome:
    """Confirm a unit's number of abnormal persons. Written as every response is, so it may be corrected until the close and
    every revision stays. Raises ``Problem`` (INVALID_INPUT, NOTE_NEEDED, NOT_ON_ROSTER, NO_CORRECTION_AFTER_CLOSE)."""
    errors = []
    if abnormal is None or not 0 <= abnormal <= MOST:
        errors.append(FieldError("abnormal", "out-of-range", _("请填 0 或异常人数。"), abnormal))
    if len(note) > NOTE_LIMIT:
        errors.append(FieldError("note", "too-long", _("说明最多 200 个字。"), note[:60]))
    if errors:
        raise Problem(INVALID_INPUT, errors=tuple(errors))
    assert abnormal is not None
    figures = unit_figures(unit, round_.day)
    counted = figures.abnormal if figures else None
    if counted is not None and counted != abnormal and not note:
        error = FieldError("note", "note-needed", _("与系统统计不一致，请说明原因。"), note)
        raise Problem(NOTE_NEEDED, errors=(error,), given=abnormal, counted=counted)
    place = rounds.place_of(round_, unit.pk)
    if place is None:
        raise Problem(NOT_ON_ROSTER)
    number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
    submission = Submission(
        school_id=round_.school_id, day=round_.day, round_id=round_.pk, respondent_id=unit.pk, unit_id=place.unit_id,
        lines=place.lines, curved=place.curved,
        answers=json.dumps({"abnormal": abnormal, "counted": counted, "note": note}, ensure_ascii=False),
        severity=ABNORMAL if abnormal else 0, source=Source.SELF, by_id=by.person_id, by_label=by.name, key=key,
        receipt=ids.receipt_number(key_for("receipt"), round_.school_id, round_.pk, unit.pk, number), at=at, is_person=False,
    )  # fmt: skip
    with connection.cursor() as cursor:
        (outcome,) = commit(cursor, [submission])
    if outcome.verdict is Verdict.CLOSED:
        raise Problem(NO_CORRECTION_AFTER_CLOSE)
    return outcome

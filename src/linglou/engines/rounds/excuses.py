"""Approve and cancel excuses. In every open round that the excuse bears on, the counters move in the same transaction, under
the round's lock. Whoever has answered in time stays responded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from linglou.engines.rounds import queries, roster
from linglou.engines.rounds.commit import lock
from linglou.engines.rounds.models import Excuse, Response, Round, RoundExcuse, State, UnitCount
from linglou.engines.rounds.problems import EXCUSE_ENDS_BEFORE_START, EXCUSE_OVER
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person
from linglou.kernel.problems import Problem

# As in ``actions.EXCUSE_SQL``: whoever is excused in the last second before a round closes need not answer it.
LAST_SECOND = timedelta(seconds=1)


@transaction.atomic
def approve(
    *, person: Person, reason: str, note: str, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime
) -> Excuse:
    """Excuse a person from every round that closes between the two moments. Raises ``Problem(EXCUSE_ENDS_BEFORE_START)``."""
    if ends_at <= starts_at:
        raise Problem(EXCUSE_ENDS_BEFORE_START, starts=starts_at, ends=ends_at)
    with connection.cursor() as cursor:
        roster.hold(cursor, person.school_id)
    excuse = Excuse.objects.create(
        school_id=person.school_id, person=person, reason=reason, note=note, starts_at=starts_at, ends_at=ends_at,
        approved_at=at, approved_by_id=by.person_id,
    )  # fmt: skip
    covered = Round.objects.filter(
        school_id=person.school_id,
        asks="people",
        closes_at__gt=starts_at,
        closes_at__lte=ends_at + LAST_SECOND,
        state=State.OPEN,
    )
    for round_ in _locked(covered.values_list("pk", flat=True)):
        place = queries.place_of(round_, person.pk)
        if place is None:
            continue
        _row, is_new = RoundExcuse.objects.get_or_create(
            school_id=round_.school_id, round_id=round_.pk, respondent_id=person.pk, defaults={"excuse_id": excuse.pk}
        )
        if is_new:
            _move(round_, person.pk, place.lines, +1)
    _audit(excuse, by, at, "excuse.approve", ends_at=ends_at.isoformat())
    return excuse


@transaction.atomic
def cancel(*, excuse: Excuse, by: Actor, at: datetime) -> Excuse:
    """End an excuse before its time: in rounds still open the person is expected again, unless another excuse holds. Closed
    rounds stay as they closed. Raises ``Problem(EXCUSE_OVER)``."""
    with connection.cursor() as cursor:
        roster.hold(cursor, excuse.school_id)
    excuse = Excuse.objects.select_for_update(of=("self",)).select_related("person").get(pk=excuse.pk)
    if excuse.cancelled_at or excuse.ends_at <= at:
        raise Problem(EXCUSE_OVER)
    excuse.cancelled_at = at
    excuse.save(update_fields=["cancelled_at"])
    rows = RoundExcuse.objects.filter(school_id=excuse.school_id, respondent_id=excuse.person_id, excuse_id=excuse.pk)
    for round_ in _locked(rows.values_list("round_id", flat=True)):
        row = rows.filter(round_id=round_.pk)
        other = Excuse.objects.filter(
            person_id=excuse.person_id,
            cancelled_at=None,
            starts_at__lt=round_.closes_at,
            ends_at__gte=round_.closes_at - LAST_SECOND,
        ).first()
        if other:
            row.update(excuse_id=other.pk)
            continue
        row.delete()
        place = queries.place_of(round_, excuse.person_id)
        if place:
            _move(round_, excuse.person_id, place.lines, -1)
    _audit(excuse, by, at, "excuse.cancel")
    return excuse


def _locked(round_ids: Iterable[int]) -> list[Round]:
    """Of these rounds the ones that are open, now that this transaction alone may move them."""
    wanted = list(round_ids)
    with connection.cursor() as cursor:
        lock(cursor, wanted)
    return list(Round.objects.filter(pk__in=wanted, state=State.OPEN).select_related("audience").order_by("pk"))


def _move(round_: Round, person_id: int, lines: Iterable[int], step: int) -> None:
    in_time = Response.objects.filter(
        school_id=round_.school_id, day=round_.day, round_id=round_.pk, respondent_id=person_id, is_late=False
    )
    if not in_time.exists():
        counts = UnitCount.objects.filter(school_id=round_.school_id, round_id=round_.pk, unit_id__in=list(lines))
        counts.update(excused=F("excused") + step)


def _audit(excuse: Excuse, by: Actor, at: datetime, action: str, **detail: Any) -> None:
    """Without the reason: that somebody lies in hospital is for whoever may excuse them, not for the readers of the trail."""
    audit.record(
        by=by, school_id=excuse.school_id, at=at, action=action, subject_type="excuse", subject_id=excuse.pk,
        person_id=excuse.person_id, **detail,
    )  # fmt: skip

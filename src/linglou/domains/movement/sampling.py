"""Random samples for call-backs: drawn in an order that the seed alone decides, worked through call by call."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from linglou.domains.movement import picture, rules
from linglou.domains.movement.models import CallBack, Sample
from linglou.domains.movement.problems import CHECK_NOT_WAITING, NOBODY_TO_DRAW
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Unit
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

# Those who told something and are not being called already. md5 of seed and person orders them: anybody with the seed can check.
FRAME_SQL = f"""
    SELECT p.person_id, m.unit_id FROM ({picture.PERSONS_SQL}) p
    JOIN people_membership m ON m.person_id = p.person_id AND m.school_id = %(school)s AND m.tree = 'administration'
         AND {picture.IN_FORCE_SQL.format(f="m")}
    WHERE p.knowledge <> 'unknown' AND NOT EXISTS (
        SELECT FROM movement_callback c WHERE c.person_id = p.person_id AND c.result IN ('', 'not-reached')
          AND c.drawn_at >= %(since_moment)s)
"""
DRAW_SQL = """
    WITH frame AS MATERIALIZED (SELECT DISTINCT ON (person_id) * FROM ({frame}) f ORDER BY person_id, unit_id)
    SELECT person_id, unit_id, (SELECT count(*) FROM frame) FROM frame
    ORDER BY md5(%(seed)s || ':' || person_id), person_id LIMIT %(size)s
"""


@transaction.atomic
def draw(*, unit: Unit, size: int, seed: int, by: Actor, at: datetime) -> Sample:
    """Draw ``size`` people of a unit for call-backs. Raises ``Problem`` (NOBODY_TO_DRAW)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"call-backs:{unit.in_school}"])
        drawn = order(unit, size=size, seed=seed, at=at)
    if not drawn:
        raise Problem(NOBODY_TO_DRAW)
    sample = Sample.objects.create(
        school_id=unit.in_school,
        unit=unit,
        seed=seed,
        size=len(drawn),
        frame=drawn[0][2],
        drawn_at=at,
        drawn_by_id=by.person_id,
    )
    CallBack.objects.bulk_create(
        CallBack(sample=sample, person_id=person_id, unit_id=unit_id, drawn_at=at) for person_id, unit_id, _frame in drawn
    )
    audit.record(
        by=by, school_id=unit.in_school, at=at, action="whereabouts.sample", subject_type="unit", subject_id=unit.pk,
        count=len(drawn),
    )  # fmt: skip
    return sample


def order(unit: Unit, *, size: int, seed: int, at: datetime) -> list[tuple[int, int, int]]:
    """(person, unit, size of the frame) of those who would be drawn."""
    with connection.cursor() as cursor:
        values = picture._values(unit, at) | {"seed": str(seed), "size": size}
        cursor.execute(DRAW_SQL.format(frame=FRAME_SQL), values)
        return list(cursor.fetchall())


@transaction.atomic
def record(*, call: CallBack, result: str, note: str, by: Actor, at: datetime) -> CallBack:
    """What a call came to: confirmed, or not reached (which may be tried again; a correction is recorded with what it corrects).
    Raises ``Problem`` (INVALID_INPUT, CHECK_NOT_WAITING)."""
    if result not in ("confirmed", "not-reached"):
        raise Problem(INVALID_INPUT, (FieldError("result", "unknown-result", "", result),))
    locked = CallBack.objects.select_for_update(of=("self",)).select_related("person").get(pk=call.pk)
    if locked.result in rules.SETTLED_RESULTS:
        raise Problem(CHECK_NOT_WAITING)
    locked.result, locked.note, locked.called_at, locked.called_by = result, note.strip()[:200], at, by.person_id
    locked.tries += 1
    locked.save(update_fields=["result", "note", "called_at", "called_by", "tries"])
    audit.record(
        by=by, school_id=locked.person.school_id, at=at, action="whereabouts.call-back", subject_type="person",
        subject_id=locked.person_id, person_id=locked.person_id,
    )  # fmt: skip
    return locked

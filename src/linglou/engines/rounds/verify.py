"""Recompute closings from the rows and the chain: whoever changed the past is found, by closing, unit and kind of change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from linglou.engines.rounds import closing as closings
from linglou.engines.rounds import recount, roster
from linglou.engines.rounds.models import Closing, Round, State


class Kind(models.TextChoices):
    ROSTER_CHANGED = "roster-changed", _("名册被改动")
    RESPONSE_ADDED = "response-added", _("填报被增加")
    RESPONSE_REMOVED = "response-removed", _("填报被删除")
    RESPONSE_CHANGED = "response-changed", _("填报内容被改动")
    EXCUSE_CHANGED = "excuse-changed", _("免报被改动")
    MISSING_CHANGED = "missing-changed", _("未报名单被改动")
    UNIT_CHANGED = "unit-changed", _("单位结账行被改动")
    CLOSING_CHANGED = "closing-changed", _("结账单被改动")
    CHAIN_BROKEN = "chain-broken", _("与上一份结账单的链接断开")
    CLOSING_ABSENT = "closing-absent", _("缺少结账单")


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was closed. ``unit_id`` is None where the whole closing is meant."""

    round_id: int
    number: int
    unit_id: int | None
    kind: Kind
    detail: str = ""


def verify_school(school_id: int) -> Iterator[tuple[Closing | None, list[Difference]]]:
    """Every closing of a school in order with what differs (nothing: []); rounds closed without a closing come last, with
    None. Each closing is checked in a transaction of its own."""
    number, digest = 0, ""
    for closing in Closing.objects.filter(school_id=school_id).select_related("round").order_by("number"):
        differences = verify(closing)
        if closing.number != number + 1:
            differences.insert(0, _of(closing, Kind.CLOSING_ABSENT, f"{number + 1}..{closing.number - 1}"))
        if closing.previous_digest != digest:
            differences.insert(0, _of(closing, Kind.CHAIN_BROKEN, f"{closing.previous_digest[:12]} / {digest[:12]}"))
        number, digest = closing.number, closing.digest
        yield closing, differences
    for round_ in Round.objects.filter(school_id=school_id, state=State.CLOSED, closing=None):
        yield None, [Difference(round_.pk, 0, None, Kind.CLOSING_ABSENT, f"{round_.title} {round_.day}")]


@transaction.atomic
def verify(closing: Closing) -> list[Difference]:
    """What is no longer as one closing froze it; its link to the one before is ``verify_school``'s to check."""
    round_ = closing.round
    parameters = roster.parameters(round_)
    differences: list[Difference] = []
    with connection.cursor() as cursor:
        recount.gather(cursor, round_)
        cursor.execute(LEAVES_SQL, parameters)
        differences += [_judge_leaf(closing, *row) for row in cursor.fetchall()]
        rows_are_whole = not differences
        cursor.execute(REVISIONS_SQL, parameters)
        known = {difference.unit_id for difference in differences}
        found = [unit_id for (unit_id,) in cursor.fetchall() if unit_id not in known]
        differences += [_of(closing, Kind.RESPONSE_CHANGED, unit_id=unit_id) for unit_id in found]
        digest_holds = closings.digest(cursor, closing) == closing.digest
        if rows_are_whole or not digest_holds:
            cursor.execute(UNITS_SQL, parameters)
            known = {difference.unit_id for difference in differences}
            for unit_id, *figures in cursor.fetchall():
                if unit_id not in known:
                    differences.append(_of(closing, Kind.UNIT_CHANGED, _figures(figures), unit_id=unit_id))
        totals = recount.totals(cursor)
    names = [name for name in FIGURES if getattr(closing, name) != totals[name]]
    changed = [f"{name}={getattr(closing, name)}/{totals[name]}" for name in names]
    if not digest_holds or (changed and rows_are_whole):
        differences.append(_of(closing, Kind.CLOSING_CHANGED, " ".join(changed)))
    if round_.state != State.CLOSED or round_.closed_at != closing.closed_at:
        differences.append(_of(closing, Kind.CLOSING_CHANGED, f"round {round_.state} {round_.closed_at}"))
    return differences


def _of(closing: Closing, kind: Kind, detail: str = "", *, unit_id: int | None = None) -> Difference:
    return Difference(closing.round_id, closing.number, unit_id, kind, detail)


def _judge_leaf(closing: Closing, unit_id: int, digest_holds: bool, missing_holds: bool, *figures: int) -> Difference:
    """The kind of change at a leaf whose row does not match: what was stored comes first in ``figures``, then the recount."""
    half = len(FIGURES)
    stored, counted = dict(zip(FIGURES, figures[:half], strict=True)), dict(zip(FIGURES, figures[half:], strict=True))
    if digest_holds and missing_holds:
        kind = Kind.UNIT_CHANGED  # the rows are what they were: the frozen sums were touched
    elif stored["roster"] != counted["roster"]:
        kind = Kind.ROSTER_CHANGED
    elif stored["responded"] > counted["responded"]:
        kind = Kind.RESPONSE_REMOVED
    elif stored["responded"] < counted["responded"]:
        kind = Kind.RESPONSE_ADDED
    elif stored["excused"] != counted["excused"]:
        kind = Kind.EXCUSE_CHANGED
    elif not missing_holds:
        kind = Kind.MISSING_CHANGED
    else:
        kind = Kind.RESPONSE_CHANGED
    return _of(closing, kind, _figures(list(figures)), unit_id=unit_id)


def _figures(values: list[Any]) -> str:
    half = len(values) // 2
    pairs = zip(FIGURES, values[:half], values[half:], strict=True)
    return " ".join(f"{name}={stored}/{counted}" for name, stored, counted in pairs if stored != counted)


FIGURES = ("roster", "responded", "excused", "missing", "abnormal")
_STORED = [f"coalesce(u.{name}, 0)" for name in FIGURES]
_COUNTED = [f"coalesce(r.{name}, 0)" for name in FIGURES]

# Leaves (units with people of their own) whose frozen row is not what the rows say now.
LEAVES_SQL = f"""
    WITH stored AS (
        SELECT * FROM rounds_closingunit WHERE school_id = %(school_id)s AND round_id = %(round_id)s
    ), missed AS (
        SELECT coalesce(p.unit_id, c.unit_id) AS unit_id
        FROM (SELECT * FROM recount_person WHERE missing) p
        FULL JOIN (SELECT * FROM rounds_closingmissing WHERE school_id = %(school_id)s AND round_id = %(round_id)s) c
             USING (respondent_id, unit_id)
        WHERE p.respondent_id IS NULL OR c.respondent_id IS NULL
        GROUP BY 1
    )
    SELECT unit_id, coalesce(u.digest, '') = coalesce(d.digest, '') AS digest_holds, n.unit_id IS NULL AS missing_holds,
           {", ".join(_STORED)}, {", ".join(_COUNTED)}
    FROM stored u
    FULL JOIN recount_unit r USING (unit_id)
    FULL JOIN ({recount.LEAVES_SQL}) d USING (unit_id)
    LEFT JOIN missed n USING (unit_id)
    WHERE (coalesce(u.digest, '') <> '' OR d.digest IS NOT NULL)
      AND (coalesce(u.digest, '') <> coalesce(d.digest, '') OR n.unit_id IS NOT NULL
           OR ({", ".join(_STORED)}) <> ({", ".join(_COUNTED)}))
    ORDER BY unit_id
"""

# Leaves where somebody's answer is not its own last revision.
REVISIONS_SQL = """
    SELECT DISTINCT coalesce(a.unit_id, p.unit_id)
    FROM rounds_response p
    LEFT JOIN recount_person a USING (respondent_id)
    LEFT JOIN rounds_revision v ON v.school_id = p.school_id AND v.day = p.day AND v.round_id = p.round_id
         AND v.respondent_id = p.respondent_id AND v.revision = p.revision
    WHERE p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s AND NOT p.is_late
      AND (v.respondent_id IS NULL OR a.respondent_id IS NULL OR v.answers <> p.answers OR v.severity <> p.severity
           OR v.is_late OR v.receipt <> p.receipt)
"""

UNITS_SQL = f"""
    SELECT unit_id, {", ".join(_STORED)}, {", ".join(_COUNTED)}
    FROM (SELECT * FROM rounds_closingunit WHERE school_id = %(school_id)s AND round_id = %(round_id)s) u
    FULL JOIN recount_unit r USING (unit_id)
    WHERE ({", ".join(_STORED)}) <> ({", ".join(_COUNTED)})
    ORDER BY unit_id
"""

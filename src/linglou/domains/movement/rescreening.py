"""Who belongs on the screening list, found for everybody at once: one statement compares what the list and people's whereabouts
say with the screenings that are open, and adds, changes and lifts with an event for each.

The same statement looks at a few persons (who told something new) or at all of a school (the list changed, or a day began).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from linglou.domains.movement.models import ScreeningRun, ToScreen
from linglou.domains.signals import queries as signals
from linglou.foundation.people.queries import IN_FORCE_SQL
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.models import RiskRegion
from linglou.foundation.rulebook.rules.school import Screening as Rule
from linglou.kernel import clock

BATCH = 2000


@dataclass(frozen=True)
class Outcome:
    added: int
    changed: int
    lifted: int


def lock(school_id: int) -> None:
    """Wait until this transaction alone moves the screenings of a school."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"screening:{school_id}"])


def bearing(school_id: int, rule: Rule, on: date) -> list[RiskRegion]:
    """The entries of the list that bear on somebody on a day: in force, or over for less than the window."""
    since = on - timedelta(days=rule.window_days)
    return [one for one in rulebook.risk_regions_since(school_id, since) if one.from_day <= on]


def is_due(school_id: int, *, at: datetime) -> bool:
    """Whether the list is another one than at the last screening of everybody, or another day has begun."""
    on = clock.day_of(at)
    rule = rulebook.screening(on)
    if rule is None:
        return False
    last = ScreeningRun.objects.filter(school_id=school_id).order_by("-pk").first()
    areas = sorted(one.pk for one in bearing(school_id, rule, on))
    if last is None:
        return bool(areas)
    return last.areas != areas or (last.day != on and bool(areas or last.areas)) or last.rule_edition != rule.edition


@transaction.atomic
def everybody(school_id: int, *, at: datetime) -> Outcome | None:
    """Screen everybody of a school against the list as it is now; None when that was done already, or no rule holds."""
    lock(school_id)
    on = clock.day_of(at)
    rule = rulebook.screening(on)
    if rule is None or not is_due(school_id, at=at):
        return None
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM movement_toscreen WHERE school_id = %s", [school_id])
    areas = bearing(school_id, rule, on)
    outcome = _screen(school_id, rule, areas, None, at=at)
    ScreeningRun.objects.create(
        school_id=school_id, day=on, areas=sorted(one.pk for one in areas), at=at, rule_id=rule.rule_id,
        rule_edition=rule.edition, added=outcome.added, changed=outcome.changed, lifted=outcome.lifted,
    )  # fmt: skip
    return outcome


def schools_to_look_at(*, at: datetime) -> list[int]:
    """Schools where somebody waits to be looked at, or whose list bears, so that signals count."""
    on = clock.day_of(at)
    rule = rulebook.screening(on)
    waiting = set(ToScreen.objects.values_list("school_id", flat=True).distinct())
    listed = {one for one in rulebook.schools_with_risk_regions() if rule and bearing(one, rule, on)}
    return sorted(waiting | listed)


@transaction.atomic
def persons(school_id: int, *, at: datetime, limit: int = BATCH) -> int:
    """Screen those about whom something new was recorded, or whose signals changed; how many."""
    lock(school_id)
    on = clock.day_of(at)
    rule = rulebook.screening(on)
    if rule is None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM movement_toscreen WHERE school_id = %s", [school_id])
        return 0
    areas = bearing(school_id, rule, on)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_SQL, {"school": school_id, "limit": limit})
        ids = {person_id for (person_id,) in cursor.fetchall()}
    ids |= _with_other_signals(school_id, areas)
    if ids:
        _screen(school_id, rule, areas, ids, at=at)
    return len(ids)


def _with_other_signals(school_id: int, areas: Sequence[RiskRegion]) -> set[int]:
    """Those whose unfinished signals are not the ones in their screening (settled ones count as known)."""
    unfinished = signals.unfinished(school_id) if areas else []
    values: dict[str, Any] = {
        "school": school_id, "persons": [one[0] for one in unfinished],
        "reasons": [f"signal:{one[1]}" for one in unfinished],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SIGNALS_SQL, values)
        return {person_id for (person_id,) in cursor.fetchall()}


def _screen(
    school_id: int, rule: Rule, areas: Sequence[RiskRegion], person_ids: Collection[int] | None, *, at: datetime
) -> Outcome:
    on = clock.day_of(at)
    unfinished = signals.unfinished(school_id, person_ids=person_ids) if areas else []
    values: dict[str, Any] = {
        "school": school_id, "at": at, "on": on, "window": rule.window_days, "rule": rule.rule_id, "edition": rule.edition,
        "area": [one.pk for one in areas], "region": [one.region for one in areas],
        "since": [one.from_day - timedelta(days=rule.listed_days) for one in areas],
        "until": [one.to_day or date.max for one in areas],
        "signal_person": [one[0] for one in unfinished], "signal": [one[1] for one in unfinished],
        "persons": sorted(person_ids or ()),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SOME_SQL if person_ids is not None else ALL_SQL, values)
        return Outcome(*cursor.fetchone())


TAKE_SQL = """
    DELETE FROM movement_toscreen WHERE school_id = %(school)s AND person_id IN (
        SELECT person_id FROM movement_toscreen WHERE school_id = %(school)s ORDER BY id LIMIT %(limit)s
    ) RETURNING person_id
"""

SIGNALS_SQL = """
    WITH now_ AS (SELECT * FROM unnest(%(persons)s::bigint[], %(reasons)s::text[]) AS t(person_id, reason))
    SELECT n.person_id FROM now_ n
    WHERE NOT EXISTS (SELECT FROM movement_screening s WHERE s.school_id = %(school)s AND s.person_id = n.person_id
                      AND s.state IN ('open', 'settled') AND n.reason = ANY(s.reasons))
    UNION
    SELECT s.person_id FROM movement_screening s, unnest(s.reasons) AS r(reason)
    WHERE s.school_id = %(school)s AND s.state = 'open' AND r.reason LIKE 'signal:%%'
      AND NOT EXISTS (SELECT FROM now_ n WHERE n.person_id = s.person_id AND n.reason = r.reason)
"""

# A stay counts as long as it meets the area's time (from ``since``, before it was listed, to its end) within the window. Regions
# are codes and areas prefixes: ':' follows '9', so that a prefix is a range of the index.
_STAYS = """
    SELECT s.person_id, 'stay:' || s.id || ':' || a.id AS reason,
           CASE WHEN s.to_day IS NULL AND a.until >= %(on)s THEN 3 ELSE 4 END AS rank,
           CASE WHEN s.to_day IS NULL AND a.until >= %(on)s THEN NULL ELSE least(s.to_day, a.until) END AS last_day,
           jsonb_build_object('kind', 'stay', 'id', s.id, 'area', a.id, 'region', s.region, 'from', s.from_day, 'to', s.to_day)
               AS because
    FROM area a JOIN movement_regionstay s ON s.school_id = %(school)s AND s.superseded_at IS NULL
         AND s.region >= a.region AND s.region < a.region || ':'
         AND s.from_day <= least(a.until, %(on)s)
         AND (s.to_day IS NULL OR s.to_day >= greatest(a.since, %(on)s::date - %(window)s))
    WHERE a.until >= %(on)s::date - %(window)s {stays}
"""
_TRIPS = """
    SELECT t.person_id, 'trip:' || t.id || ':' || a.id, 4, t.day,
           jsonb_build_object('kind', 'trip', 'id', t.id, 'area', a.id, 'region', t.{end}, 'from', t.day, 'to', t.day)
    FROM area a JOIN movement_trip t ON t.school_id = %(school)s AND t.superseded_at IS NULL
         AND t.{end} >= a.region AND t.{end} < a.region || ':'
         AND t.day BETWEEN greatest(a.since, %(on)s::date - %(window)s) AND least(a.until, %(on)s)
    WHERE true {trips}
"""

_SQL = (
    """
    WITH area AS MATERIALIZED (
        SELECT * FROM unnest(%(area)s::bigint[], %(region)s::text[], %(since)s::date[], %(until)s::date[])
            AS t(id, region, since, until)
    ), hit AS ("""
    + _STAYS
    + " UNION "
    + _TRIPS.replace("{end}", "from_region")
    + " UNION "
    + _TRIPS.replace("{end}", "to_region")
    + """
        UNION ALL
        SELECT c.person_id, 'contact:' || c.key, 2, c.last_day,
               jsonb_build_object('kind', 'contact', 'from', c.last_day, 'to', c.last_day, 'until', c.until_day)
        FROM movement_reportedcontact c
        WHERE c.school_id = %(school)s AND c.withdrawn_at IS NULL AND c.last_day <= %(on)s
          AND coalesce(c.until_day, c.last_day + %(window)s) >= %(on)s {contacts}
        UNION ALL
        SELECT person_id, 'signal:' || id, 1, NULL, jsonb_build_object('kind', 'signal', 'id', id)
        FROM unnest(%(signal_person)s::bigint[], %(signal)s::bigint[]) AS t(person_id, id)
    ), found AS MATERIALIZED (
        SELECT h.person_id, m.unit_id, array_agg(h.reason ORDER BY h.reason) AS reasons,
               (ARRAY['symptomatic', 'contact', 'in-area', 'through'])[min(h.rank)] AS category,
               CASE WHEN bool_or(h.last_day IS NULL AND h.rank <> 1) THEN NULL
                    ELSE max(coalesce((h.because ->> 'until')::date, h.last_day + %(window)s)) END AS until_day,
               jsonb_agg(h.because ORDER BY h.reason) AS because
        FROM (SELECT DISTINCT ON (person_id, reason) * FROM hit ORDER BY person_id, reason) h
        JOIN people_membership m ON m.person_id = h.person_id AND m.school_id = %(school)s AND m.tree = 'administration'
             AND """
    + IN_FORCE_SQL.format(f="m")
    + """
        GROUP BY h.person_id, m.unit_id
    ), known AS (
        SELECT s.person_id, array_agg(DISTINCT r.reason) AS reasons
        FROM movement_screening s, unnest(s.reasons) AS r(reason)
        WHERE s.school_id = %(school)s AND s.state = 'settled' {screenings}
        GROUP BY s.person_id
    ), due AS MATERIALIZED (
        SELECT DISTINCT ON (f.person_id) f.* FROM found f LEFT JOIN known k USING (person_id)
        WHERE k.person_id IS NULL OR NOT f.reasons::text[] <@ k.reasons::text[]
        ORDER BY f.person_id, f.unit_id
    ), opened AS MATERIALIZED (
        SELECT s.* FROM movement_screening s WHERE s.school_id = %(school)s AND s.state = 'open' {screenings}
    ), changed AS MATERIALIZED (
        SELECT o.id, d.*, o.category AS before, o.category <> d.category AS is_other,
               ARRAY(SELECT unnest(d.reasons) EXCEPT SELECT unnest(o.reasons) ORDER BY 1) AS gained,
               ARRAY(SELECT unnest(o.reasons) EXCEPT SELECT unnest(d.reasons) ORDER BY 1) AS lost
        FROM opened o JOIN due d USING (person_id)
        WHERE o.reasons::text[] <> d.reasons::text[] OR o.category <> d.category OR o.until_day IS DISTINCT FROM d.until_day
    ), added AS (
        INSERT INTO movement_screening (school_id, person_id, unit_id, category, reasons, because, rule_id, rule_edition, until_day,
            state, outcome, note, opened_at, changed_at)
        SELECT %(school)s, d.person_id, d.unit_id, d.category, d.reasons, d.because, %(rule)s, %(edition)s, d.until_day, 'open',
               '', '', %(at)s, %(at)s
        FROM due d LEFT JOIN opened o USING (person_id) WHERE o.id IS NULL
        RETURNING id, category, reasons
    ), moved AS (
        UPDATE movement_screening s SET category = c.category, reasons = c.reasons, because = c.because, until_day = c.until_day,
            rule_id = %(rule)s, rule_edition = %(edition)s, changed_at = %(at)s,
            flowed_at = CASE WHEN c.is_other AND c.category = 'symptomatic' THEN NULL ELSE s.flowed_at END
        FROM changed c WHERE s.id = c.id AND s.state = 'open'
        RETURNING s.id
    ), lifted AS (
        UPDATE movement_screening s SET state = 'lifted', ended_at = %(at)s, changed_at = %(at)s, flowed_at = NULL
        FROM opened o LEFT JOIN due d USING (person_id) WHERE s.id = o.id AND s.state = 'open' AND d.person_id IS NULL
        RETURNING s.id, s.category, s.reasons
    ), told AS (
        INSERT INTO movement_screeningevent (screening_id, at, kind, category, before, gained, lost, by_label)
        SELECT id, %(at)s, 'added', category, '', reasons, '{{}}', '' FROM added
        UNION ALL
        SELECT c.id, %(at)s, 'changed', c.category, c.before, c.gained, c.lost, '' FROM changed c JOIN moved USING (id)
        WHERE c.is_other OR c.gained <> '{{}}' OR c.lost <> '{{}}'
        UNION ALL
        SELECT id, %(at)s, 'lifted', category, category, '{{}}', reasons, '' FROM lifted
    )
    SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM moved), (SELECT count(*) FROM lifted)
"""
)
ALL_SQL = _SQL.format(stays="", trips="", contacts="", screenings="")
SOME_SQL = _SQL.format(
    stays="AND s.person_id = ANY(%(persons)s)", trips="AND t.person_id = ANY(%(persons)s)",
    contacts="AND c.person_id = ANY(%(persons)s)", screenings="AND s.person_id = ANY(%(persons)s)",
)  # fmt: skip

"""What the staged rows of a file would change: compared with what the school has, in SQL, for all rows at once.

Encrypted values are compared by their blind indexes; nothing is decrypted. An empty cell says nothing: it changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from linglou.foundation.people.models import RosterImport, Unit
from linglou.foundation.people.roster_import import reasons
from linglou.foundation.people.roster_import.places import SCHOOL, Existing, Planned
from linglou.foundation.people.roster_import.reasons import Reason

# A college is covered whole when the file names more than this share of its classes; else only the classes it names are.
WHOLE_COLLEGE = 0.5
MANY_ROWS = 2_000

# A membership (alias m) that holds at %(at)s as it is known now.
HOLDS = "{m}.superseded_at IS NULL AND {m}.starts_at <= %(at)s AND ({m}.ends_at IS NULL OR {m}.ends_at > %(at)s)"

# One row per staged row whose person is there: what of it differs. ``unit_*`` parameters map keys to ids of units that exist.
COMPARE_SQL = f"""
    SELECT s.n, p.id AS person_id, array_to_string(ARRAY[
        CASE WHEN s.name <> p.name THEN 'name' END,
        CASE WHEN s.kind <> '' AND s.kind <> p.kind THEN 'kind' END,
        CASE WHEN s.sex <> '' AND s.sex <> p.sex THEN 'sex' END,
        CASE WHEN s.birth_date <> '' AND s.birth_date <> coalesce(p.birth_date::text, '') THEN 'birth_date' END,
        CASE WHEN s.id_number_index <> '' AND (s.id_number_index <> p.id_number_index OR s.document_kind <> p.document_kind)
             THEN 'id_number' END,
        CASE WHEN s.phone_index <> '' AND s.phone_index <> p.phone_index THEN 'phone' END,
        CASE WHEN s.major <> '' AND s.major <> p.major THEN 'major' END,
        CASE WHEN s.origin <> '' AND s.origin <> p.origin THEN 'origin' END,
        CASE WHEN s.guardian_name <> '' AND s.guardian_name <> p.guardian_name THEN 'guardian_name' END,
        CASE WHEN s.guardian_phone_index <> '' AND s.guardian_phone_index <> p.guardian_phone_index THEN 'guardian_phone' END,
        CASE WHEN s.home > 0 AND ma.unit_id IS DISTINCT FROM hu.id THEN 'unit' END,
        CASE WHEN s.room > 0 AND (mr.unit_id IS DISTINCT FROM ru.id OR (s.place <> '' AND s.place <> mr.place)) THEN 'room' END,
        CASE WHEN s.branch > 0 AND mp.unit_id IS DISTINCT FROM bu.id THEN 'branch' END
    ], ',') AS fields, ma.unit_id AS home_id
    FROM people_rosterimportrow s
    JOIN people_person p ON p.school_id = %(school_id)s AND p.number = s.number
    LEFT JOIN people_membership ma ON ma.person_id = p.id AND ma.tree = 'administration' AND {HOLDS.format(m="ma")}
    LEFT JOIN people_membership mr ON mr.person_id = p.id AND mr.tree = 'residence' AND {HOLDS.format(m="mr")}
    LEFT JOIN people_membership mp ON mp.person_id = p.id AND mp.tree = 'party' AND {HOLDS.format(m="mp")}
    LEFT JOIN unnest(%(unit_keys)s::int[], %(unit_ids)s::bigint[]) AS hu(key, id) ON hu.key = s.home
    LEFT JOIN unnest(%(unit_keys)s::int[], %(unit_ids)s::bigint[]) AS ru(key, id) ON ru.key = s.room
    LEFT JOIN unnest(%(unit_keys)s::int[], %(unit_ids)s::bigint[]) AS bu(key, id) ON bu.key = s.branch
    WHERE s.import_id = %(import_id)s AND s.verdict NOT IN ('rejected', 'left')
"""

JUDGE_SQL = f"""
    UPDATE people_rosterimportrow s SET person_id = c.person_id, fields = c.fields,
        verdict = CASE WHEN c.fields = '' THEN 'unchanged' ELSE 'changed' END
    FROM ({COMPARE_SQL}) c WHERE s.import_id = %(import_id)s AND s.n = c.n
"""

# Whether anything that the preview said is not so any more.
STALE_SQL = f"""
    SELECT count(*) FROM people_rosterimportrow s LEFT JOIN ({COMPARE_SQL}) c ON c.n = s.n
    WHERE s.import_id = %(import_id)s AND s.verdict NOT IN ('rejected', 'left')
      AND (s.person_id IS DISTINCT FROM c.person_id OR (s.verdict <> 'new' AND s.fields <> c.fields))
"""

REJECT_SQL = """
    UPDATE people_rosterimportrow s SET verdict = 'rejected', fields = '', id_number = '', phone = '', guardian_phone = '',
        reasons = CASE WHEN s.reasons = '' THEN r.reasons ELSE (s.reasons::jsonb || r.reasons::jsonb)::text END
    FROM unnest(%s::int[], %s::text[]) AS r(n, reasons) WHERE s.import_id = %s AND s.n = r.n
"""

# Accepted rows with a number shorter than the column's, or one that the school knows with zeros in front.
LOST_ZEROS_SQL = """
    SELECT s.n, s.number, '', s.kind FROM people_rosterimportrow s
    WHERE s.import_id = %(import_id)s AND s.verdict = 'new' AND s.is_short
    UNION
    SELECT s.n, s.number, p.number, s.kind FROM people_rosterimportrow s
    JOIN people_person p ON p.school_id = %(school_id)s AND p.number LIKE '0%%' AND ltrim(p.number, '0') = s.number
    WHERE s.import_id = %(import_id)s AND s.verdict = 'new'
"""

ID_TAKEN_SQL = f"""
    SELECT s.n, min(p.number) FROM people_rosterimportrow s
    JOIN people_person p ON p.school_id = %(school_id)s AND p.id_number_index = s.id_number_index
         AND p.id IS DISTINCT FROM s.person_id AND p.kind = coalesce(nullif(s.kind, ''), s.likely_kind)
    WHERE s.import_id = %(import_id)s AND s.id_number_index <> ''
      AND (s.verdict = 'new' OR (s.verdict = 'changed' AND 'id_number' = ANY(string_to_array(s.fields, ','))))
      AND EXISTS (SELECT FROM people_membership m WHERE m.person_id = p.id AND {HOLDS.format(m="m")})
      AND NOT EXISTS (SELECT FROM people_rosterimportrow o WHERE o.import_id = s.import_id AND o.number = p.number
                      AND o.verdict <> 'rejected' AND o.id_number_index NOT IN ('', s.id_number_index))
    GROUP BY s.n
"""

HOMELESS_SQL = f"""
    SELECT s.n FROM people_rosterimportrow s
    WHERE s.import_id = %(import_id)s AND s.home = 0 AND (s.verdict = 'new' OR (s.verdict IN ('changed', 'unchanged')
      AND NOT EXISTS (SELECT FROM people_membership m WHERE m.person_id = s.person_id AND m.tree = 'administration'
                      AND {HOLDS.format(m="m")})))
"""

# Whoever stands in a covered unit and in no row. A refused row of the same number or name speaks for them: they are no leavers.
LEAVERS_SQL = f"""
    INSERT INTO people_rosterimportrow (import_id, n, sheet, line, verdict, is_confirmed, is_short, person_id, number, name, kind,
        likely_kind, sex, birth_date, major, origin, document_kind, id_number, id_number_index, phone, phone_index, guardian_name,
        guardian_phone, guardian_phone_index, pinyin, initials, given_name, given_pinyin, home, room, branch, place, fields,
        reasons)
    SELECT %(import_id)s, %(rows)s + row_number() OVER (ORDER BY u.path, p.number), 0, 0, 'left', false, false, p.id, p.number,
        p.name, p.kind, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', u.id::int, 0, 0, u.name, '', ''
    FROM unnest(%(covered_kinds)s::text[], %(covered_units)s::bigint[]) AS covered(kind, unit_id)
    JOIN people_membership m ON m.unit_id = covered.unit_id AND m.tree = 'administration' AND {HOLDS.format(m="m")}
    JOIN people_unit u ON u.id = m.unit_id
    JOIN people_person p ON p.id = m.person_id AND p.kind = covered.kind
    WHERE NOT EXISTS (SELECT FROM people_rosterimportrow s WHERE s.import_id = %(import_id)s AND s.number = p.number)
      AND NOT EXISTS (SELECT FROM people_rosterimportrow s WHERE s.import_id = %(import_id)s AND s.verdict = 'rejected'
                      AND s.name = p.name)
"""


def parameters(job: RosterImport, planned: Sequence[Planned], at: datetime) -> dict[str, Any]:
    """What every query here needs."""
    known = [(key, unit.id) for key, unit in enumerate(planned, start=1) if unit.id is not None]
    return {
        "import_id": job.pk,
        "school_id": job.school_id,
        "at": at,
        "unit_keys": [key for key, _id in known],
        "unit_ids": [unit_id for _key, unit_id in known],
    }


def compare(
    job: RosterImport,
    planned: Sequence[Planned],
    *,
    at: datetime,
    usual_width: dict[str, int],
    duplicates: dict[int, Reason],
    rows: int,
) -> dict[str, int]:
    """Give every staged row its verdict and add the proposed leavers. A number per verdict."""
    values = parameters(job, planned, at)
    plan_for(rows)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 20")  # it is for the row counts; the values are all alike
        cursor.execute("ANALYZE people_rosterimportrow (import_id, n, number, verdict, home, room, branch, id_number_index)")
        cursor.execute(JUDGE_SQL, values)
        _reject(cursor, job, duplicates)
        if not job.options.get("accept_short"):
            cursor.execute(LOST_ZEROS_SQL, values)
            lost = {n: _lost_zeros(number, known, usual_width.get(kind, 0)) for n, number, known, kind in cursor.fetchall()}
            _reject(cursor, job, lost)
        cursor.execute(ID_TAKEN_SQL, values)
        _reject(cursor, job, {n: ("id-taken", {"number": number}) for n, number in cursor.fetchall()})
        cursor.execute(HOMELESS_SQL, values)
        _reject(cursor, job, {n: ("unit-missing", {}) for (n,) in cursor.fetchall()})
        if not job.layout.get("is_mended"):  # a mended error file names few people on purpose
            covered = _covered(cursor, job, planned)
            kinds, units = [kind for kind, _unit in covered], [unit for _kind, unit in covered]
            cursor.execute(LEAVERS_SQL, values | {"rows": rows, "covered_kinds": kinds, "covered_units": units})
        cursor.execute("SELECT verdict, count(*) FROM people_rosterimportrow WHERE import_id = %s GROUP BY 1", [job.pk])
        return dict(cursor.fetchall())


def plan_for(rows: int) -> None:
    """Keep the planner from taking a roster of a whole school for a handful of rows: freshly filled tables have no statistics,
    and a nested loop over them takes hours. What is written is checked in memory. For the rest of the transaction."""
    if rows > MANY_ROWS:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'")


def is_stale(job: RosterImport, planned: Sequence[Planned], at: datetime) -> bool:
    """Whether the school has changed since the preview in a way that changes a verdict."""
    with connection.cursor() as cursor:
        cursor.execute(STALE_SQL, parameters(job, planned, at))
        return bool(cursor.fetchone()[0])


def units_of(school_id: int) -> list[Existing]:
    """Every open unit under a school, for ``Places``."""
    units = Unit.objects.filter(school_id=school_id, closed_at=None).exclude(pk=school_id)
    return [Existing(*row) for row in units.values_list("pk", "parent_id", "kind", "name")]


def used(job: RosterImport, planned: Sequence[Planned]) -> set[int]:
    """The keys of planned units in which an accepted row stands, and of the units above them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT key FROM people_rosterimportrow, LATERAL (VALUES (home), (room), (branch)) AS k(key) "
            "WHERE import_id = %s AND verdict IN ('new', 'changed') AND key > 0",
            [job.pk],
        )
        waiting = [key for (key,) in cursor.fetchall()]
    found: set[int] = set()
    while waiting:
        key = waiting.pop()
        if key != SCHOOL and key not in found:
            found.add(key)
            waiting.append(planned[key - 1].parent)
    return found


def _reject(cursor: Any, job: RosterImport, why: Mapping[int, Reason]) -> None:
    if why:
        cursor.execute(REJECT_SQL, [list(why), [reasons.dump([reason]) for reason in why.values()], job.pk])


def _lost_zeros(number: str, known: str, usual: int) -> Reason:
    width = len(known) or usual
    return (
        "number-lost-zeros",
        {"value": number, "width": str(len(number)), "usual": str(width), "padded": known or number.zfill(width)},
    )


def _covered(cursor: Any, job: RosterImport, planned: Sequence[Planned]) -> list[tuple[str, int]]:
    """(kind of person, unit) pairs for which the file is complete: whoever of that kind is there must stand in it."""
    if not any(unit.id for unit in planned):
        return []
    cursor.execute(
        "SELECT DISTINCT coalesce(nullif(kind, ''), likely_kind), home FROM people_rosterimportrow "
        "WHERE import_id = %s AND verdict NOT IN ('rejected', 'left') AND home > 0",
        [job.pk],
    )
    covered: set[tuple[str, int]] = set()
    classes: dict[tuple[str, int], set[int]] = defaultdict(set)
    for kind, key in cursor.fetchall():
        unit = planned[key - 1]
        if unit.id is None:
            continue
        covered.add((kind, unit.id))
        college = planned[unit.parent - 1].id if unit.kind == "class" and unit.parent != SCHOOL else None
        if college is not None:
            classes[kind, college].add(unit.id)
    for (kind, college), named in classes.items():
        everything = set(Unit.objects.filter(parent_id=college, kind="class", closed_at=None).values_list("pk", flat=True))
        if len(named) > WHOLE_COLLEGE * len(everything):
            covered |= {(kind, unit_id) for unit_id in everything | {college}}
    return sorted(covered)

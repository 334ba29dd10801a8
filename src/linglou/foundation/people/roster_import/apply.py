"""Write what the preview said, all of it or nothing: units, persons, memberships, posts and trail, set-based.

Facts are never changed: a membership that ends is superseded by itself with an end, as ``people.actions`` does for one person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from linglou.foundation.access.actor import Actor
from linglou.foundation.audit.actions import SYSTEM_LABEL
from linglou.foundation.people.models import RosterImport, Unit
from linglou.foundation.people.roster_import import counsellors, verdicts
from linglou.foundation.people.roster_import.places import SCHOOL, Planned
from linglou.foundation.people.roster_import.rebuilding import rebuilt

ROSTER_LOCK = 0x4C52 << 40
_DIGITS = re.compile(r"\d+")

NEW_UNIT_IDS_SQL = """
    SELECT nextval(sequence) FROM CAST(pg_get_serial_sequence('people_unit', 'id') AS regclass) AS sequence, generate_series(1, %s)
"""

NEW_PERSONS_SQL = """
    INSERT INTO people_person (id, school_id, number, name, kind, sex, birth_date, major, origin, document_kind, id_number,
        id_number_index, phone, phone_index, guardian_name, guardian_phone, guardian_phone_index, pinyin, initials, given_name,
        given_pinyin, created_at)
    SELECT new_id, %(school_id)s, number, name, coalesce(nullif(kind, ''), likely_kind), sex, nullif(birth_date, '')::date, major, origin,
        document_kind, id_number, id_number_index, phone, phone_index, guardian_name, guardian_phone, guardian_phone_index, pinyin,
        initials, given_name, given_pinyin, %(at)s
    FROM people_rosterimportrow WHERE import_id = %(import_id)s AND verdict = 'new' ORDER BY n
"""

CHANGED_PERSONS_SQL = """
    UPDATE people_person p SET
        name = s.name, pinyin = s.pinyin, initials = s.initials, given_name = s.given_name, given_pinyin = s.given_pinyin,
        kind = coalesce(nullif(s.kind, ''), p.kind),
        sex = coalesce(nullif(s.sex, ''), p.sex),
        birth_date = coalesce(nullif(s.birth_date, '')::date, p.birth_date),
        major = coalesce(nullif(s.major, ''), p.major),
        origin = coalesce(nullif(s.origin, ''), p.origin),
        document_kind = CASE WHEN s.id_number <> '' THEN s.document_kind ELSE p.document_kind END,
        id_number = coalesce(nullif(s.id_number, ''), p.id_number),
        id_number_index = coalesce(nullif(s.id_number_index, ''), p.id_number_index),
        phone = coalesce(nullif(s.phone, ''), p.phone),
        phone_index = coalesce(nullif(s.phone_index, ''), p.phone_index),
        guardian_name = coalesce(nullif(s.guardian_name, ''), p.guardian_name),
        guardian_phone = coalesce(nullif(s.guardian_phone, ''), p.guardian_phone),
        guardian_phone_index = coalesce(nullif(s.guardian_phone_index, ''), p.guardian_phone_index)
    FROM people_rosterimportrow s
    WHERE s.import_id = %(import_id)s AND s.verdict = 'changed' AND p.id = s.person_id AND p.school_id = %(school_id)s
      AND string_to_array(s.fields, ',') && ARRAY['name', 'kind', 'sex', 'birth_date', 'id_number', 'phone', 'major', 'origin',
          'guardian_name', 'guardian_phone']
"""

# Where each person goes: one row per person and tree whose membership is new or another, as the indexes go. A key is the position of
# its unit among all that are planned, so that nothing need be joined.
MOVES_SQL = """
    CREATE TEMPORARY TABLE roster_moves AS
    SELECT coalesce(s.person_id, s.new_id) AS person_id,
        coalesce(nullif(s.kind, ''), (SELECT p.kind FROM people_person p WHERE p.id = s.person_id), s.likely_kind) AS person_kind,
        t.tree, (%(units)s::bigint[])[t.key] AS unit_id, t.place
    FROM people_rosterimportrow s
    CROSS JOIN LATERAL (VALUES ('administration', s.home, 'unit', ''), ('party', s.branch, 'branch', ''),
                               ('residence', s.room, 'room', s.place)) AS t(tree, key, field, place)
    WHERE s.import_id = %(import_id)s AND t.key > 0
      AND (s.verdict = 'new' OR (s.verdict = 'changed' AND t.field = ANY(string_to_array(s.fields, ','))))
"""

# {facts}: which facts end that hold or are planned, as a condition on f. One that never held a moment is only superseded.
END_SQL = """
    WITH ended AS (
        UPDATE {table} f SET superseded_at = %(at)s
        WHERE f.superseded_at IS NULL AND (f.ends_at IS NULL OR f.ends_at > %(at)s) AND {facts}
        RETURNING f.*
    )
    INSERT INTO {table} ({columns}, ends_at, recorded_at, superseded_at, recorded_by, starts_at)
    SELECT {columns}, %(at)s, %(at)s, NULL, %(by)s, starts_at FROM ended WHERE starts_at < %(at)s
"""
MEMBERSHIP = {"table": "people_membership", "columns": "school_id, person_id, unit_id, tree, place"}
POST = {"table": "people_post", "columns": "school_id, person_id, role, unit_id, ward_id"}
MOVED = "EXISTS (SELECT FROM roster_moves m WHERE m.person_id = f.person_id AND m.tree = f.tree)"
LEFT = "f.person_id = ANY(%(left)s)"

JOIN_SQL = """
    INSERT INTO people_membership (school_id, person_id, person_kind, unit_id, tree, place, starts_at, recorded_at, recorded_by)
    SELECT %(school_id)s, person_id, person_kind, unit_id, tree, place, %(at)s, %(at)s, %(by)s FROM roster_moves
    ORDER BY person_id, tree  -- as the indexes go
"""

APPOINT_SQL = """
    INSERT INTO people_post (school_id, person_id, role, unit_id, starts_at, recorded_at, recorded_by)
    SELECT %(school_id)s, c.person_id, 'counsellor', u.id, %(at)s, %(at)s, %(by)s
    FROM unnest(%(counsellor_keys)s::int[], %(counsellor_ids)s::bigint[]) AS c(key, person_id)
    JOIN unnest(%(unit_keys)s::int[], %(unit_ids)s::bigint[]) AS u(key, id) ON u.key = c.key
    WHERE NOT EXISTS (SELECT FROM people_post p WHERE p.person_id = c.person_id AND p.role = 'counsellor' AND p.unit_id = u.id
                      AND p.superseded_at IS NULL AND p.ends_at IS NULL)
    RETURNING person_id, unit_id
"""

AUDIT_SQL = """
    INSERT INTO audit_entry (school_id, at, actor_id, actor_label, action, is_read, subject_type, subject_id, subject_person_id,
        detail)
"""
AUDIT_PERSONS_SQL = (
    AUDIT_SQL
    + """
    SELECT %(school_id)s, %(at)s, %(by)s, %(label)s, 'person.import', false, 'person', coalesce(s.person_id, s.new_id),
        coalesce(s.person_id, s.new_id), CASE s.verdict WHEN 'new' THEN %(new_detail)s
            ELSE jsonb_build_object('import', %(import_id)s, 'verdict', s.verdict, 'fields', s.fields) END
    FROM people_rosterimportrow s
    WHERE s.import_id = %(import_id)s AND (s.verdict IN ('new', 'changed') OR (s.verdict = 'left' AND s.is_confirmed))
"""
)
AUDIT_POSTS_SQL = (
    AUDIT_SQL
    + """
    SELECT %(school_id)s, %(at)s, %(by)s, %(label)s, 'post.appoint', false, 'person', person_id, person_id,
        jsonb_build_object('import', %(import_id)s, 'role', 'counsellor', 'unit_id', unit_id)
    FROM unnest(%(persons)s::bigint[], %(units)s::bigint[]) AS a(person_id, unit_id)
"""
)
AUDIT_UNITS_SQL = (
    AUDIT_SQL
    + """
    SELECT %(school_id)s, %(at)s, %(by)s, %(label)s, 'unit.open', false, 'unit', id, NULL,
        jsonb_build_object('import', %(import_id)s, 'name', name)
    FROM people_unit WHERE id = ANY(%(opened)s)
"""
)

Step = Callable[[str], None]


def write(job: RosterImport, planned: Sequence[Planned], *, at: datetime, by: Actor | None, step: Step) -> dict[str, int]:
    """Write the accepted rows and the confirmed leavers of ``job``; the caller's transaction makes it all or nothing.
    ``step`` is told where the work stands. Counts of what was written."""
    values: dict[str, Any] = {
        "school_id": job.school_id,
        "import_id": job.pk,
        "at": at,
        "by": by.person_id if by else None,
        "label": by.name if by else SYSTEM_LABEL,
    }
    written = {}
    with connection.cursor() as cursor:
        step("units")
        opened = _open_units(cursor, job, planned, at)
        values |= verdicts.parameters(job, planned, at)
        step("persons")
        with rebuilt(cursor, "people_person", rows=job.counts.get("new", 0)):
            cursor.execute(NEW_PERSONS_SQL, values)
        written["new"] = job.counts.get("new", 0)
        if job.counts.get("changed"):
            cursor.execute(CHANGED_PERSONS_SQL, values)
        step("memberships")
        cursor.execute(MOVES_SQL, values | {"units": [unit.id or 0 for unit in planned]})
        moves = cursor.rowcount
        if job.counts.get("changed"):
            cursor.execute("ANALYZE roster_moves")
            cursor.execute(END_SQL.format(**MEMBERSHIP, facts=MOVED), values)
        with rebuilt(cursor, "people_membership", rows=moves):
            cursor.execute(JOIN_SQL, values)
        written["moves"] = moves
        cursor.execute("DROP TABLE roster_moves")
        cursor.execute(
            "SELECT person_id FROM people_rosterimportrow WHERE import_id = %s AND verdict = 'left' AND is_confirmed", [job.pk]
        )
        left = [person_id for (person_id,) in cursor.fetchall()]
        if left:
            cursor.execute(END_SQL.format(**MEMBERSHIP, facts=LEFT), values | {"left": left})
            cursor.execute(END_SQL.format(**POST, facts=f"({LEFT} OR f.ward_id = ANY(%(left)s))"), values | {"left": left})
        written["left"] = len(left)
        step("posts")
        appointed = _appoint(cursor, job, values, at=at, by=by)
        step("trail")
        with rebuilt(cursor, "audit_entry", rows=job.counts.get("new", 0)):
            new_detail = Jsonb({"import": job.pk, "verdict": "new", "fields": ""})  # the same for all of them
            cursor.execute(AUDIT_PERSONS_SQL, values | {"new_detail": new_detail})
            cursor.execute(
                AUDIT_POSTS_SQL, values | {"persons": [p for p, _u in appointed], "units": [u for _p, u in appointed]}
            )
            cursor.execute(AUDIT_UNITS_SQL, values | {"opened": opened})
        cursor.execute("DELETE FROM people_rosterimportrow WHERE import_id = %s AND verdict <> 'rejected'", [job.pk])
    return written | {"units": len(opened), "counsellors": len(appointed)}


def _appoint(
    cursor: Any, job: RosterImport, values: dict[str, Any], *, at: datetime, by: Actor | None
) -> list[tuple[int, int]]:
    """Give the counsellors named in the file their posts: (person, class) of each that is new."""
    found = counsellors.resolve(job, at=at, by=by) if counsellors.may_appoint(job, by) else counsellors.NOBODY
    if not found.known:
        return []
    cursor.execute(
        APPOINT_SQL,
        values
        | {
            "counsellor_keys": [key for key, _person in found.known],
            "counsellor_ids": [person for _key, person in found.known],
        },
    )
    appointed: list[tuple[int, int]] = cursor.fetchall()
    return appointed


def _open_units(cursor: Any, job: RosterImport, planned: Sequence[Planned], at: datetime) -> list[int]:
    """Open the planned units that are used and do not exist; their ids are set in ``planned``. Parents stand before children."""
    unused = set(job.plan["unused"])
    missing = [key for key, unit in enumerate(planned, start=1) if unit.id is None and key not in unused]
    if not missing:
        return []
    cursor.execute(NEW_UNIT_IDS_SQL, [len(missing)])
    for key, (unit_id,) in zip(missing, cursor.fetchall(), strict=True):
        planned[key - 1].id = unit_id
    school = Unit.objects.get(pk=job.school_id)
    above = {unit.parent for unit in planned if unit.parent != SCHOOL}
    known = [planned[key - 1].id or 0 for key in above - set(missing)]
    places = {school.pk: (school.path, school.depth)}
    places |= {pk: (path, depth) for pk, path, depth in Unit.objects.filter(pk__in=known).values_list("pk", "path", "depth")}
    rows, opened_at = [], at.isoformat()
    for key in missing:
        unit = planned[key - 1]
        parent_id = school.pk if unit.parent == SCHOOL else planned[unit.parent - 1].id
        path, depth = places[parent_id or 0]
        places[unit.id or 0] = (f"{path}{unit.id}/", depth + 1)
        rows.append(
            f"{unit.id}\t{school.pk}\t{unit.tree}\t{unit.kind}\t{unit.name}\t\t{parent_id}\t{path}{unit.id}/\t{depth + 1}\t"
            f"{sort_key(unit.name)}\t{opened_at}\n"
        )
    copy_in = "COPY people_unit (id, school_id, tree, kind, name, code, parent_id, path, depth, sort_key, opened_at) FROM STDIN"
    with cursor.copy(copy_in) as copy:
        copy.write("".join(rows).replace("\\", "\\\\"))  # names are cleaned: no tab, no line break
    return [planned[key - 1].id or 0 for key in missing]


def sort_key(name: str) -> str:
    """Numbers in a name sort as numbers: 3号楼 before 12号楼."""
    return _DIGITS.sub(lambda found: found[0].zfill(6), name)[:120]

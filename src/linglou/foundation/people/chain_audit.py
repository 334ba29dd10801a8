"""The chain audit: who and what has a hole in the responsible chain, found by five statements over the whole tree.

A *hole* leaves somebody without an answerable person, and keeps a school from being ready; a *warning* does not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.roles import Role
from linglou.foundation.people import rules
from linglou.foundation.people.facts import IN_FORCE_SQL, subtree
from linglou.foundation.people.models import Readiness, Unit

# What each finding is called, and how it is mended. Holes first, in the order in which one would mend them.
WORDS: dict[str, tuple[Any, Any]] = {
    "school-without-command": (_("指挥部无人"), _("在学校任命疫情防控指挥部成员。")),
    "school-without-office": (_("防控办无人"), _("在学校任命疫情防控办公室成员。")),
    "college-without-head": (_("学院没有书记或院长"), _("为学院任命党委书记或院长。")),
    "class-without-counsellor": (_("班级没有辅导员"), _("为班级或其学院任命辅导员。")),
    "class-without-monitor": (_("班级没有班长"), _("为班级任命班长；没有学生的旧班级请撤销。")),
    "person-without-unit": (_("人员没有所属单位"), _("转入班级或部门；已离校的请结束其寝室、支部和岗位。")),
    "post-held-by-leaver": (_("离校人员仍在任"), _("免去岗位，并任命接任的人。")),
    "student-outside-class": (_("学生不在班级"), _("转入班级，才有班长和辅导员负责。")),
    "counsellor-overloaded": (_("辅导员所带学生过多"), _("按教育部令第43号的 1:200 增派辅导员，或调整所带班级。")),
    "secretary-vacant": (_("学院党委书记空缺"), _("由院长承担该环节；请尽快任命。")),
    "dean-vacant": (_("院长空缺"), _("由学院党委书记承担该环节；请尽快任命。")),
    "clinic-vacant": (_("校医院空缺"), _("异常信号将无人接诊；请任命校医院人员。")),
    "counselling-vacant": (_("心理咨询中心空缺"), _("请任命心理咨询中心人员。")),
    "logistics-vacant": (_("后勤空缺"), _("请任命后勤人员。")),
    "gate-vacant": (_("门岗空缺"), _("请任命门岗人员。")),
    "auditor-vacant": (_("审计空缺"), _("请任命审计人员，由其查看留痕。")),
    "branch-without-secretary": (_("党支部、党总支没有书记"), _("请任命支部书记。")),
    "room-without-head": (_("寝室没有寝室长"), _("请为有人住的寝室任命寝室长；寝室长不在责任链上，空缺不影响就绪。")),
}

# How many findings of one kind are listed; the count is always whole.
LISTED = 500

# Open units that have nobody in the roles they need; ``need`` is a row of ``rules.NEEDS``.
UNITS_SQL = f"""
    WITH need AS (
        SELECT * FROM unnest(%(codes)s::text[], %(kinds)s::text[], %(upwards)s::bool[], %(roles)s::text[])
               AS n(code, kind, upward, roles)
    ), held AS MATERIALIZED (
        SELECT DISTINCT f.unit_id, f.role FROM people_post f
        WHERE f.school_id = %(school_id)s AND f.unit_id IS NOT NULL AND {IN_FORCE_SQL.format(f="f")}
    ), wanted AS MATERIALIZED (
        SELECT n.code, string_to_array(n.roles, ' ') AS roles, u.id, u.name, u.path,
               CASE WHEN n.upward THEN string_to_array(trim(BOTH '/' FROM u.path), '/')::bigint[] ELSE ARRAY[u.id] END AS places
        FROM people_unit u JOIN need n ON n.kind = u.kind
        WHERE u.school_id = %(school_id)s AND u.path >= %(path)s AND u.path < %(path_end)s
          AND u.opened_at <= %(at)s AND (u.closed_at IS NULL OR u.closed_at > %(at)s)
    ), covered AS MATERIALIZED (
        SELECT DISTINCT w.code, w.id
        FROM wanted w CROSS JOIN LATERAL unnest(w.places) AS place(id)
        JOIN held h ON h.unit_id = place.id AND h.role = ANY(w.roles)
    )
    SELECT w.code, w.id, w.name, w.path FROM wanted w LEFT JOIN covered c USING (code, id)
    WHERE c.id IS NULL ORDER BY w.path
"""

# Open units of a kind that people belong to, and where nobody holds any of the roles. Rooms are many: only some are listed.
LIVED_IN_SQL = f"""
    SELECT n.code, u.id, u.name, u.path, count(*) OVER (PARTITION BY n.code)
    FROM unnest(%(lived_codes)s::text[], %(lived_kinds)s::text[], %(lived_roles)s::text[]) AS n(code, kind, roles)
    JOIN people_unit u ON u.kind = n.kind AND u.school_id = %(school_id)s AND u.path >= %(path)s AND u.path < %(path_end)s
         AND u.opened_at <= %(at)s AND (u.closed_at IS NULL OR u.closed_at > %(at)s)
    WHERE EXISTS (SELECT FROM people_membership f WHERE f.unit_id = u.id AND {IN_FORCE_SQL.format(f="f")})
      AND NOT EXISTS (SELECT FROM people_post f WHERE f.unit_id = u.id AND f.role = ANY(string_to_array(n.roles, ' '))
                      AND {IN_FORCE_SQL.format(f="f")})
    ORDER BY u.path LIMIT {LISTED}
"""

# Students and staff without an administrative unit; who is to join one later, and was entered in good time, is none. Who once had one and has left the school altogether (no unit of any tree,
# no post) is no hole; who holds a post after leaving is the other kind of hole.
PERSONS_SQL = f"""
    SELECT CASE WHEN has_left AND has_post THEN 'post-held-by-leaver' ELSE 'person-without-unit' END AS code,
           id, name, number, count(*) OVER (PARTITION BY has_left AND has_post)
    FROM (
        SELECT p.id, p.name, p.number,
               EXISTS (SELECT FROM people_membership f WHERE f.person_id = p.id AND f.tree = 'administration'
                       AND f.starts_at <= %(at)s AND f.recorded_at <= %(at)s
                       AND (f.superseded_at IS NULL OR f.superseded_at > %(at)s)) AS has_left,
               EXISTS (SELECT FROM people_membership f WHERE f.person_id = p.id AND {IN_FORCE_SQL.format(f="f")}) AS has_other,
               EXISTS (SELECT FROM people_post f WHERE f.person_id = p.id AND f.role <> 'guardian'
                       AND {IN_FORCE_SQL.format(f="f")}) AS has_post
        FROM people_person p
        WHERE p.school_id = %(school_id)s AND p.kind <> 'guardian' AND p.created_at <= %(at)s
          AND NOT EXISTS (SELECT FROM people_membership f WHERE f.school_id = p.school_id AND f.person_id = p.id
                          AND f.tree = 'administration' AND {IN_FORCE_SQL.format(f="f")})
          AND NOT EXISTS (SELECT FROM people_membership f WHERE f.school_id = p.school_id AND f.person_id = p.id
                          AND f.tree = 'administration' AND f.starts_at > %(at)s AND f.recorded_at <= %(at)s
                          AND (f.superseded_at IS NULL OR f.superseded_at > %(at)s))
    ) lost
    WHERE NOT has_left OR has_other OR has_post
    ORDER BY code, number
"""

# Students who belong to a college, a department or the school itself: nobody is their monitor or counsellor.
OUTSIDE_SQL = f"""
    SELECT 'student-outside-class', p.id, p.name, p.number, count(*) OVER ()
    FROM people_unit u
    JOIN people_membership f ON f.unit_id = u.id AND f.tree = 'administration' AND {IN_FORCE_SQL.format(f="f")}
    JOIN people_person p ON p.id = f.person_id AND p.kind = 'student'
    WHERE u.school_id = %(school_id)s AND u.path >= %(path)s AND u.path < %(path_end)s AND u.tree = 'administration'
      AND u.kind <> 'class'
    ORDER BY p.number LIMIT {LISTED}
"""

# Students per counsellor: those of every class go to the nearest unit, going up, that has counsellors, shared among them.
LOAD_SQL = f"""
    WITH held AS MATERIALIZED (
        SELECT f.unit_id, f.person_id, count(*) OVER (PARTITION BY f.unit_id) AS shared FROM people_post f
        WHERE f.school_id = %(school_id)s AND f.role = '{Role.COUNSELLOR.value}' AND {IN_FORCE_SQL.format(f="f")}
    ), sizes AS (
        SELECT u.id, u.path, count(*) AS students FROM people_unit u
        JOIN people_membership f ON f.unit_id = u.id AND f.tree = 'administration' AND {IN_FORCE_SQL.format(f="f")}
        JOIN people_person s ON s.id = f.person_id AND s.kind = 'student'
        WHERE u.school_id = %(school_id)s AND u.kind = 'class' AND u.path >= %(path)s AND u.path < %(path_end)s
        GROUP BY u.id
    ), nearest AS (
        SELECT s.id, s.students, (
            SELECT part.id FROM unnest(string_to_array(trim(BOTH '/' FROM s.path), '/')::bigint[])
                   WITH ORDINALITY AS part(id, depth)
            WHERE part.id IN (SELECT unit_id FROM held) ORDER BY part.depth DESC LIMIT 1
        ) AS unit_id FROM sizes s
    )
    SELECT p.id, p.name, p.number, round(sum(n.students / h.shared::numeric))::int AS students
    FROM nearest n JOIN held h ON h.unit_id = n.unit_id JOIN people_person p ON p.id = h.person_id
    GROUP BY p.id HAVING sum(n.students / h.shared::numeric) > {rules.STUDENTS_PER_COUNSELLOR}
    ORDER BY students DESC
"""


@dataclass(frozen=True)
class Finding:
    """One line of the audit: about a unit, or about a person."""

    code: str
    is_hole: bool
    unit_id: int | None = None
    unit_name: str = ""
    path: str = ""
    person_id: int | None = None
    person_name: str = ""
    number: str = ""
    students: int | None = None


@dataclass(frozen=True)
class Audit:
    """``counts`` are whole; of one kind at most ``LISTED`` persons or rooms are among the ``findings``."""

    at: datetime
    findings: list[Finding]
    counts: dict[str, int]

    @property
    def holes(self) -> int:
        return sum(count for code, count in self.counts.items() if code in rules.HOLES)

    @property
    def warnings(self) -> int:
        return sum(count for code, count in self.counts.items() if code not in rules.HOLES)

    def groups(self) -> list[Group]:
        """The findings by kind, holes first."""
        return [
            Group(code, *WORDS[code], is_hole=code in rules.HOLES, count=self.counts[code],
                  findings=[finding for finding in self.findings if finding.code == code])
            for code in WORDS
            if self.counts.get(code)
        ]  # fmt: skip


@dataclass(frozen=True)
class Group:
    """All findings of one kind: what it is called, how it is mended, how many there are, and those that are listed."""

    code: str
    title: Any
    cure: Any
    is_hole: bool
    count: int
    findings: list[Finding]


def run(unit: Unit, *, at: datetime) -> Audit:
    """Audit a school, or a part of it (then without the persons who have no unit: they are nobody's part)."""
    values = {"school_id": unit.school_id, "at": at, **subtree(unit.path)}
    findings = [
        Finding(code, code in rules.HOLES, unit_id=unit_id, unit_name=name, path=path)
        for code, unit_id, name, path in _rows(UNITS_SQL, values | _needs())
    ]
    counts = Counter(finding.code for finding in findings)
    for code, unit_id, name, path, count in _rows(LIVED_IN_SQL, values | _needs()):
        counts[code] = count
        findings.append(Finding(code, code in rules.HOLES, unit_id=unit_id, unit_name=name, path=path))
    people = _rows(OUTSIDE_SQL, values)
    if unit.pk == unit.school_id:
        people = _rows(PERSONS_SQL, values) + people
    listed: Counter[str] = Counter()
    for code, person_id, name, number, count in people:
        counts[code] = count
        listed[code] += 1
        if listed[code] <= LISTED:
            findings.append(Finding(code, code in rules.HOLES, person_id=person_id, person_name=name, number=number))
    for person_id, name, number, students in _rows(LOAD_SQL, values):
        counts["counsellor-overloaded"] += 1
        findings.append(
            Finding(
                "counsellor-overloaded", is_hole=False, person_id=person_id, person_name=name, number=number, students=students
            )
        )
    return Audit(at, findings, dict(counts))


def units_to_audit(paths: list[str]) -> list[Unit]:
    """The widest of the units at ``paths``, whose chains can be audited (an authority's are its schools')."""
    widest = [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]
    return list(Unit.objects.filter(path__in=widest, school__isnull=False, closed_at=None).order_by("path"))


@dataclass(frozen=True)
class State:
    """A school's declaration of readiness beside what the audit says now. Stale: declared, and a hole has come since."""

    readiness: Readiness | None
    is_stale: bool


def state_of(school: Unit, audit: Audit) -> State:
    readiness = Readiness.objects.filter(school=school, withdrawn_at=None).select_related("declared_by").last()
    return State(readiness, is_stale=readiness is not None and audit.holes > 0)


def _needs() -> dict[str, Any]:
    needs = [need for need in rules.NEEDS if not need.lived_in]
    lived_in = [need for need in rules.NEEDS if need.lived_in]
    return {
        "codes": [need.code for need in needs],
        "kinds": [need.unit_kind for need in needs],
        "upwards": [need.upward for need in needs],
        "roles": [" ".join(need.roles) for need in needs],
        "lived_codes": [need.code for need in lived_in],
        "lived_kinds": [need.unit_kind for need in lived_in],
        "lived_roles": [" ".join(need.roles) for need in lived_in],
    }


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()

"""Contacts of one case, and of its contacts, among 100,000 people and 14 million stays of 14 days; beside tables of 1 and 4 million.

Ten stays a person and day: two in the dorm (the night is split at midnight), four class sessions (two of them with another class,
some elective, fifty drawn from seven thousand), three meals at a canteen window, one at the gate. Cases are random; the
settings are COVID-19's of 2022 with the canteen added, from the rulebook. Every figure is warm: nights lie between an import and a case.

The baselines of the same run, on the full table: the overlap join with no look-back bound and no key by place (all of the window's
stays at the case's places), and the second degree asked one contact after another.
"""

from __future__ import annotations

import random
import statistics
import time
from datetime import date, datetime, timedelta
from typing import Any

from bench import campus as campuses

TARGETS = {
    "contacts_ms": "<= 300",
    "second_degree_ms": "<= 2,000",
    "contacts_p95_ms": "",
    "second_degree_p95_ms": "",
    "contacts_rows": "(rows of an answer, median)",
    "second_degree_rows": "(rows of an answer, median)",
    "contacts_4m_ms": "(a table of 4 million stays, the same answers)",
    "contacts_1m_ms": "(a table of 1 million stays, the same answers)",
    "second_degree_4m_ms": "(4 million)",
    "second_degree_1m_ms": "(1 million)",
    "gates_ms": "(who of a college is on campus, by the gates)",
    "gates_people": "(of that college)",
    "naive_join_ms": "(baseline: the overlap join without the key by place)",
    "one_by_one_ms": "(baseline: the second degree asked person by person)",
    "stays": "14 million",
    "loading_seconds": "",
}
DAYS = COHORTS = 14
CASES = 20
PER_CLASS = 50
FIRST_DAY = date(2026, 11, 2)  # a Monday


def run(people: int = 100_800) -> dict[str, float]:
    with campuses.database():
        classes = people // PER_CLASS
        campus = campuses.build(people=people, colleges=max(1, classes // 50), classes=min(50, classes))
        figures: dict[str, float] = {"loading_seconds": 0.0}
        cohort, begin = classes // COHORTS // 4 * 4, 0
        for cohorts, suffix in ((1, "_1m"), (4, "_4m"), (COHORTS, "")):
            end = cohorts * cohort
            figures["loading_seconds"] += load(campus.school_id, begin, end, cohort)
            begin = end
            figures |= measure(campus.school_id, end, suffix)
        figures |= _baselines(campus.school_id, classes)
        figures |= _gates(campus.school_id)
        figures["stays"] = count(campus.school_id)
        return {key: figures[key] for key in TARGETS}


def load(school_id: int, begin: int, end: int, cohort: int, *, first: date = FIRST_DAY, days: int = DAYS) -> float:
    """Stays of everybody in classes ``begin`` .. ``end`` on ``days`` days, all in one month or the next. Seconds."""
    from django.db import connection

    from linglou.domains.movement.models.stays import PARTITIONED
    from linglou.kernel import partitions

    start = time.perf_counter()
    partitions.ensure(PARTITIONED, first)
    partitions.ensure(PARTITIONED, first + timedelta(days=days - 1))
    values = {"school": school_id, "begin": begin, "end": end, "first": first, "days": days, "cohort": cohort}
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'")
        cursor.execute("SET timezone = 'Asia/Shanghai'; SET enable_nestloop = off")
        cursor.execute("DROP INDEX IF EXISTS stay_by_person")
        cursor.execute(STUDENTS_SQL, values)
        cursor.execute("ANALYZE student")
        cursor.execute(PLACES_SQL, values)
        cursor.execute(
            "ANALYZE movement_place; CREATE TEMP TABLE spot AS SELECT id, kind, code FROM movement_place; ANALYZE spot"
        )
        cursor.execute(STAYS_SQL, values)
        cursor.execute("DROP TABLE student, spot")
        cursor.execute(INDEX_SQL)
        cursor.execute("SET synchronous_commit = on; RESET work_mem; RESET enable_nestloop; RESET timezone")
    took = time.perf_counter() - start
    campuses.settle()
    return took


def _settings() -> list[Any]:
    from linglou.foundation.rulebook.rules.diseases import Setting

    return [
        Setting(where="dorm-room"), Setting(where="class-session"), Setting(where="household"),
        Setting(where="vehicle", seats=3, rows=3), Setting(where="gathering", minutes=15),
        Setting(where="canteen", minutes=15, seats=2), Setting(where="named"),
    ]  # fmt: skip


def _window() -> tuple[datetime, datetime]:
    from datetime import time as wall

    from linglou.kernel import clock

    return clock.moment(FIRST_DAY, wall(0)), clock.moment(FIRST_DAY + timedelta(days=DAYS), wall(0))


def _cases(classes: int) -> list[int]:
    from django.db import connection

    rng = random.Random(7)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT person_id FROM movement_stay WHERE day = %s ORDER BY 1", [FIRST_DAY])
        return rng.sample([person for (person,) in cursor.fetchall()], CASES)


def measure(school_id: int, classes: int, suffix: str) -> dict[str, float]:
    from linglou.domains.movement import tracing

    from_at, until_at = _window()
    asked = {"school_id": school_id, "from_at": from_at, "until_at": until_at, "settings": _settings()}
    cases = _cases(classes)
    figures: dict[str, float] = {}
    for name, ask in (("contacts", tracing.together), ("second_degree", tracing.second_degree)):
        took, sizes = [], []
        for turn, case in enumerate([*cases[:2], *cases]):  # two to warm up
            start = time.perf_counter()
            rows = ask(person_ids=[case], **asked)
            if turn >= 2:
                took.append(1000 * (time.perf_counter() - start))
                sizes.append(len(rows))
        if not min(sizes):
            raise SystemExit("a case without contacts: the stays are not as they should be")
        figures[f"{name}{suffix}_ms"] = statistics.median(took)
        if not suffix:
            figures[f"{name}_p95_ms"] = statistics.quantiles(took, n=20)[-1]
            figures[f"{name}_rows"] = statistics.median(sizes)
    return figures


def _baselines(school_id: int, classes: int) -> dict[str, float]:
    from django.db import connection

    from linglou.domains.movement import tracing

    from_at, until_at = _window()
    case = _cases(classes)[2]
    with connection.cursor() as cursor:
        start = time.perf_counter()
        cursor.execute(NAIVE_SQL, {"school": school_id, "person": case, "from": from_at, "until": until_at})
        cursor.fetchall()
        naive = 1000 * (time.perf_counter() - start)
    asked = {"school_id": school_id, "until_at": until_at, "settings": _settings()}
    start = time.perf_counter()
    first = tracing.together(person_ids=[case], from_at=from_at, only_close=True, **asked)
    since = {row.person_id: row.first_at for row in first}
    for person, begin in since.items():
        tracing.together(person_ids=[person], from_at=begin, only_close=True, without=[case, *since], **asked)
    return {"naive_join_ms": naive, "one_by_one_ms": 1000 * (time.perf_counter() - start)}


def _gates(school_id: int) -> dict[str, float]:
    """The first college's page of who is on campus, warm."""
    from linglou.domains.movement.gates import queries
    from linglou.foundation.people.models import Unit, UnitKind

    college = Unit.objects.filter(school_id=school_id, kind=UnitKind.COLLEGE).order_by("pk")[0]
    took, people = [], 0
    for _turn in range(7):
        start = time.perf_counter()
        people = sum(queries.presence(college, state="in", at=_window()[1]).counts.values())
        took.append(1000 * (time.perf_counter() - start))
    return {"gates_ms": statistics.median(took[2:]), "gates_people": people}


def count(school_id: int) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM movement_stay WHERE school_id = %s", [school_id])
        return int(cursor.fetchone()[0])


STUDENTS_SQL = """
    CREATE TEMP TABLE student AS
    SELECT p.id, c.n AS class, c.n / %(cohort)s AS cohort, r.n AS room, abs(hashint8(p.id)) AS h
    FROM people_person p
    JOIN (SELECT m.person_id, dense_rank() OVER (ORDER BY m.unit_id) - 1 AS n FROM people_membership m
          WHERE m.school_id = %(school)s AND m.tree = 'administration') c ON c.person_id = p.id
    JOIN (SELECT m.person_id, m.unit_id AS n FROM people_membership m
          WHERE m.school_id = %(school)s AND m.tree = 'residence') r ON r.person_id = p.id
    WHERE p.school_id = %(school)s AND c.n >= %(begin)s AND c.n < %(end)s
"""

# A window for a hundred eaters, a lane for a thousand passing, fifty to an elective: as many more as there are people.
PLACES_SQL = """
    INSERT INTO movement_place (school_id, kind, code, name, unit_id, longest)
    SELECT %(school)s, 'dorm-room', room::text, '寝室' || room, room, 420 FROM (SELECT DISTINCT room FROM student) r
    UNION ALL SELECT %(school)s, 'class-session', 'R' || n, '教室' || n, NULL, 95 FROM generate_series(%(begin)s, %(end)s - 1) n
    UNION ALL SELECT %(school)s, 'class-session', 'E' || n, '选修' || n, NULL, 95 FROM generate_series(%(begin)s, %(end)s - 1) n
    UNION ALL SELECT %(school)s, 'canteen', 'C' || n, '窗口' || n, NULL, 30 FROM generate_series(%(begin)s / 2, %(end)s / 2 - 1) n
    UNION ALL SELECT %(school)s, 'gate', 'G' || n, '通道' || n, NULL, 1 FROM generate_series(%(begin)s / %(cohort)s * 7, %(end)s / %(cohort)s * 7 - 1) n
    ON CONFLICT DO NOTHING
"""

# Slot 1 with the class next door, slot 3 with the one after; slot 4 elective on two days of the week. Electives, windows and lanes
# are drawn within a cohort of so many classes, so that the answers are alike however large the table is.
STAYS_SQL = """
    INSERT INTO movement_stay (school_id, day, place_id, starts_at, person_id, ends_at, source)
    SELECT %(school)s, day, spot.id, day + since, person, day + until, source FROM (
        SELECT day, s.id AS person, 'dorm-room' AS kind, room::text AS code, t.since, t.until, 'dorm' AS source
        FROM student s, dates, (VALUES (interval '0', interval '7 hours'), (interval '22:30', interval '24 hours')) t(since, until)
        UNION ALL
        SELECT day, s.id, 'class-session',
               CASE WHEN slot = 3 AND extract(isodow FROM day) IN (2, 4)
                    THEN 'E' || s.cohort * %(cohort)s + (s.h / 3 + extract(isodow FROM day)::int * 7) %% %(cohort)s
                    WHEN slot = 0 THEN 'R' || (s.class / 2) * 2
                    WHEN slot = 2 THEN 'R' || (s.class / 4) * 4 + s.class %% 2 ELSE 'R' || s.class END,
               interval '8 hours' + slot * interval '130 minutes', interval '8 hours' + slot * interval '130 minutes' + interval '95 minutes',
               'timetable'
        FROM student s, dates, generate_series(0, 3) slot
        UNION ALL
        SELECT day, s.id, 'canteen', 'C' || (s.cohort * %(cohort)s + r.h / 90 %% %(cohort)s) / 2,
               interval '6 hours 30 minutes' + meal * interval '5 hours' + (r.h %% 90) * interval '1 minute',
               interval '7 hours' + meal * interval '5 hours' + (r.h %% 90) * interval '1 minute', 'canteen'
        FROM student s, dates, generate_series(0, 2) meal,
             LATERAL (SELECT abs(hashint8(s.id * 3 + meal + 1000003 * (day - DATE '2026-01-01'))) AS h) r
        UNION ALL
        SELECT day, s.id, 'gate', 'G' || s.cohort * 7 + r.h / 1000 %% 7,
               interval '6 hours' + (r.h %% 960) * interval '1 minute', interval '6 hours' + (1 + r.h %% 960) * interval '1 minute', 'gate'
        FROM student s, dates, LATERAL (SELECT abs(hashint8(s.id + 1000003 * (day - DATE '2026-01-01'))) AS h) r
    ) made JOIN spot USING (kind, code)
    ORDER BY 1, 2, 3, 4, 5
"""
STAYS_SQL = f"WITH dates AS (SELECT %(first)s::date + n AS day FROM generate_series(0, %(days)s - 1) n) {STAYS_SQL}"

INDEX_SQL = """
    CREATE INDEX stay_by_person ON movement_stay (school_id, person_id, starts_at)
    INCLUDE (day, place_id, ends_at, seat_row, seat_col)
"""

# What one would write first: two copies of the window's stays, joined by place and overlap, with no index by place to go by.
NAIVE_SQL = """
    SELECT b.person_id, p.kind, sum(least(a.ends_at, b.ends_at) - greatest(a.starts_at, b.starts_at))
    FROM (SELECT * FROM movement_stay WHERE school_id = %(school)s AND starts_at < %(until)s AND ends_at > %(from)s OFFSET 0) a
    JOIN (SELECT * FROM movement_stay WHERE school_id = %(school)s AND starts_at < %(until)s AND ends_at > %(from)s OFFSET 0) b
      ON a.place_id = b.place_id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at AND a.person_id <> b.person_id
    JOIN movement_place p ON p.id = a.place_id
    WHERE a.person_id = %(person)s GROUP BY 1, 2
"""

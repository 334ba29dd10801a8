"""The same questions as ``trace`` in a table of a whole term: 100,000 people, 98 days, 98 million stays.

A case is still asked about its own fourteen days, so the answers are those of ``trace``; what may grow is only the table. The same
questions are asked in the same run when it holds the fourteen days alone. Takes about twenty minutes, nearly all of it loading.
"""

from __future__ import annotations

from datetime import timedelta

from bench import campus as campuses
from bench import trace

TARGETS = {
    "contacts_ms": "(98 million stays)",
    "second_degree_ms": "(98 million stays)",
    "contacts_p95_ms": "",
    "second_degree_p95_ms": "",
    "contacts_rows": "(rows of an answer, median)",
    "second_degree_rows": "(rows of an answer, median)",
    "contacts_14m_ms": "(baseline: the same answers, 14 million)",
    "second_degree_14m_ms": "(baseline: the same answers, 14 million)",
    "stays": "",
    "gigabytes": "(table and indexes)",
    "loading_seconds": "",
}
PERIODS = 7


def run(people: int = 100_800) -> dict[str, float]:
    with campuses.database():
        classes = people // trace.PER_CLASS
        campus = campuses.build(people=people, colleges=max(1, classes // 50), classes=min(50, classes))
        cohort = classes // trace.COHORTS // 4 * 4
        everybody = trace.COHORTS * cohort
        figures = {"loading_seconds": trace.load(campus.school_id, 0, everybody, cohort)}
        figures |= trace.measure(campus.school_id, everybody, "_14m")
        for period in range(1, PERIODS):
            first = trace.FIRST_DAY - timedelta(days=period * trace.DAYS)
            figures["loading_seconds"] += trace.load(campus.school_id, 0, everybody, cohort, first=first)
        figures |= trace.measure(campus.school_id, everybody, "")
        figures["stays"] = trace.count(campus.school_id)
        figures["gigabytes"] = _gigabytes()
        return {key: figures[key] for key in TARGETS}


def _gigabytes() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(relid)) / 1e9 FROM pg_partition_tree('movement_stay')")
        return float(cursor.fetchone()[0])

"""The board and the missing list of a school of a million people in twenty thousand classes, beside one of a hundred thousand.

Each figure is the view itself (queries, templates and all) without network and log-in, for random units of every level. The
baseline is what a board without counters would do: count the rows of the school's round each time.
"""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

from bench import campus as campuses

TARGETS = {
    "p95_ms": "<= 30",
    "missing_p95_ms": "<= 100",
    "small_p95_ms": "(the same with a tenth of the people: flat)",
    "small_missing_p95_ms": "(the same with a tenth of the people: flat)",
    "counting_rows_ms": "(without counters: the school's rows counted once)",
}
REPEATS = 40


def run(people: int = 1_000_000, colleges: int = 40, classes: int = 500) -> dict[str, float]:
    with campuses.database():
        _static_files()
        figures: dict[str, float] = {}
        for size, prefix in ((people // 10, "small_"), (people, "")):
            campus = campuses.build(people=size, colleges=colleges, classes=classes)
            round_ = campuses.open_round(campus)
            campuses.answer(round_, percent=70)
            campuses.settle()
            board, missing = _measure(campus.school_id, round_)
            figures |= {f"{prefix}p95_ms": _p95(board), f"{prefix}missing_p95_ms": _p95(missing)}
        figures["p50_ms"], figures["missing_p50_ms"] = statistics.median(board), statistics.median(missing)
        figures["counting_rows_ms"] = _counting(round_)
        order = (*TARGETS, "p50_ms", "missing_p50_ms")
        return {key: figures[key] for key in order}


def _measure(school_id: int, round_: Any) -> tuple[list[float], list[float]]:
    """Milliseconds of the board and of the missing list's first page, over units of every level that has a board."""
    from linglou.boards.views import board, missing
    from linglou.foundation.people.models import Unit

    rng = random.Random(7)
    office = _office(school_id)
    levels = ("school", "college", "class", "campus", "building", "floor")
    units = {kind: list(Unit.objects.filter(school_id=school_id, kind=kind).values_list("pk", flat=True)) for kind in levels}
    figures: tuple[list[float], list[float]] = ([], [])
    for kind in levels:
        for n in range(REPEATS + 3):
            unit_id = rng.choice(units[kind])
            for took, view in zip(figures, (board.board, missing.missing_list), strict=True):
                milliseconds = _timed(view, unit_id, round_.pk, office)
                if n >= 3:  # the first ones warm templates and the buffer cache
                    took.append(milliseconds)
    return figures


def _timed(view: Any, unit_id: int, round_id: int, actor: Any) -> float:
    from django.test import RequestFactory

    request = RequestFactory().get(f"/?round={round_id}")
    request.actor = actor
    request.LANGUAGE_CODE = "zh-hans"
    start = time.perf_counter()
    answer = view(request, unit_id=unit_id)
    took = 1000 * (time.perf_counter() - start)
    if answer.status_code != 200 or len(answer.content) < 1000:
        raise SystemExit(f"the page did not come: {answer.status_code}")
    return took


def _static_files() -> None:
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)


def _office(school_id: int) -> Any:
    from linglou.foundation.access.roles import Role
    from linglou.foundation.people import actions, queries
    from linglou.foundation.people.models import Person, Unit
    from linglou.kernel import clock

    at, school = clock.now(), Unit.objects.get(pk=school_id)
    person = Person.objects.create(school=school, number=f"office-{school_id}", name="防控办", kind="staff", created_at=at)
    actions.appoint(person=person, role=Role.PREVENTION_OFFICE, unit=school, at=at, by=None)
    return queries.actor_of(person, account_id=0, at=clock.now())


def _counting(round_: Any) -> float:
    from django.db import connection

    from linglou.engines.rounds import roster

    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT split_part(a.path, '/', 3), count(*), count(p.respondent_id) FROM ({roster.sql(round_)}) a
                LEFT JOIN rounds_response p ON p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s
                AND p.respondent_id = a.respondent_id GROUP BY 1""",
            roster.parameters(round_),
        )
        cursor.fetchall()
    return 1000 * (time.perf_counter() - start)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]

"""Closing a round of a million people in twenty thousand classes: recount, compare, freeze, chain.

``baseline_seconds`` is the least that any close must do: one bare join that counts who of the roster answered. ``loop_seconds``
is how one would write it first: the ORM counting class by class, timed on one class in fifty and multiplied."""

from __future__ import annotations

import time

from bench import campus as campuses

TARGETS = {
    "seconds": "<= 15",
    "baseline_seconds": "(one bare counting join of the same rows)",
    "loop_seconds": "(ORM loop over classes, 1 in 50 measured)",
    "open_seconds": "(opening the same round)",
}
SAMPLE = 50


def run(people: int = 1_000_000, colleges: int = 40, classes: int = 500) -> dict[str, float]:
    with campuses.database():
        campus = campuses.build(people=people, colleges=colleges, classes=classes)
        round_ = campuses.open_round(campus)
        campuses.answer(round_, percent=70)
        campuses.settle()
        baseline, loop = _baseline(round_), _loop(round_)
        from linglou.engines.rounds import closing, verify
        from linglou.kernel import clock

        start = time.perf_counter()
        closed = closing.close(round_=round_, at=clock.now(), by=None)
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        differences = verify.verify(closed)
        if differences or closed.roster != people:
            raise SystemExit(f"the closing does not verify: roster {closed.roster}, {differences[:3]}")
        return {
            "seconds": seconds,
            "baseline_seconds": baseline,
            "loop_seconds": loop,
            "open_seconds": campus.seconds_to_open,
            "verify_seconds": time.perf_counter() - start,
        }


def _baseline(round_: object) -> float:
    from django.db import connection

    from linglou.engines.rounds import roster

    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*), count(p.respondent_id) FROM ({roster.sql(round_)}) a
                LEFT JOIN rounds_response p ON p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s
                AND p.respondent_id = a.respondent_id""",
            roster.parameters(round_),
        )
        cursor.fetchone()
    return time.perf_counter() - start


def _loop(round_: object) -> float:
    from linglou.engines.rounds.models import Response, RoundExcuse
    from linglou.foundation.people import queries
    from linglou.foundation.people.models import Unit

    start = time.perf_counter()
    units = Unit.objects.filter(school_id=round_.school_id, kind="class").order_by("pk")
    for unit in units[: units.count() // SAMPLE]:
        members = [m.person_id for m in queries.members_of(unit.path, at=round_.roster_at)]
        answers = Response.objects.filter(
            school_id=round_.school_id, day=round_.day, round_id=round_.pk, respondent_id__in=members, is_late=False
        )
        answered = {response.respondent_id for response in answers}
        excused = set(RoundExcuse.objects.filter(school_id=round_.school_id, round_id=round_.pk, respondent_id__in=members))
        _missing = [person_id for person_id in members if person_id not in answered and person_id not in excused]
    return (time.perf_counter() - start) * SAMPLE

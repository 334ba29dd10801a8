"""Search among a million people of one school: by name, pinyin, initials and number, for somebody who sees the whole school and
for a counsellor of 200. ``p95_ms`` is the worst 95th percentile of any kind of query of either, through the product's own
``queries.search`` (matching, scope, where each person belongs). The baseline is what one would write first: ``icontains`` over
the same columns of the same table, for the whole school. ``college_*``, a scope of 25,000 of the million, is the hardest case:
neither everybody nor few."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench import campus as campuses

TARGETS = {
    "p95_ms": "<= 60 (worst kind of query, whole school and counsellor)",
    "icontains_p95_ms": "(plain Django icontains on the same table)",
}
ROUNDS = 40
BASELINE_ROUNDS = 4
SEED = 20261123
# The least selective things that people type, of each kind.
WORST = {
    "name": ["王", "李", "张", "王伟", "伟", "汤"],
    "pinyin": ["wang", "w", "li", "zhang", "wei", "a"],
    "initials": ["wx", "lm", "z", "wxm"],
    "number": ["2024", "20249", "2", "2024999999"],
}


def run(people: int = 1_000_000, colleges: int = 40, classes: int = 500) -> dict[str, float]:
    with campuses.database():
        campus = campuses.build(people=people, colleges=colleges, classes=classes, rooms=False)
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE people_person")
        dice = random.Random(SEED)
        texts = _texts(dice, campus.school_id, people)
        figures: dict[str, float] = {}
        worst = 0.0
        for scope, actor in _actors(campus.school_id).items():
            search = _product(actor)
            for kind, typed in texts.items():
                p95 = _p95(search, typed)
                worst = max(worst, p95) if scope != "college" else worst
                figures[f"{scope}_{kind}_p95_ms"] = p95
        plain = _plain(campus.school_id)
        few = {kind: WORST[kind] + typed[:BASELINE_ROUNDS] for kind, typed in texts.items()}
        baseline = max(_p95(plain, typed, warm=1) for typed in few.values())
        return {"p95_ms": worst, "icontains_p95_ms": baseline, **figures}


def _texts(dice: random.Random, school_id: int, people: int) -> dict[str, list[str]]:
    """What is typed, of each kind: the beginnings of people's own names and numbers, of every length, and the worst."""
    from linglou.foundation.people.models import Person

    first = Person.objects.filter(school_id=school_id).order_by("pk").values_list("pk", flat=True)[0]
    drawn = Person.objects.in_bulk([first + dice.randrange(people) for _ in range(ROUNDS)]).values()

    def start_of(text: str, least: int) -> str:
        return text[: dice.randint(min(least, len(text)), len(text))]

    return {
        "name": [start_of(one.name, 1) for one in drawn] + [one.given_name for one in drawn] + WORST["name"],
        "pinyin": [start_of(one.pinyin.replace(" ", ""), 1) for one in drawn]
        + [one.given_pinyin for one in drawn]
        + WORST["pinyin"],
        "initials": [start_of(one.initials, 2) for one in drawn] + WORST["initials"],
        "number": [start_of(one.number, 4) for one in drawn] + WORST["number"],
    }


def _actors(school_id: int) -> dict[str, Any]:
    """The prevention office, one college's secretary, and a counsellor of four classes of fifty."""
    from linglou.foundation.access.actor import Actor, Grant
    from linglou.foundation.access.roles import Role
    from linglou.foundation.people.models import Unit

    def actor(role: Role, units: list[Unit]) -> Actor:
        grants = tuple(Grant(role, unit.pk, unit.path) for unit in units)
        return Actor(person_id=0, school_id=school_id, account_id=0, name="bench", grants=grants)

    units = Unit.objects.filter(school_id=school_id)
    return {
        "school": actor(Role.PREVENTION_OFFICE, [units.get(kind="school")]),
        "college": actor(Role.COLLEGE_SECRETARY, [units.filter(kind="college").order_by("pk")[7]]),
        "counsellor": actor(Role.COUNSELLOR, list(units.filter(kind="class").order_by("pk")[4000:4004])),
    }


def _product(actor: Any) -> Callable[[str], Any]:
    from linglou.foundation.people import queries
    from linglou.kernel import clock

    return lambda text: queries.search(actor=actor, text=text, at=clock.now())


def _plain(school_id: int) -> Callable[[str], Any]:
    from django.db.models import Q

    from linglou.foundation.people.models import Person

    def search(text: str) -> list[Person]:
        hit = Q(name__icontains=text) | Q(pinyin__icontains=text) | Q(initials__icontains=text) | Q(number__icontains=text)
        return list(Person.objects.filter(hit, school_id=school_id).order_by("number")[:20])

    return search


def _p95(search: Callable[[str], Any], typed: list[str], *, warm: int = 3) -> float:
    """Milliseconds. Connection and caches are warm, as they are on any morning."""
    for text in typed[:warm]:
        search(text)
    took = []
    for text in typed:
        start = time.perf_counter()
        search(text)
        took.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(took, n=20, method="inclusive")[18]

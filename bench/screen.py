"""A changed list of risk areas over a million people: everybody is screened again, and every change is written with its reason.

``baseline_seconds`` is the least that anybody must do: one bare join that only counts who is affected. ``no_change_seconds`` is
the same work when nothing has changed but the day. Where people were is spread as people are: half of the stays are in two
hundred counties."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any

from bench import campus as campuses

TARGETS = {
    "seconds": "<= 20",
    "baseline_seconds": "(one bare join that counts the affected)",
    "first_seconds": "(the first list: everybody affected is added)",
    "no_change_seconds": "(another day, the same list)",
    "affected": "(people on the list after the change)",
}
SEED = 20261123
LISTED, ADDED, WITHDRAWN = 40, 5, 2


def run(people: int = 1_000_000, colleges: int = 40, classes: int = 500) -> dict[str, float]:
    with campuses.database():
        school = campuses.build(people=people, colleges=colleges, classes=classes, rooms=False)
        counties = _whereabouts(school.school_id, people)
        from linglou.domains.movement import rescreening
        from linglou.foundation.rulebook.models import RiskRegion
        from linglou.kernel import clock

        at = clock.now()
        today = clock.day_of(at)
        dice = random.Random(SEED)
        # Three provinces' worth of attention: two prefectures, the rest counties, busy and remote alike.
        regions = [counties[0][:4], counties[-1][:4], *dice.sample(counties, LISTED + ADDED - 2)]
        dice.shuffle(regions)

        def entry(region: str) -> Any:
            return RiskRegion(
                school_id=school.school_id, region=region, level="high", from_day=today - timedelta(days=dice.randint(0, 20)),
                issuer="省疾控", recorded_at=at,
            )  # fmt: skip

        RiskRegion.objects.bulk_create(entry(region) for region in regions[:LISTED])
        campuses.settle()
        first, first_seconds = _timed(lambda: rescreening.everybody(school.school_id, at=at))
        RiskRegion.objects.bulk_create(entry(region) for region in regions[LISTED:])
        withdrawn = list(RiskRegion.objects.order_by("pk")[:WITHDRAWN])
        for one in withdrawn:
            one.withdrawn_at = at
        RiskRegion.objects.bulk_update(withdrawn, ["withdrawn_at"])
        campuses.settle()
        affected, baseline = _timed(lambda: _baseline(school.school_id, today))
        changed, seconds = _timed(lambda: rescreening.everybody(school.school_id, at=at))
        _check(school.school_id, affected)
        later = at + timedelta(days=1)
        _nothing, idle = _timed(lambda: rescreening.everybody(school.school_id, at=later))
        print(f"first list: {first}; after the change: {changed}; {affected:,} people affected")
        return {
            "seconds": seconds,
            "baseline_seconds": baseline,
            "first_seconds": first_seconds,
            "no_change_seconds": idle,
            "affected": affected,
        }


def _timed(work: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    done = work()
    return done, time.perf_counter() - start


def _whereabouts(school_id: int, people: int) -> list[str]:
    """About three stays a person in the last month, the last one still going on; one person in twenty with a trip. The counties in
    the order of how many people are there."""
    from django.db import connection

    from linglou.kernel import regions

    counties = sorted(code for code in regions._places() if not code.startswith(("71", "81", "82")))
    random.Random(SEED).shuffle(counties)
    values = {"school": school_id, "counties": counties, "n": len(counties)}
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SELECT setseed(0.42)")
        cursor.execute(STAYS_SQL, values)
        cursor.execute(TRIPS_SQL, values)
        cursor.execute("SET synchronous_commit = on")
    return counties


# half of the draws fall on the first two hundred counties
_COUNTY = "(%(counties)s::text[])[1 + floor(CASE WHEN random() < 0.5 THEN random() * 200 ELSE random() * %(n)s END)::int]"
STAYS_SQL = f"""
    INSERT INTO movement_regionstay (school_id, person_id, region, place, from_day, to_day, source, recorded_at)
    SELECT %(school)s, person_id, region, '', from_day, CASE WHEN k < 3 THEN from_day + 9 END, 'self', now() FROM (
        SELECT p.id AS person_id, k, {_COUNTY} AS region,
               current_date - 30 + 10 * (k - 1) + floor(random() * 3)::int - 1 AS from_day
        FROM people_person p, generate_series(1, 3) AS k WHERE p.school_id = %(school)s
    ) drawn
"""
TRIPS_SQL = f"""
    INSERT INTO movement_trip (school_id, person_id, day, from_region, to_region, means, vehicle, carriage, seat_row, seat_letter,
        companions, companion_ids, source, recorded_at)
    SELECT %(school)s, p.id, current_date - floor(random() * 20)::int, {_COUNTY}, {_COUNTY}, 'train',
           'G' || floor(random() * 3000)::int, '05', 7, 'A', '', '{{}}', 'self', now()
    FROM people_person p WHERE p.school_id = %(school)s AND random() < 0.05
"""


def _baseline(school_id: int, today: Any) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(DISTINCT person_id) FROM (
                SELECT s.person_id FROM rulebook_riskregion a JOIN movement_regionstay s ON s.school_id = %(school)s
                    AND s.superseded_at IS NULL AND s.region >= a.region AND s.region < a.region || ':'
                    AND s.from_day <= %(today)s AND coalesce(s.to_day, %(today)s) >= greatest(a.from_day - 14, %(today)s - 14)
                WHERE a.withdrawn_at IS NULL
                UNION ALL
                SELECT t.person_id FROM rulebook_riskregion a JOIN movement_trip t ON t.school_id = %(school)s
                    AND t.superseded_at IS NULL AND t.from_region >= a.region AND t.from_region < a.region || ':'
                    AND t.day BETWEEN greatest(a.from_day - 14, %(today)s - 14) AND %(today)s
                WHERE a.withdrawn_at IS NULL
                UNION ALL
                SELECT t.person_id FROM rulebook_riskregion a JOIN movement_trip t ON t.school_id = %(school)s
                    AND t.superseded_at IS NULL AND t.to_region >= a.region AND t.to_region < a.region || ':'
                    AND t.day BETWEEN greatest(a.from_day - 14, %(today)s - 14) AND %(today)s
                WHERE a.withdrawn_at IS NULL) hit""",
            {"school": school_id, "today": today},
        )
        return int(cursor.fetchone()[0])


def _check(school_id: int, affected: int) -> None:
    from linglou.domains.movement.models import Screening

    listed = Screening.objects.filter(school_id=school_id, state="open").count()
    if listed != affected:
        raise SystemExit(f"{listed} people are on the list, {affected} were affected")

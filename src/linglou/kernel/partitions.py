"""Large tables are partitioned by month on ``day``, without a default partition: a row for a month that nobody opened fails
loudly. Whoever writes for a day opens its month first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import connection


def ensure(tables: Iterable[str], day: date) -> None:
    """Make the partitions of the month of ``day``, if they are not there."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    with connection.cursor() as cursor:
        for table in tables:
            name = f"{table}_{first:%Y_%m}"
            cursor.execute("SELECT to_regclass(%s)", [name])
            if cursor.fetchone()[0] is None:
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES FROM ('{first}') TO ('{following}')"
                )

"""The indexes of tables that a roster fills for the first time: taken away before, built again after, in the import's transaction.

Building one over a hundred thousand rows costs a quarter of keeping it up row by row. Done only while a table holds less than what
comes in, for nobody can read it meanwhile: a school that is just moving in. What must be unique is checked when it is built again,
keys too; only a key that foreign keys rest on stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, transaction

WORTH_IT = 5_000

# How each index is taken away, and how it is made again.
INDEXES_SQL = """
    SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %%s', i.indexrelid::regclass)
                ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', t.oid::regclass, c.conname) END,
           CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                ELSE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', t.oid::regclass, c.conname, pg_get_constraintdef(c.oid)) END
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
    LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = t.oid AND c.contype IN ('p', 'u', 'x')
    WHERE t.oid = %s::regclass AND pg_has_role(t.relowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')
"""


@contextmanager
def rebuilt(cursor: Any, table: str, *, rows: int) -> Iterator[None]:
    """Around the writing of ``rows`` rows into ``table``."""
    taken = _take(cursor, table) if _is_worth_it(cursor, table, rows) else []
    yield
    for definition in taken:
        cursor.execute(definition)


def _is_worth_it(cursor: Any, table: str, rows: int) -> bool:
    cursor.execute(f"SELECT count(*) FROM (SELECT FROM {table} LIMIT %s) AS there", [rows])
    return rows >= WORTH_IT and cursor.fetchone()[0] < rows


def _take(cursor: Any, table: str) -> list[str]:
    """Drop the indexes of a table; what builds them again. None are dropped where somebody is using the table right now."""
    try:
        with transaction.atomic():
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT")
    except OperationalError:
        return []
    cursor.execute(INDEXES_SQL, [table])
    indexes: list[tuple[str, str]] = cursor.fetchall()
    for removal, _making in indexes:
        cursor.execute(removal)
    return [making for _removal, making in indexes]

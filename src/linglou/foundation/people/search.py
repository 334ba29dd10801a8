"""Find people by the beginning of what somebody typed: name, given name, pinyin, initials, number; a phone only whole.

Every way of searching is one walk along one index (``person_by_*`` in models.py), in the index's order, and stops at the limit:
the cost does not grow with the school. How the walk is kept inside the scope of the actor depends on the scope's size:

- the whole school: nothing to keep, all walks are one statement;
- few units (a class, a counsellor's four): the rows of their people are read and compared, whatever the size of the school;
- in between: each walk is checked row by row, and given up after ``PATIENCE`` rows in favour of the former.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import contacts, names
from linglou.foundation.people.facts import IN_FORCE_SQL, subtree

FEW_UNITS = 60
PATIENCE = (1000, 5000)
PHONE_DIGITS = 7
LONGEST = 60
LONGEST_SURNAME = 10

NAME, GIVEN_NAME, NUMBER = 'p.name COLLATE "C"', "p.given_name", 'upper(p.number) COLLATE "C"'
PINYIN, INITIALS, GIVEN_PINYIN = "p.pinyin", "p.initials", "p.given_pinyin"

SCOPE_SQL = f"""
    SELECT m.person_id FROM people_membership m
    WHERE m.unit_id = ANY(%(units)s) AND m.school_id = %(school_id)s AND {IN_FORCE_SQL.format(f="m")}
"""


@dataclass(frozen=True)
class Way:
    """One column to look in, for whatever begins with ``prefix``."""

    column: str
    prefix: str

    @property
    def end(self) -> str:
        """The first text after every text that begins with ``prefix``, in code point order."""
        last = ord(self.prefix[-1]) + 1
        return self.prefix[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else min(last, 0x10FFFF))


@dataclass(frozen=True)
class Match:
    """``ids`` in the order to be shown. ``by_phone``: they were found by a phone number, so somebody has learnt whose it is.
    ``by_sound``: nobody is written like that; these sound like it."""

    ids: list[int]
    has_more: bool = False
    by_phone: bool = False
    by_sound: bool = False


def ways(text: str) -> list[Way]:
    """The columns worth looking in for what was typed, best first. ``text`` is stripped and not empty."""
    if names.is_han(text):
        typed = names.normalise(text)
        return [Way(NAME, typed), Way(GIVEN_NAME, typed)]
    number = re.sub(r"\s", "", text).upper()
    if any(c.isdigit() for c in text):
        return [Way(NUMBER, number)]
    typed = names.letters(text)
    found = [*_spelt(typed), Way(INITIALS, typed), Way(GIVEN_PINYIN, typed)] if typed else []
    return [*found, Way(NUMBER, number)]


def _spelt(typed: str) -> list[Way]:
    """The column holds ``wang xiaoming``, people type ``wangxiaom``: a whole surname first, then a surname of any length with
    the beginning of a given name, then the beginning of a surname."""
    ends = range(min(len(typed) - 1, LONGEST_SURNAME), 1, -1)
    return [Way(PINYIN, typed + " "), *(Way(PINYIN, f"{typed[:n]} {typed[n:]}") for n in ends), Way(PINYIN, typed)]


def match(*, actor: Actor, text: str, at: datetime, limit: int, kinds: Collection[str] = ()) -> Match:
    """Who matches ``text`` among the people whom ``actor`` may see by name (for a phone: reach by phone); with ``kinds`` only
    persons of these kinds."""
    text = "".join(c for c in text if c.isprintable()).strip()[:LONGEST]
    if not text:
        return Match([])
    phone = contacts.normal_phone(text)
    if len(phone) >= PHONE_DIGITS and not re.search(r"[^\W\d]", text):
        ids = _Scope(actor, Verb.SEE_CONTACT, at, kinds).by_phone(contacts.phone_index(phone))
        if ids:
            return Match(ids[:limit], has_more=len(ids) > limit, by_phone=True)
    scope = _Scope(actor, Verb.SEE_NAMES, at, kinds)
    ids = scope.walk(ways(text), limit + 1)
    if not ids and names.is_han(text):
        sound = names.spell(text).pinyin
        given = sound.replace(" ", "")
        ids = scope.walk([Way(PINYIN, sound), Way(GIVEN_PINYIN, given)], limit + 1) if sound else []
        return Match(ids[:limit], has_more=len(ids) > limit, by_sound=bool(ids))
    return Match(ids[:limit], has_more=len(ids) > limit)


class _Scope:
    """The people over whom the actor has a verb."""

    def __init__(self, actor: Actor, verb: Verb, at: datetime, kinds: Collection[str]) -> None:
        self.paths = actor.paths(verb)
        self.wards = sorted(actor.wards(verb))
        self.is_school_wide = any(path.endswith(f"/{actor.school_id}/") for path in self.paths)
        self.values: dict[str, Any] = {"school_id": actor.school_id, "at": at, "wards": self.wards, "kinds": list(kinds)}
        self.of_kind = "AND p.kind = ANY(%(kinds)s)" if kinds else ""
        if not self.is_school_wide:
            self.values["units"] = self._units()

    def _units(self) -> list[int]:
        bounds = [(subtree(path)["path"], subtree(path)["path_end"]) for path in self.paths]
        values = {f"{side}{n}": pair[i] for n, pair in enumerate(bounds) for i, side in enumerate(("path", "end"))}
        parts = " OR ".join(f"path >= %(path{n})s AND path < %(end{n})s" for n in range(len(bounds)))
        return [row[0] for row in self._rows(f"SELECT id FROM people_unit WHERE {parts or 'false'}", values)]

    def walk(self, ways: Sequence[Way], limit: int) -> list[int]:
        """At most ``limit`` ids of the people who match one of the ``ways``: all of the first, then of the second, ..."""
        if self.is_school_wide:
            return self._walk_all(ways, limit)
        if len(self.values["units"]) > FEW_UNITS:
            try:
                return self._walk_and_check(ways, limit)
            except _OutOfPatience:
                pass
        return self._compare(ways, limit)

    def by_phone(self, index: str) -> list[int]:
        mine = "" if self.is_school_wide else f"AND (p.id IN ({SCOPE_SQL}) OR p.id = ANY(%(wards)s))"
        statement = f"""
            SELECT p.id FROM people_person p
            WHERE p.school_id = %(school_id)s AND p.phone_index = %(index)s {self.of_kind} {mine}
        """
        return [row[0] for row in self._rows(statement, {"index": index})]

    def _walk_all(self, ways: Sequence[Way], limit: int) -> list[int]:
        """Every way in one statement: each gives at most ``limit`` rows, so together they are few."""
        values: dict[str, str] = {}
        walks = []
        for n, way in enumerate(ways):
            values |= _bounds(way, n)
            walks.append(f"SELECT {n} AS way, row_number() OVER () AS place, w.id FROM ({self._along(way, n, limit)}) w")
        rows = self._rows(" UNION ALL ".join(walks), values)
        return list(dict.fromkeys(person_id for _way, _place, person_id in sorted(rows)))[:limit]

    def _walk_and_check(self, ways: Sequence[Way], limit: int) -> list[int]:
        found: dict[int, None] = {}
        for way in ways:
            # A person may match in two ways, so as many as are already found may come again.
            found |= dict.fromkeys(self._check(way, limit))
            if len(found) >= limit:
                break
        return list(found)[:limit]

    def _check(self, way: Way, limit: int) -> list[int]:
        for patience in PATIENCE:
            statement = f"""
                WITH walked AS MATERIALIZED ({self._along(way, 0, patience)})
                SELECT w.id, EXISTS ({SCOPE_SQL} AND m.person_id = w.id) OR w.id = ANY(%(wards)s) FROM walked w
            """
            rows = self._rows(statement, _bounds(way, 0))
            found = [person_id for person_id, is_mine in rows if is_mine]
            if len(found) >= limit or len(rows) < patience:
                return found[:limit]
        raise _OutOfPatience

    def _along(self, way: Way, n: int, limit: int) -> str:
        return f"""
            SELECT p.id FROM people_person p
            WHERE p.school_id = %(school_id)s AND {way.column} >= %(from{n})s AND {way.column} < %(to{n})s {self.of_kind}
            ORDER BY p.school_id, {way.column}, p.id LIMIT {int(limit)}
        """

    def _compare(self, ways: Sequence[Way], limit: int) -> list[int]:
        """Read the rows of everybody in the scope and compare each; best way first, in the order of the text found."""
        rank, key = "", ""
        values: dict[str, str] = {}
        for n, way in enumerate(ways):
            values |= _bounds(way, n)
            hit = f'{way.column} >= %(from{n})s COLLATE "C" AND {way.column} < %(to{n})s COLLATE "C"'
            rank += f" WHEN {hit} THEN {n}"
            key += f" WHEN {n} THEN {way.column}"
        statement = f"""
            WITH mine AS MATERIALIZED (
                SELECT p.id, p.name, p.given_name, p.number, p.pinyin, p.initials, p.given_pinyin
                FROM people_person p
                WHERE p.id IN (SELECT m.person_id FROM ({SCOPE_SQL}) m UNION SELECT unnest(%(wards)s::bigint[]))
                  AND p.school_id = %(school_id)s {self.of_kind}
            ), ranked AS (SELECT p.*, CASE {rank} END AS rank FROM mine p)
            SELECT p.id FROM ranked p WHERE rank IS NOT NULL
            ORDER BY rank, (CASE rank {key} END) COLLATE "C", p.id LIMIT {int(limit)}
        """
        return [row[0] for row in self._rows(statement, values)]

    def _rows(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, self.values | values)
            return cursor.fetchall()


class _OutOfPatience(Exception):
    """The beginning of the index holds too few people of the scope."""


def _bounds(way: Way, n: int) -> dict[str, str]:
    return {f"from{n}": way.prefix, f"to{n}": way.end}

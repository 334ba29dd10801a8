"""Reads of the trail: page by page, newest first, by keyset (a page costs the same wherever it is)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from linglou.foundation.audit.models import Entry


@dataclass(frozen=True)
class Cursor:
    """The last entry of the page before: what follows is older."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"


def parse_cursor(text: str) -> Cursor | None:
    """The cursor that ``str`` made; None for anything else."""
    moment, mark, number = text.partition("~")
    try:
        cursor = Cursor(datetime.fromisoformat(moment), int(number))
    except ValueError:
        return None
    return cursor if mark and cursor.at.tzinfo and abs(cursor.id) < 2**63 else None


@dataclass(frozen=True)
class Filter:
    """What of the trail is asked for. ``schools`` bounds it; None leaves a part open. ``since`` inclusive, ``until`` not.
    ``without``: beginnings of actions that are left out."""

    schools: tuple[int, ...]
    person_id: int | None = None
    actor_id: int | None = None
    action: str = ""
    is_read: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    entries: list[Entry]
    older: Cursor | None


def trail(wanted: Filter, *, before: Cursor | None = None, limit: int = 50) -> Page:
    """One page, newest first, with the cursor of the next one (None on the last)."""
    entries = list(_newest_first(_matching(wanted), before)[: limit + 1])
    last = entries[limit - 1] if len(entries) > limit else None
    return Page(entries[:limit], Cursor(last.at, last.id) if last else None)


def whole_trail(wanted: Filter, *, limit: int) -> Sequence[Entry]:
    """At most ``limit`` entries, newest first (for an export)."""
    return list(_newest_first(_matching(wanted), None)[:limit])


def looks_at(person_id: int, *, school_id: int, before: Cursor | None = None, limit: int = 50) -> Page:
    """Who read this person's sensitive record."""
    return trail(replace(Filter((school_id,)), person_id=person_id, is_read=True), before=before, limit=limit)


def _matching(wanted: Filter) -> QuerySet[Entry]:
    entries = Entry.objects.filter(school_id__in=wanted.schools)
    if wanted.person_id is not None:
        entries = entries.filter(subject_person_id=wanted.person_id)
    if wanted.actor_id is not None:
        entries = entries.filter(actor_id=wanted.actor_id)
    if wanted.action:
        entries = entries.filter(action=wanted.action)
    for beginning in wanted.without:
        entries = entries.exclude(action__startswith=beginning)
    if wanted.is_read is not None:
        entries = entries.filter(is_read=wanted.is_read)
    if wanted.since:
        entries = entries.filter(at__gte=wanted.since)
    if wanted.until:
        entries = entries.filter(at__lt=wanted.until)
    return entries


def _newest_first(entries: QuerySet[Entry], before: Cursor | None) -> QuerySet[Entry]:
    if before:
        entries = entries.filter(Q(at__lt=before.at) | Q(at=before.at, id__lt=before.id), at__lte=before.at)
    return entries.order_by("-at", "-id")

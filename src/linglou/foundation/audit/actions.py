"""Write the trail, in the transaction of what it speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from linglou.foundation.access.actor import Actor
from linglou.foundation.audit.models import Entry

SYSTEM_LABEL = "system"


def record(
    *,
    by: Actor | None,
    school_id: int,
    at: datetime,
    action: str,
    subject_type: str,
    subject_id: int | None = None,
    person_id: int | None = None,
    is_read: bool = False,
    **detail: Any,
) -> None:
    """One write or read. ``by=None`` is the system itself. ``detail`` holds ids and labels, never an answer."""
    Entry.objects.create(
        school_id=school_id,
        at=at,
        actor_id=by.person_id if by else None,
        actor_label=by.name if by else SYSTEM_LABEL,
        action=action,
        is_read=is_read,
        subject_type=subject_type,
        subject_id=subject_id,
        subject_person_id=person_id,
        detail=detail,
    )


def record_many(
    *, by: Actor | None, school_id: int, at: datetime, action: str, person_ids: Iterable[int], **detail: Any
) -> None:
    """One write that touches many persons: an entry for each, so that the trail of a person is whole."""
    Entry.objects.bulk_create(
        Entry(
            school_id=school_id,
            at=at,
            actor_id=by.person_id if by else None,
            actor_label=by.name if by else SYSTEM_LABEL,
            action=action,
            subject_type="person",
            subject_id=person_id,
            subject_person_id=person_id,
            detail=detail,
        )
        for person_id in person_ids
    )


def record_reads(*, by: Actor, school_id: int, at: datetime, action: str, person_ids: Iterable[int], **detail: Any) -> None:
    """One read of many persons' sensitive records: an entry for each person, so that each can see it. A look at one's
    own record leaves none."""
    Entry.objects.bulk_create(
        Entry(
            school_id=school_id,
            at=at,
            actor_id=by.person_id,
            actor_label=by.name,
            action=action,
            is_read=True,
            subject_type="person",
            subject_id=person_id,
            subject_person_id=person_id,
            detail=detail,
        )
        for person_id in person_ids
        if person_id != by.person_id
    )

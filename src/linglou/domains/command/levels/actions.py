"""Writes about response levels: record a switch, undo it as one step, save what a level changes."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from linglou.domains.command.levels import queries, rules
from linglou.domains.command.levels.queries import Preview
from linglou.domains.command.models import LevelChange, LevelProfile
from linglou.domains.command.problems import FROM_IN_THE_PAST, NOT_UNDOABLE, NOTHING_CHANGES, PREVIEW_IS_OLD, SAME_MOMENT
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.rulebook.rules.school import Effects
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.language import moment
from linglou.kernel.problems import Problem


@transaction.atomic
def switch(
    *, level: str, from_at: datetime | None, issuer: str, document: str, number: str, previewed: str, by: Actor, at: datetime
) -> LevelChange:
    """Record the level that the government set, from a moment on (None: at once). What it changes is what ``previewed`` (the fingerprint of
    the preview) showed. Raises ``Problem`` (FROM_IN_THE_PAST, SAME_MOMENT, NOTHING_CHANGES, PREVIEW_IS_OLD)."""
    lock(by.school_id)
    shown = check(level=level, from_at=from_at, by=by, at=at)
    if previewed != shown.fingerprint:
        raise Problem(PREVIEW_IS_OLD)
    chosen = shown.profile
    change = LevelChange.objects.create(
        school_id=by.school_id, level=level, from_at=shown.from_at, issuer=issuer.strip(), document=document.strip(),
        number=number.strip(), effects=chosen.effects.model_dump(mode="json"), rule_id=chosen.row.rule_id,
        edition=chosen.row.edition, profile=chosen.saved, recorded_at=at, recorded_by=by.person_id,
    )  # fmt: skip
    _audit(change, by, at, "level.switch")
    return change


def check(*, level: str, from_at: datetime | None, by: Actor, at: datetime) -> Preview:
    """What a switch would change; refused as it would be. Raises ``Problem`` (FROM_IN_THE_PAST, SAME_MOMENT, NOTHING_CHANGES)."""
    begins = from_at or at
    if begins < at:
        raise Problem(FROM_IN_THE_PAST, from_at=str(moment(begins)))
    if LevelChange.objects.filter(school_id=by.school_id, from_at=begins, undone_at=None).exists():
        raise Problem(SAME_MOMENT, from_at=str(moment(begins)))
    shown = queries.preview(by.school_id, level, from_at=from_at, at=at)
    if not shown.changes:
        raise Problem(NOTHING_CHANGES)
    return shown


@transaction.atomic
def undo(*, change_id: int, reason: str, by: Actor, at: datetime) -> LevelChange:
    """Take a switch back, whole: the level before holds again, and the flows undo what they did about it. Raises ``Problem`` (NOT_FOUND,
    NOT_UNDOABLE)."""
    lock(by.school_id)
    changes = list(LevelChange.objects.filter(school_id=by.school_id))
    change = next((one for one in changes if one.pk == change_id), None)
    if change is None:
        raise Problem(NOT_FOUND)
    standing = rules.standing(change, changes, at)
    if not rules.may_undo(standing):
        raise Problem(NOT_UNDOABLE, state=str(rules.STANDING_NAMES[standing]))
    change.undone_at, change.undone_by, change.undone_reason = at, by.person_id, reason.strip()
    change.told_at = change.reporting_set_at = change.measures_assigned_at = None
    change.save()
    _audit(change, by, at, "level.undo")
    return change


@transaction.atomic
def save_profile(*, level: str, effects: Effects, by: Actor, at: datetime) -> LevelProfile:
    """What a level changes from its next switch on; a level that holds is not touched."""
    saved = LevelProfile.objects.create(
        school_id=by.school_id, level=level, effects=effects.model_dump(mode="json"), saved_at=at, saved_by=by.person_id
    )
    audit.record(
        by=by,
        school_id=by.school_id,
        at=at,
        action="level.save-profile",
        subject_type="level-profile",
        subject_id=saved.pk,
        level=level,
    )
    return saved


def lock(school_id: int) -> None:
    """Until the transaction ends, nobody else decides about a school's level or applies it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"level:{school_id}"])


def _audit(change: LevelChange, by: Actor, at: datetime, action: str) -> None:
    audit.record(
        by=by, school_id=change.school_id, at=at, action=action, subject_type="level-change", subject_id=change.pk,
        level=change.level, since=change.from_at.isoformat(),
    )  # fmt: skip

"""Response levels for API clients: what holds, what a switch would change, switch, undo, what each level changes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import AfterValidator

from linglou.domains.command.levels import actions, queries, rules
from linglou.domains.command.models import LevelChange
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook.rules import school as rulebook
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

router = Router(tags=["command"])
Moment = Annotated[datetime, AfterValidator(clock.sent)]
Id = Annotated[int, Field(ge=1, le=2**62)]
Named = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]*\S[^\x00]*$")]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="On the campus clock.")]
LevelName = Literal["routine", "IV", "III", "II", "I"]


class ReportWindow(Schema):
    opens: ClockTime
    closes: ClockTime


class Measure(Schema):
    zh: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    en: Annotated[str, Field(min_length=1, max_length=160, pattern=r"^[^\x00]*$")]
    area: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$")]


class Effects(Schema):
    """What a level changes inside the campus."""

    further_reports: list[ReportWindow] = Field(
        default=[], max_length=5, description="After the morning's report; none overlap."
    )
    gatherings: Literal["allowed", "approval", "suspended"]
    return_needs_approval: bool
    gate: Literal["open", "temperature", "closed-loop", "closed"]
    teaching: Literal["normal", "staggered", "remote"]
    leaders_on_duty: Annotated[int, Field(ge=0, le=5)]
    managers_on_duty: Annotated[int, Field(ge=0, le=5)]
    zero_report_by: ClockTime | None = None
    measures: list[Measure] = Field(default=[], max_length=12)


class Level(Schema):
    level: LevelName
    since: datetime | None = Field(description="Null: no change was ever recorded.")
    issuer: str
    document: str
    number: str
    effects: Effects


class Change(Schema):
    id: int
    level: LevelName
    from_at: datetime
    issuer: str
    document: str
    number: str
    rule_id: str
    edition: str
    standing: Literal["announced", "in-force", "past", "undone"]
    recorded_at: datetime
    recorded_by: str
    undone_at: datetime | None
    undone_reason: str


class Asked(Schema):
    level: LevelName
    from_at: Moment | None = Field(default=None, description="Null: at once.")


class Preview(Schema):
    fingerprint: str = Field(description="To be sent with the switch: what was previewed is what is switched.")
    before: LevelName
    from_at: datetime
    changes: list[str] = Field(description="The effects that would change.")
    effects: Effects


class Switch(Asked):
    issuer: Named
    document: Annotated[str, Field(min_length=1, max_length=160, pattern=r"^[^\x00]*\S[^\x00]*$")]
    number: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] = ""
    previewed: Annotated[str, Field(min_length=1, max_length=60)]


class Undo(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Profile(Schema):
    level: LevelName
    is_own: bool = Field(description="Changed by the school; false: the product's default, not law.")
    rule_id: str
    edition: str
    effects: Effects


@router.get("/command/level", response=Level, summary="The response level that holds")
def level(request: HttpRequest) -> Level:
    holds = queries.in_force(actor_of(request).school_id, clock.now())
    change = holds.change
    return Level(
        level=cast(LevelName, holds.level.value), since=change.from_at if change else None, issuer=change.issuer if change else "",
        document=change.document if change else "", number=change.number if change else "", effects=_shown(holds.effects),
    )  # fmt: skip


@router.get("/command/level/changes", response=list[Change], summary="Every change of the level, the latest first")
def level_changes(request: HttpRequest) -> list[Change]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_COMMAND)
    return [_change(one) for one in queries.history(actor.school_id, clock.now())]


@router.post("/command/level/preview", response=Preview, summary="What a switch would change")
def preview_level(request: HttpRequest, body: Asked) -> Preview:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SET_LEVEL)
    shown = actions.check(level=body.level, from_at=body.from_at, by=actor, at=at)
    return Preview(
        fingerprint=shown.fingerprint, before=cast(LevelName, shown.before.level.value), from_at=shown.from_at,
        changes=[one.field for one in shown.differences if one.changes], effects=_shown(shown.profile.effects),
    )  # fmt: skip


@router.post("/command/level/changes", response={201: Change}, summary="Record the level that the government set")
def switch_level(request: HttpRequest, body: Switch) -> Status[Change]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SET_LEVEL)
    change = actions.switch(by=actor, at=at, **body.dict())
    return Status(201, _entry(change, at))


@router.post("/command/level/changes/{change_id}/undo", response=Change, summary="Take a switch back, as one step")
def undo_level(request: HttpRequest, change_id: Id, body: Undo) -> Change:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SET_LEVEL)
    return _entry(actions.undo(change_id=change_id, reason=body.reason, by=actor, at=at), at)


@router.get("/command/levels", response=list[Profile], summary="What each level changes")
def level_profiles(request: HttpRequest) -> list[Profile]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_COMMAND)
    return [_profile(one) for one in queries.profiles(actor.school_id, clock.now())]


@router.put("/command/levels/{level}", response=Profile, summary="Change what a level changes, from its next switch on")
def save_level_profile(request: HttpRequest, level: LevelName, body: Effects) -> Profile:
    """Refused (invalid-input) when windows overlap or end before they begin."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SET_LEVEL)
    try:
        effects = rulebook.Effects.model_validate(body.dict())
    except ValueError as error:
        raise Problem(INVALID_INPUT, (FieldError("further_reports", "invalid", str(error), ""),)) from error
    actions.save_profile(level=level, effects=effects, by=actor, at=at)
    return _profile(queries.profile(actor.school_id, level, at))


def _shown(effects: rulebook.Effects) -> Effects:
    windows = [ReportWindow(opens=f"{one.opens:%H:%M}", closes=f"{one.closes:%H:%M}") for one in effects.further_reports]
    until = f"{effects.zero_report_by:%H:%M}" if effects.zero_report_by else None
    return Effects.model_validate(effects.model_dump() | {"further_reports": windows, "zero_report_by": until})


def _profile(one: queries.Profile) -> Profile:
    return Profile(
        level=cast(LevelName, one.level.value), is_own=one.saved is not None, rule_id=one.row.rule_id, edition=one.row.edition,
        effects=_shown(one.effects),
    )  # fmt: skip


def _entry(change: LevelChange, at: datetime) -> Change:
    return next(_change(one) for one in queries.history(change.school_id, at) if one.change.pk == change.pk)


def _change(one: queries.Entry) -> Change:
    change, standing = one.change, rules.Standing(one.standing)
    return Change(
        id=change.pk, level=cast(LevelName, change.level), from_at=change.from_at, issuer=change.issuer, document=change.document,
        number=change.number, rule_id=change.rule_id, edition=change.edition, standing=standing.value,
        recorded_at=change.recorded_at, recorded_by=one.by, undone_at=change.undone_at, undone_reason=change.undone_reason,
    )  # fmt: skip

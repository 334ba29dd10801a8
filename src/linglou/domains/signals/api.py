"""Signals for API clients: list, look at one, handle, settle. Every look at a person is audited, as on the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from linglou.domains.signals import access, actions, queries
from linglou.domains.signals.models import Signal
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock

router = Router(tags=["signals"])
PER_PAGE = 50


class SignalSummary(Schema):
    id: int
    state: Literal["new", "handling", "settled", "revised"]
    severity: int = Field(description="1 watch, 2 abnormal, 3 urgent.")
    person_id: int
    person_name: str
    unit_id: int
    unit_name: str
    round_id: int | None
    rule_id: str
    rule_edition: str
    title: str
    facts: list[str] = Field(description="What met the rule, in words.")
    raised_at: datetime
    act_by: datetime | None = Field(None, description="When the first clock runs out; null when nobody needs to act.")


class SignalPage(Schema):
    items: list[SignalSummary]
    total: int
    page: int
    per_page: int


class SignalTask(Schema):
    id: int
    owner_name: str | None
    owner_role: str
    due_at: datetime
    state: str
    step: int = Field(description="How often it has climbed the responsible chain.")


class Answer(Schema):
    question: str
    answer: str


class SignalDetail(SignalSummary):
    revision: int
    because: dict[str, Any]
    issuer: str
    document: str
    verified: bool | None = Field(
        None, description="Whether the rule's source was read; null when the rule is not known any more."
    )
    advice: str
    phone: str | None = Field(None, description="Null without see-contact.")
    guardian_phone: str | None = None
    answers: list[Answer] | None = Field(None, description="Null without see-what.")
    tasks: list[SignalTask]
    outcome: str
    note: str
    settled_at: datetime | None


class Settlement(Schema):
    outcome: Literal["observe-at-home", "seen-by-doctor", "held-at-clinic", "excluded", "suspected"]
    note: Annotated[str, Field(max_length=400, pattern=r"^[^\x00]*$")] = ""


def _summary(row: queries.Row) -> dict[str, Any]:
    signal = row.signal
    return {
        **{name: getattr(signal, name) for name in (
            "id", "state", "severity", "person_id", "unit_id", "round_id", "rule_id", "rule_edition", "raised_at",
        )},
        "person_name": signal.person.name,
        "unit_name": signal.unit.name,
        "title": row.title,
        "facts": row.facts,
        "act_by": row.act_by,
    }  # fmt: skip


def _detail(shown: queries.Detail) -> dict[str, Any]:
    signal, rule = shown.signal, shown.rule
    return _summary(queries.Row(signal, shown.title, shown.facts, shown.act_by)) | {
        **{name: getattr(signal, name) for name in ("revision", "because", "outcome", "note", "settled_at")},
        "issuer": rule.issuer if rule else "",
        "document": rule.doc_no if rule else "",
        "verified": rule.verified if rule else None,
        "advice": shown.advice,
        "phone": shown.phone,
        "guardian_phone": shown.guardian_phone,
        "answers": None if shown.answers is None else [{"question": q, "answer": a} for q, a in shown.answers],
        "tasks": [
            {
                "id": task.pk, "owner_name": task.owner.name if task.owner else None, "owner_role": task.owner_role,
                "due_at": task.due_at, "state": task.state, "step": task.step,
            }
            for task in shown.tasks
        ],
    }  # fmt: skip


def _shown(request: HttpRequest, signal: Signal) -> dict[str, Any]:
    actor = actor_of(request)
    return _detail(queries.detail(actor, access.signal_for(actor, signal.pk), at=clock.now()))


@router.get("/signals", response=SignalPage, summary="Signals in my scope; without a state, those not finished, worst first")
def list_signals(
    request: HttpRequest,
    state: Annotated[Literal["", "new", "handling", "settled", "revised"], Query()] = "",
    severity: Annotated[int | None, Query(ge=1, le=3)] = None,
    unit: Annotated[int | None, Query(ge=1, le=2**62, description="A unit's id: its whole subtree.")] = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_SIGNALS)
    chosen = queries.unit_to_filter_by(actor, str(unit)) if unit else None
    signals = queries.listed(actor, state=state, severity=severity, unit=chosen)
    if unit and chosen is None:
        signals = signals.none()
    start = (page - 1) * PER_PAGE
    rows = queries.rows(actor, list(signals[start : start + PER_PAGE]), at=clock.now())
    return {"items": [_summary(row) for row in rows], "total": signals.count(), "page": page, "per_page": PER_PAGE}


@router.get("/signals/{signal_id}", response=SignalDetail, summary="One signal with everything I may see of it")
def read_signal(request: HttpRequest, signal_id: int) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_SIGNALS)
    return _shown(request, access.signal_for(actor, signal_id))


@router.post("/signals/{signal_id}/handle", response=SignalDetail, summary="Begin to handle a new signal")
def handle_signal(request: HttpRequest, signal_id: int) -> dict[str, Any]:
    return _shown(request, actions.handle(signal=_to_handle(request, signal_id), by=actor_of(request), at=clock.now()))


@router.post("/signals/{signal_id}/settle", response=SignalDetail, summary="Record how a signal that is being handled ended")
def settle_signal(request: HttpRequest, signal_id: int, settlement: Settlement) -> dict[str, Any]:
    signal = _to_handle(request, signal_id)
    done = actions.settle(signal=signal, outcome=settlement.outcome, note=settlement.note, by=actor_of(request), at=clock.now())
    return _shown(request, done)


def _to_handle(request: HttpRequest, signal_id: int) -> Signal:
    actor = actor_of(request)
    actor.check_anywhere(Verb.HANDLE_SIGNALS)
    signal = access.signal_for(actor, signal_id)
    access.check_user_can_handle(actor, signal)
    return signal

"""Writes of observations: begin many at once, follow the evidence, extend, release, convert, withdraw, end, resume."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linglou.domains.care import checks, rules
from linglou.domains.care.certificates import actions as certificates
from linglou.domains.care.models import Certificate, Observation, ObservationEvent, ObservationState, Plan, PlanState
from linglou.domains.care.observation import queries
from linglou.domains.care.plans import actions as plans
from linglou.domains.care.problems import NOT_LATER, NOT_WATCHED, WHY
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.kernel import clock
from linglou.kernel.problems import Problem


@dataclass(frozen=True)
class NewObservation:
    """Somebody to watch, and why. ``source_key`` names where it came from and is told only once; the rest is as in ``Observation``."""

    source_key: str
    person_id: int
    unit_id: int
    ground: str
    disease: str
    since: date
    last_day: date | None
    checks_per_day: int
    places: tuple[str, ...] = ()
    rule_id: str = ""
    rule_edition: str = ""
    note: str = ""  # what else it rests on: the school's own document, where that asks for more


EVIDENCE = ("ground", "disease", "since", "last_day", "checks_per_day", "places", "rule_id", "rule_edition")


@transaction.atomic
def begin(*, school_id: int, observations: Sequence[NewObservation], by: Actor | None, at: datetime) -> int:
    """Watch these people, each in their one plan; how many observations began, were resumed or corrected. Told again with other
    evidence an observation follows it (an extension by hand stays); what has ended is resumed. Raises
    ``Problem(NOBODY_RESPONSIBLE)``."""
    if not observations:
        return 0
    plan_of = plans.open_for(school_id=school_id, units={one.person_id: one.unit_id for one in observations}, by=by, at=at)
    keys = [one.source_key for one in observations]
    standing = {
        one.source_key: one
        for one in Observation.objects.select_for_update(of=("self",)).filter(school_id=school_id, source_key__in=keys)
    }
    new, events = [], []
    for told in observations:
        evidence = {name: getattr(told, name) for name in EVIDENCE} | {"places": list(told.places)}
        old = standing.get(told.source_key)
        if old is None:
            new.append(
                Observation(
                    school_id=school_id, plan=plan_of[told.person_id], person_id=told.person_id, source_key=told.source_key,
                    opened_at=at, **evidence,
                )
            )  # fmt: skip
            continue
        event = "correct" if old.state == ObservationState.WATCHING else "resume"
        if event == "correct" and _extended(old) and told.last_day:
            evidence["last_day"] = max(told.last_day, old.last_day or told.last_day)
        if event == "correct" and all(getattr(old, name) == value for name, value in evidence.items()):
            continue
        for name, value in evidence.items():
            setattr(old, name, value)
        old.state, old.ended_at, old.flowed_at, old.plan = (
            rules.TRANSITIONS[old.state, event],
            None,
            None,
            plan_of[old.person_id],
        )
        old.save()
        events.append(_event(old, event, by, at, reason=told.note))
    Observation.objects.bulk_create(new, batch_size=1000)
    notes = {told.source_key: told.note for told in observations}
    events += [_event(one, "start", by, at, reason=notes[one.source_key]) for one in new]
    ObservationEvent.objects.bulk_create(events, batch_size=1000)
    touched = sorted({event.observation.person_id for event in events})
    checks.follow(school_id=school_id, person_ids=touched, at=at)
    audit.record_many(by=by, school_id=school_id, at=at, action="observation.begin", person_ids=touched)
    return len(events)


@transaction.atomic
def cease(*, school_id: int, source_keys: Collection[str], event: str, by: Actor | None, at: datetime, reason: str = "") -> int:
    """Observations whose reason is gone (``event``: withdraw, convert, end); those that run no more are left alone. How many."""
    found = list(
        Observation.objects.select_for_update(of=("self",)).filter(
            school_id=school_id, source_key__in=source_keys, state=ObservationState.WATCHING
        )
    )
    for one in found:
        one.state, one.ended_at, one.flowed_at = rules.TRANSITIONS[one.state, event], at, None
        one.save(update_fields=["state", "ended_at", "flowed_at"])
    ObservationEvent.objects.bulk_create(_event(one, event, by, at, reason=reason) for one in found)
    touched = sorted({one.person_id for one in found})
    checks.follow(school_id=school_id, person_ids=touched, at=at)
    audit.record_many(by=by, school_id=school_id, at=at, action=f"observation.{event}", person_ids=touched)
    return len(found)


@transaction.atomic
def extend(*, observation: Observation, last_day: date, reason: str, by: Actor, at: datetime) -> Observation:
    """A later last day. Raises ``Problem`` (NOT_WATCHED, NOT_LATER, WHY)."""
    locked = _locked(observation, "extend")
    if locked.last_day is None or last_day <= locked.last_day:
        raise Problem(NOT_LATER, day=str(last_day), last=str(locked.last_day or "—"))
    if not reason.strip():
        raise Problem(WHY)
    locked.last_day = last_day
    locked.save(update_fields=["last_day"])
    _keep(locked, "extend", by, at, reason=reason)
    return locked


@transaction.atomic
def release(
    *, observation: Observation, said: Mapping[str, bool | None], reason: str, by: Actor, at: datetime
) -> Observation:  # fmt: skip
    """Let somebody go. The criteria are judged by what is known and ``said``; where they are not met the clinician says why. The
    decision keeps the rule and what it answered; with the last observation of a plan the person gets a certificate. Raises
    ``Problem`` (NOT_WATCHED, WHY)."""
    locked = _locked(observation, "release")
    judged = queries.judged(locked, at=at, said=said)
    if rules.needs_reason("release", str(judged.answer)) and not reason.strip():
        raise Problem(WHY)
    locked.state, locked.ended_at, locked.flowed_at = ObservationState.RELEASED, at, None
    locked.save(update_fields=["state", "ended_at", "flowed_at"])
    rule = (judged.rule.rule_id, judged.rule.edition) if judged.rule else (locked.rule_id, locked.rule_edition)
    _keep(locked, "release", by, at, reason=reason, answer=str(judged.answer), rule=rule)
    checks.follow(school_id=locked.school_id, person_ids=[locked.person_id], at=at)
    if not Observation.objects.filter(plan=locked.plan, state=ObservationState.WATCHING).exists():
        _certify(locked, rule, by, at)
    return locked


def _certify(one: Observation, rule: tuple[str, str], by: Actor, at: datetime) -> None:
    plan = Plan.objects.select_related("person", "unit").get(pk=one.plan_id)
    days = _("%(first)s 至 %(last)s") % {"first": clock.day_of(plan.opened_at), "last": clock.day_of(at)}
    certificates.issue(
        kind="release", person=plan.person, unit=plan.unit, content={_("观察期间"): days}, rule_id=rule[0], rule_edition=rule[1],
        by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def resume(*, observation: Observation, reason: str, by: Actor, at: datetime) -> Observation:
    """Watched again: let go by mistake; the certificate does not hold any more. Raises ``Problem`` (NOT_WATCHED, WHY)."""
    locked = _locked(observation, "resume")
    if not reason.strip():
        raise Problem(WHY)
    valid = Certificate.objects.filter(person=locked.person_id, kind="release", revoked_at=None)
    for given in valid.filter(issued_at=locked.ended_at) if locked.ended_at else ():
        certificates.revoke(certificate=given, reason=reason, by=by, at=at)
    plan = locked.plan
    if plan.state != PlanState.OPEN:
        plan = plans.open_for(school_id=locked.school_id, units={locked.person_id: plan.unit_id}, by=by, at=at)[
            locked.person_id
        ]
    locked.state, locked.ended_at, locked.flowed_at, locked.plan = ObservationState.WATCHING, None, None, plan
    locked.save(update_fields=["state", "ended_at", "flowed_at", "plan"])
    _keep(locked, "resume", by, at, reason=reason)
    checks.follow(school_id=locked.school_id, person_ids=[locked.person_id], at=at)
    return locked


def _locked(observation: Observation, event: str) -> Observation:
    locked = Observation.objects.select_for_update(of=("self",)).select_related("plan").get(pk=observation.pk)
    if rules.follow(locked.state, event) is None:
        raise Problem(NOT_WATCHED, state=ObservationState(locked.state).label)
    return locked


def _extended(one: Observation) -> bool:
    last = (
        ObservationEvent.objects.filter(observation=one, event__in=["start", "extend", "correct", "resume"])
        .order_by("pk")
        .last()
    )
    return bool(last and last.event == "extend")


def _keep(
    one: Observation, event: str, by: Actor, at: datetime, *, reason: str, answer: str = "", rule: tuple[str, str] | None = None
) -> None:
    made = _event(one, event, by, at, reason=reason)
    if rule:
        made.answer, (made.rule_id, made.rule_edition) = answer, rule
    made.save()
    audit.record(
        by=by, school_id=one.school_id, at=at, action=f"observation.{event}", subject_type="observation", subject_id=one.pk,
        person_id=one.person_id,
    )  # fmt: skip


def _event(one: Observation, event: str, by: Actor | None, at: datetime, *, reason: str = "") -> ObservationEvent:
    return ObservationEvent(
        observation=one, at=at, by_id=by.person_id if by else None, event=event, last_day=one.last_day, rule_id=one.rule_id,
        rule_edition=one.rule_edition, reason=reason.strip()[:400],
    )  # fmt: skip

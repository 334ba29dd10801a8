"""A signal counts towards the thresholds of room, class and school; one that was corrected away or ruled out does not any more.

What it counts as is read from the facts that met the rule: its symptoms, the rule itself, and fever where a temperature met a
rule that takes one for a fever. A daily report says how somebody is today, so the illness it tells of is known until that day.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from linglou.domains.signals.models import Signal, State
from linglou.domains.surveillance import actions as surveillance
from linglou.domains.surveillance.actions import NewOccurrence
from linglou.flows.batches import drain
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

BATCH = 500
NOTHING: frozenset[str] = frozenset()


def run(*, at: datetime) -> int:
    """Every signal that is new or has changed; how many."""
    return drain(_count_batch, at)


@transaction.atomic
def _count_batch(at: datetime) -> int:
    waiting = Signal.objects.select_for_update(skip_locked=True).filter(counted_at=None)
    signals = list(waiting.order_by("raised_at", "pk")[:BATCH])
    counting: dict[int, list[NewOccurrence]] = defaultdict(list)
    withdrawn: dict[int, list[str]] = defaultdict(list)
    for signal in signals:
        row = _occurrence(signal)
        if row:
            counting[signal.school_id].append(row)
        else:
            withdrawn[signal.school_id].append(_key(signal))
    for school_id, rows in counting.items():
        surveillance.record(school_id=school_id, rows=rows)
    for school_id, keys in withdrawn.items():
        surveillance.withdraw(school_id=school_id, keys=keys, at=at)
    Signal.objects.filter(pk__in=[signal.pk for signal in signals]).update(counted_at=at)
    return len(signals)


def _key(signal: Signal) -> str:
    return f"signal:{signal.pk}"


def _occurrence(signal: Signal) -> NewOccurrence | None:
    """What a signal counts as; None when it does not count."""
    if signal.state == State.REVISED or (signal.state == State.SETTLED and signal.outcome == "excluded"):
        return None
    day = clock.day_of(signal.raised_at)
    symptoms = _symptoms(signal.because, day)
    rule_ids = [signal.rule_id] if signal.rule_id in rules_counted(day) else []
    if not symptoms and not rule_ids:
        return None
    return NewOccurrence(
        key=_key(signal), person_id=signal.person_id, unit_id=signal.unit_id, day=day, at=signal.raised_at, symptoms=symptoms,
        rule_ids=rule_ids, until=day,
    )  # fmt: skip


def _symptoms(because: Mapping[str, Any], day: date) -> frozenset[str]:
    """The symptoms named, and fever for a temperature that some rule puts on a par with it."""
    named = frozenset(because.get("symptoms", ()))
    temperature = because.get("temperature")
    if temperature is not None and any(rule.test({"temperature": temperature}, NOTHING) for rule in _fever_rules(day)):
        named |= {"fever"}
    return named & _symptoms_counted(day)


@functools.lru_cache(maxsize=64)
def _fever_rules(day: date) -> tuple[Any, ...]:
    return tuple(rule for rule in rulebook.triage_rules(day) if rule.test({"symptoms": ["fever"]}, NOTHING))


@functools.lru_cache(maxsize=64)
def _symptoms_counted(day: date) -> frozenset[str]:
    return frozenset(
        code for rule in rulebook.thresholds(day) for count in rule.counts for group in count.symptoms for code in group
    )


@functools.lru_cache(maxsize=64)
def rules_counted(day: date) -> frozenset[str]:
    """The triage rules that some threshold counts on a day."""
    return frozenset(count.rule for rule in rulebook.thresholds(day) for count in rule.counts if count.rule)

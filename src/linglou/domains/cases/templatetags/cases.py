"""How cases read: statuses with their tone, answers of criteria, what an event is called."""

from __future__ import annotations

from django import template

from linglou.domains.cases import rules
from linglou.domains.cases.contacts.rules import MISSED
from linglou.domains.cases.forms import WHERE
from linglou.domains.cases.models import Case, Status
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.diseases import EVENTS

register = template.Library()
TONES = {
    "suspected": "warn", "probable": "warn", "confirmed": "bad", "asymptomatic": "bad",
    "recovered": "good", "died": "muted", "excluded": "muted",
}  # fmt: skip
# answer of a criterion -> icon
MARKS = {"met": "good", "not-met": "cross", "unknown": "help"}


@register.filter
def tone(case: Case) -> str:
    return TONES[case.status]


@register.filter
def mark(answer: str) -> str:
    return MARKS[answer]


@register.filter
def status_name(status: str) -> str:
    return str(Status(status).label) if status else ""


@register.filter
def event_name(event: str) -> str:
    return str(rules.EVENT_NAMES[event])


@register.filter
def same_by(code: str) -> str:
    return str(rules.SAME_BY[code])


@register.filter
def stage_name(stage: str) -> str:
    return str(rules.STAGES[stage])


@register.filter
def means_name(means: str) -> str:
    return str(rules.MEANS[means])


@register.filter
def code_name(code: str) -> str:
    """What a fact or an event is called."""
    text = rulebook.words().facts.get(code) or EVENTS.get(code)
    return rulebook.said(text) or code


@register.filter
def where_name(where: str) -> str:
    return str(WHERE.get(where, where))


@register.filter
def missed_name(missed: str) -> str:
    return str(MISSED.get(missed, ""))

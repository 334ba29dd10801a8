"""How cases read: statuses with their tone, answers of criteria, what an event is called."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linglou.domains.cases import rules
from linglou.domains.cases.contacts.rules import MISSED
from linglou.domains.cases.forms import WHERE
from linglou.domains.cases.models import Case, Contact, Status
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
def also(contact: Contact) -> list[str]:
    """Where else they met: the kinds besides the one that speaks for the contact."""
    kinds = dict.fromkeys(meeting["where"] for meeting in contact.meetings)
    return [where_name(kind) for kind in kinds if kind != contact.where]


@register.filter
def apart(contact: Contact) -> str:
    """How far apart they sat at the nearest meeting of the kind that speaks for the contact; "" where nobody knows."""
    best = next((one for one in contact.meetings if one["where"] == contact.where), None)
    if best is None or best["rows"] is None or best["seats"] is None:
        return ""
    told = _("相距 %(rows)s 排 %(seats)s 座") if best["rows"] else _("同排，相距 %(seats)s 座")
    return told % {"rows": best["rows"], "seats": best["seats"]}


@register.filter
def span(minutes: int) -> str:
    """A length of time: 45 minutes, 2 hours 30 minutes."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(n)s 分钟") % {"n": rest}
    return _("%(hours)s 小时 %(rest)s 分") % {"hours": hours, "rest": rest} if rest else _hours(hours)


@register.filter
def percent(share: float | None) -> str:
    """A share as people read it: 12.5%, 0.3%; nothing for None."""
    return "" if share is None else f"{share:.1%}" if share < 0.9995 else "100%"


def _hours(n: int) -> str:
    return ngettext("%(n)s 小时", "%(n)s 小时", n) % {"n": n}


@register.filter
def missed_name(missed: str) -> str:
    return str(MISSED.get(missed, ""))

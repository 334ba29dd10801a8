"""Pure decisions about signals: which state follows which, and how a signal may end."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# (state, event) -> state. What is not in the table cannot happen.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("new", "handle"): "handling",
    ("new", "revise"): "revised",  # a correction no longer meets the rule, and nobody had acted yet
    ("handling", "settle"): "settled",
    ("revised", "raise"): "new",  # a later correction meets it again
    ("settled", "worsen"): "new",  # ... or meets it worse than what was settled
}

# How a signal that was handled ended. The last one leads on to the case report.
OUTCOMES = {
    "observe-at-home": _("居家（宿舍）观察"),
    "seen-by-doctor": _("已就医"),
    "held-at-clinic": _("校医院留观"),
    "excluded": _("已排除"),
    "suspected": _("转疑似（上报）"),
}

# Minutes in which counsellor and clinic act where the rule that fired names no clock, by severity.
DEFAULT_CLOCK = {3: 30, 2: 60}


def follow(state: str, event: str) -> str | None:
    """The state after ``event``, or None when the state does not permit it."""
    return TRANSITIONS.get((state, event))


def clock_minutes(severity: int, rule_minutes: int | None) -> int | None:
    """Minutes to act in; None: nobody needs to act (the signal is only kept for watching)."""
    return rule_minutes or DEFAULT_CLOCK.get(severity)


# The tasks that a signal opens: their kind, and a key that names signal, revision and role.
TASK_KIND = "signal"


def task_key(signal_id: int, revision: int, role: str) -> str:
    return f"{TASK_KIND}:{signal_id}:{revision}:{role}"


def tasks_of(signal_id: int) -> str:
    """What the key of every task of a signal begins with."""
    return f"{TASK_KIND}:{signal_id}:"


def page_of(task_key_: str) -> str:
    """The page of the signal that a task's key names."""
    return f"/signals/{task_key_.split(':')[1]}/"

"""Pure decisions about certificates: how they are numbered, what a checker may see of them, what becomes of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# (state, event) -> state. What is not in the table cannot happen; "" is a certificate that is only now being issued.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("", "issue"): "valid",
    ("valid", "revoke"): "revoked",
}
STATE_NAMES = {"valid": _("有效"), "revoked": _("已撤销")}

# What a certificate says of the person whom it names, by its kind.
STATEMENTS = {
    "release": _("兹证明上列人员已按规定完成医学观察（隔离），符合解除条件，自签发之日起予以解除。"),
    "return": _("兹证明上列人员经核实符合复课条件，自签发之日起可以返校上课、上班。"),
}


def follow(state: str, event: str) -> str | None:
    """The state after ``event``, or None when it does not follow."""
    return TRANSITIONS.get((state, event))


def state_of(*, is_revoked: bool) -> str:
    return "revoked" if is_revoked else "valid"


def number_after(last: str, *, year: int) -> str:
    """``2026-0001`` for the first of a year, then one after the other. ``last`` is the last of that year, or ''."""
    return f"{year}-{int(last.split('-')[1]) + 1 if last else 1:04}"


def masked_name(name: str) -> str:
    """What a public page shows of a name: the first letter, 张*, 欧**; of several words each its first, J*** D**."""
    return " ".join(word[0] + "*" * (len(word) - 1 or 1) for word in name.split())

"""The error catalogue: every refusal has a code, says what was wrong, with which value, and what to do (RFC 9457).

Callers branch on ``Problem.code``, never on the text. A module declares its problems as constants::

    ROUND_CLOSED = declare("round-closed", 409, _("这一轮已经结账。"), _("请在下一轮填报，或联系辅导员。"))
    raise Problem(ROUND_CLOSED, round=round_id)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPE_BASE = "/docs/problems#"


@dataclass(frozen=True)
class Kind:
    """One row of the catalogue. ``title`` and ``cure`` are lazily translated; both may name values as ``{name}``."""

    code: str
    status: int
    title: Any
    cure: Any


CATALOGUE: dict[str, Kind] = {}


def declare(code: str, status: int, title: Any, cure: Any) -> Kind:
    """Register a problem kind once. Raises ``ValueError`` when the code is taken."""
    if code in CATALOGUE:
        raise ValueError(f"problem code declared twice: {code}")
    kind = Kind(code, status, title, cure)
    CATALOGUE[code] = kind
    return kind


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one value of a submitted form: ``field`` is a dotted path, ``value`` what was sent."""

    field: str
    code: str
    message: Any
    value: Any = None

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "code": self.code, "message": str(self.message), "value": self.value}


@dataclass(eq=False)
class Problem(Exception):
    """A refusal. ``values`` fill the title and the cure, and travel as extension members of the RFC 9457 body."""

    kind: Kind
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    retry_after: int | None = None

    def __init__(self, kind: Kind, errors: tuple[FieldError, ...] = (), retry_after: int | None = None, **values: Any) -> None:
        self.kind, self.values, self.errors, self.retry_after = kind, values, errors, retry_after
        super().__init__(kind.code)

    @property
    def code(self) -> str:
        return self.kind.code

    @property
    def status(self) -> int:
        return self.kind.status

    @property
    def title(self) -> str:
        return str(self.kind.title).format_map(_Named(self.values))

    @property
    def cure(self) -> str:
        return str(self.kind.cure).format_map(_Named(self.values))

    def as_json(self) -> dict[str, Any]:
        """The RFC 9457 body (``application/problem+json``)."""
        body: dict[str, Any] = {
            "type": TYPE_BASE + self.code,
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.cure,
        }
        if self.values:
            body["values"] = {name: str(value) for name, value in self.values.items()}
        if self.errors:
            body["errors"] = [error.as_json() for error in self.errors]
        return body


class _Named(dict[str, Any]):
    """Leaves an unknown placeholder readable instead of failing while an error is being reported."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"

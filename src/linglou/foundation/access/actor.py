"""Who is asking, and what their posts let them do. Pure: posts are resolved by ``people.queries.grants_of``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.access.verbs import Verb
from linglou.kernel.common_problems import NOT_ALLOWED
from linglou.kernel.problems import Problem


@dataclass(frozen=True)
class Grant:
    """One post in force. ``path`` is the unit's path (its subtree is the scope); a guardian has ``ward_id`` instead."""

    role: Role
    unit_id: int | None
    path: str
    ward_id: int | None = None

    @property
    def verbs(self) -> frozenset[Verb]:
        return POLICY[self.role].verbs


@dataclass(frozen=True)
class Actor:
    """The person behind a request. ``scopes`` limits an API token to some verbs; None means all that the posts give."""

    person_id: int
    school_id: int
    account_id: int
    name: str
    grants: tuple[Grant, ...] = ()
    token_verbs: frozenset[Verb] | None = field(default=None)

    def _grants(self, verb: Verb) -> list[Grant]:
        if self.token_verbs is not None and verb not in self.token_verbs:
            return []
        return [grant for grant in self.grants if verb in grant.verbs]

    def paths(self, verb: Verb) -> list[str]:
        """The unit paths in whose subtrees the actor may do ``verb`` (for scoped queries)."""
        return [grant.path for grant in self._grants(verb) if grant.unit_id is not None]

    def wards(self, verb: Verb) -> frozenset[int]:
        """Persons for whom the actor may do ``verb`` as a guardian."""
        return frozenset(grant.ward_id for grant in self._grants(verb) if grant.ward_id is not None)

    def may(self, verb: Verb, *, at: Iterable[str], person_id: int | None = None) -> bool:
        """Whether ``verb`` is allowed on something that lies at any of the unit paths ``at`` (or on a ward)."""
        if person_id is not None and person_id in self.wards(verb):
            return True
        scopes = self.paths(verb)
        return any(path.startswith(scope) for path in at for scope in scopes)

    def may_anywhere(self, verb: Verb) -> bool:
        return bool(self.paths(verb) or self.wards(verb))

    def check(self, verb: Verb, *, at: Iterable[str], person_id: int | None = None) -> None:
        """Raises ``Problem(NOT_ALLOWED)``. For records whose existence must not show, use a scoped getter instead."""
        if not self.may(verb, at=at, person_id=person_id):
            raise Problem(NOT_ALLOWED, verb=verb.value)

    def check_anywhere(self, verb: Verb) -> None:
        if not self.may_anywhere(verb):
            raise Problem(NOT_ALLOWED, verb=verb.value)

    @property
    def needs_second_factor(self) -> bool:
        return any(POLICY[grant.role].second_factor for grant in self.grants)

"""Who answers for a person under care. A plan is never without somebody responsible, nor without a psychological supporter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from linglou.domains.care import rules
from linglou.domains.care.problems import NOBODY_RESPONSIBLE
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.kernel.problems import Problem

# Who stands in where the responsible chain of a unit is vacant, and where there is no counselling centre.
STAND_IN = (Role.PREVENTION_OFFICE, Role.CLINIC, Role.COMMAND_GROUP, Role.ADMINISTRATOR)
POSTS = (Role.COUNSELLING, *STAND_IN)


@dataclass(frozen=True)
class Staff:
    responsible_id: int
    supporter_id: int
    clinician_id: int | None


@dataclass(frozen=True)
class Posts:
    """Who holds what in a school at a moment. ``owners``: unit -> who owns tasks about its people."""

    owners: Mapping[int, int]
    held: Mapping[str, Sequence[int]]

    def staff_of(self, person_id: int, unit_id: int, unit_name: str) -> Staff:
        """Raises ``Problem(NOBODY_RESPONSIBLE)`` in a school without any post that could answer for anybody."""
        stand_in = next((self.held[role] for role in STAND_IN if self.held[role]), ())
        responsible = self.owners.get(unit_id) or rules.even(stand_in, person_id)
        if responsible is None:
            raise Problem(NOBODY_RESPONSIBLE, unit=unit_name)
        supporter = rules.even(self.held[Role.COUNSELLING], person_id) or responsible
        return Staff(responsible, supporter, rules.even(self.held[Role.CLINIC], person_id))


def posts_of(school_id: int, unit_ids: Sequence[int], *, at: datetime) -> Posts:
    held: dict[str, list[int]] = defaultdict(list)
    posts = people.in_force(Post.objects.filter(school_id=school_id, role__in=POSTS), at).order_by("pk")
    for role, person_id in posts.values_list("role", "person_id"):
        held[role].append(person_id)
    return Posts(people.owners_by_unit(school_id, at=at, unit_ids=set(unit_ids)), held)


def holding(school_id: int, person_ids: Sequence[int], *, at: datetime) -> set[int]:
    """Those of some people who hold any post of the school at a moment."""
    posts = people.in_force(Post.objects.filter(school_id=school_id, unit__isnull=False, person_id__in=person_ids), at)
    return set(posts.values_list("person_id", flat=True))

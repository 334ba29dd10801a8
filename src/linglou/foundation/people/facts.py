"""Which memberships and posts hold at a moment, as they were known at that moment: the one condition, for the ORM and for SQL."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from linglou.foundation.people.models import Fact, Membership, Person

F = TypeVar("F", bound=Fact)

# The condition by which SQL picks the facts that hold, and were known, at one moment; ``{f}`` is the table's alias.
IN_FORCE_SQL = (
    "{f}.starts_at <= %(at)s AND ({f}.ends_at IS NULL OR {f}.ends_at > %(at)s) "
    "AND {f}.recorded_at <= %(at)s AND ({f}.superseded_at IS NULL OR {f}.superseded_at > %(at)s)"
)


def in_force(facts: QuerySet[F], at: datetime) -> QuerySet[F]:
    """The facts that hold at ``at`` as they were known at ``at``."""
    return facts.filter(
        Q(ends_at=None) | Q(ends_at__gt=at),
        Q(superseded_at=None) | Q(superseded_at__gt=at),
        starts_at__lte=at,
        recorded_at__lte=at,
    )


def paths_of(person_id: int, *, at: datetime) -> list[str]:
    """Where a person lies: the paths of every unit they belong to, and the school's own, so that whoever stands over the
    whole school also stands over those who have no unit yet. What ``Actor.may(verb, at=...)`` is asked about a person."""
    units = in_force(Membership.objects.filter(person_id=person_id), at).values_list("unit__path", flat=True)
    school = Person.objects.filter(pk=person_id).values_list("school__path", flat=True)
    return list(units.union(school))


def subtree(path: str) -> dict[str, str]:
    """Bounds of a path's subtree for an index range: ``/1/5/`` up to ``/1/50`` ('0' follows '/')."""
    return {"path": path, "path_end": path[:-1] + "0"}

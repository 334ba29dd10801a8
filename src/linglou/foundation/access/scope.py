"""The scope of a verb as a filter: what lies under the units where a post gives it."""

from __future__ import annotations

from django.db.models import Q

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb


def within(actor: Actor, verb: Verb, field: str = "unit__path") -> Q:
    """A filter for records whose ``field`` is a unit's path; nothing for an actor whose posts do not give the verb."""
    found = Q(pk__in=[])
    for path in actor.paths(verb):
        found |= Q(**{f"{field}__startswith": path})
    return found

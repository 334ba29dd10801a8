"""Who is linked with whom: by a class, a room, a building, or a confirmed contact between them. Pure.

A tie is a text that two people share: ``class:5``, ``room:9``, ``building:2``, ``contact:17-40``. People who share one belong to one
group, and so do those whom either of them shares another with. What the school does not know (a course, a shop) links nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from linglou.domains.surveillance.rules import Seen

KINDS = {"class": _("同班"), "room": _("同寝室"), "building": _("同一宿舍楼"), "contact": _("已确认的密切接触")}


def contact(one: int, other: int) -> str:
    """The tie of two people of whom one is a confirmed contact of the other."""
    return f"contact:{min(one, other)}-{max(one, other)}"


def linked(seen: Sequence[Seen], enough: int) -> list[Seen]:
    """The occurrences of people in groups of at least ``enough``."""
    groups: dict[int, set[int]] = defaultdict(set)
    for person, group in grouped((one.person_id, one.ties) for one in seen).items():
        groups[group].add(person)
    large = {person for people in groups.values() if len(people) >= enough for person in people}
    return [one for one in seen if one.person_id in large]


def grouped(people: Iterable[tuple[int, Iterable[str]]]) -> dict[int, int]:
    """Person -> one person of their group, the same for everybody in it."""
    above: dict[int, int] = {}
    first_with: dict[str, int] = {}
    for person, ties in people:
        above.setdefault(person, person)
        for tie in ties:
            other = first_with.setdefault(tie, person)
            above[_top(above, person)] = _top(above, other)
    return {person: _top(above, person) for person in above}


def _top(above: dict[int, int], person: int) -> int:
    while above[person] != person:
        above[person] = above[above[person]]
        person = above[person]
    return person


def by_kind(people: Iterable[tuple[int, Iterable[str]]]) -> dict[str, int]:
    """Kind of tie -> how many people share one with somebody else of them; kinds that link nobody are left out."""
    holders: dict[str, set[int]] = defaultdict(set)
    for person, ties in people:
        for tie in ties:
            holders[tie].add(person)
    of_kind: dict[str, set[int]] = defaultdict(set)
    for tie, persons in holders.items():
        if len(persons) > 1:
            of_kind[tie.partition(":")[0]] |= persons
    found = Counter({kind: len(persons) for kind, persons in of_kind.items()})
    return {kind: found[kind] for kind in KINDS if found[kind]}

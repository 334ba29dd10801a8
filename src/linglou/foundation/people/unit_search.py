"""Find a unit by what somebody calls it: its name, or its building and its name in one word."""

from __future__ import annotations

import re

from django.db.models import Q

from linglou.foundation.people import rules
from linglou.foundation.people.models import Unit

_WORD = re.compile(r".+?(?:号楼|公寓|楼|栋|幢|舍|苑|斋|层)(?=.)|.+")
WORDS = 4


def units_named(text: str, *, school_id: int, tree: str, scope: Q, limit: int = 30) -> list[Unit]:
    """Open units that people can belong to in a tree, of those in ``scope`` (``access.scope.within``), whose name holds ``text``;
    or whose name holds its last word, and those of units above it the words before: 3号楼201, 信息 2401."""
    named = Unit.objects.filter(school_id=school_id, tree=tree, closed_at=None)
    units = named.filter(scope, kind__in=rules.HAVE_MEMBERS)
    found = list(units.filter(name__icontains=text.strip()).order_by("sort_key", "pk")[:limit])
    words = [word for part in re.split(r"[\s\-·]+", text.strip()) for word in _WORD.findall(part)][:WORDS]
    if found or len(words) < 2:
        return found
    for word in words[:-1]:
        above = Q(pk__in=[])
        for path in named.filter(name__icontains=word).exclude(kind="room").values_list("path", flat=True)[:limit]:
            above |= Q(path__startswith=path)
        units = units.filter(above)
    return list(units.filter(name__icontains=words[-1]).order_by("sort_key", "pk")[:limit])

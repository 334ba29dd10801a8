"""Every address of the product, with how hot it is."""

from __future__ import annotations

import re

from django.urls import URLPattern, URLResolver, get_resolver

VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
HOT = {"api/v1/rounds/{round_id}/responses": "hot: everybody, in one hour; the intake answers it before Django"}
WARM = {"": "warm: everybody, once a day", "report/": "warm: everybody, once a day", "board/": "warm: polled while open"}


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[tuple[str, str]]:
    found = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern.url_patterns, route)
        else:
            methods = getattr(pattern.callback, "_ninja_operation", None)
            found.append((route, "api" if methods or route.startswith("api/") else "page"))
    return found


def rows() -> list[list[str]]:
    listed = []
    for route, kind in sorted(set(addresses(get_resolver().url_patterns))):
        plain = VARIABLE.sub(r"{\1}", route)
        warm = next((heat for prefix, heat in WARM.items() if plain == prefix or (prefix and plain.startswith(prefix))), "")
        heat = HOT.get(plain) or warm or "cold"
        listed.append((("hot", "warm", "cold").index(heat[:4].rstrip(":")), ["/" + plain, kind, heat]))
    return [row for _rank, row in sorted(listed, key=lambda pair: pair[0])]

"""What ECharts is given: the chain of cases over the days, and how many fell ill on each. Every chart has a table beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from linglou.domains.cases.models import Status
from linglou.domains.cases.transmission import rules
from linglou.domains.cases.transmission.queries import CLASS, Edge, Node, Transmission

COLOURS = ("@responded", "@info", "@missing", "@bad", "@excused")
OTHERS = "@muted"
PLAIN = {"renderMode": "richText"}  # names are written as text, never as markup
NAMED_UP_TO = 40
STATUS = "status"


def groups(shown: Transmission, by: str) -> dict[int, str]:
    """Case -> the group whose colour it has: the five with most cases have one each, the rest share one."""
    name = {node.case.pk: group_of(node, by) for node in shown.nodes}
    most = [group for group, _n in Counter(name.values()).most_common(len(COLOURS))]
    return {pk: group if group in most else _("其他") for pk, group in name.items()}


def group_of(node: Node, by: str) -> str:
    if by == STATUS:
        return str(Status(node.case.status).label)
    return node.places.get(by or CLASS, "") or _("不住校")


def _coloured(names: Mapping[int, str]) -> dict[str, str]:
    found = [name for name, _n in Counter(names.values()).most_common()]
    colours = dict(zip([name for name in found if name != _("其他")], COLOURS, strict=False))
    return colours | ({_("其他"): OTHERS} if _("其他") in found else {})


def network(shown: Transmission, by: str) -> dict[str, Any]:
    """Cases from left to right by the day of illness, each line of descent below the other; an arrow is a possible source."""
    names = groups(shown, by)
    colours = _coloured(names)
    sources: dict[int, list[int]] = {}
    for edge in shown.edges:
        sources.setdefault(edge.target.case.pk, []).append(edge.source.case.pk)
    lane = rules.lanes({node.case.pk: node.day for node in shown.nodes}, sources)
    categories = list(colours)
    spread = Counter(edge.source.case.pk for edge in shown.edges)
    return {
        "color": list(colours.values()),
        "legend": {"data": categories, "type": "scroll", "left": 0},
        "tooltip": PLAIN,
        "grid": {"left": 16, "right": 24, "top": 44, "bottom": 8, "containLabel": True},
        "xAxis": {
            "type": "time", "min": f"{shown.nodes[0].day - timedelta(days=1)}", "max": f"{shown.nodes[-1].day + timedelta(days=1)}",
            "axisLabel": {"formatter": "{MM}-{dd}", "hideOverlap": True}, "minInterval": 86_400_000, "axisLine": {"show": False},
            "position": "bottom", "splitLine": {"show": True},
        },
        "yAxis": {"type": "value", "show": False, "inverse": True, "min": -1, "max": len(shown.nodes)},
        "series": [{
            "type": "graph", "coordinateSystem": "cartesian2d", "edgeSymbol": ["none", "arrow"], "edgeSymbolSize": [0, 9],
            "categories": [{"name": name} for name in categories],
            "lineStyle": {"color": "@muted", "width": 1.6, "opacity": 0.75, "curveness": 0.12},
            "label": {"show": len(shown.nodes) <= NAMED_UP_TO, "position": "bottom", "distance": 3, "formatter": "{b}", "color": "@ink"},
            "emphasis": {"focus": "adjacency"},
            "data": [_node(node, lane[node.case.pk], categories.index(names[node.case.pk]), spread[node.case.pk]) for node in shown.nodes],
            "links": [_link(edge) for edge in shown.edges],
        }],
    }  # fmt: skip


def _node(node: Node, lane: int, category: int, spread: int) -> dict[str, Any]:
    told = [
        f"{node.case.person.name} · {node.case.number}", f"{day_name(node.day)} · {Status(node.case.status).label}",
        " · ".join(filter(None, node.places.values())), _("已确认密接 %(n)s 人") % {"n": node.contacts},
    ]  # fmt: skip
    return {
        "id": str(node.case.pk), "name": node.case.person.name, "value": [f"{node.day}", lane], "category": category,
        "symbol": "circle" if node.is_counted else "diamond", "symbolSize": min(34, 14 + 4 * spread),
        "tooltip": {"formatter": "\n".join(told), **PLAIN},
    }  # fmt: skip


def _link(edge: Edge) -> dict[str, Any]:
    proposed = edge.contact.state != "confirmed"
    told = [f"{edge.source.case.person.name} → {edge.target.case.person.name}", _("相隔 %(n)s 天") % {"n": edge.days}]
    if proposed:
        told.append(_("密接待审核"))
    return {
        "source": str(edge.source.case.pk), "target": str(edge.target.case.pk),
        "lineStyle": {"type": "dashed"} if proposed else {}, "tooltip": {"formatter": "\n".join(told), **PLAIN},
    }  # fmt: skip


def timeline(shown: Transmission, by: str) -> dict[str, Any]:
    """How many fell ill on each day (or in each week), by group."""
    names = groups(shown, by)
    first_days = rules.bins(shown.since, shown.until)
    step = (first_days[1] - first_days[0]).days if len(first_days) > 1 else 1
    found: Counter[tuple[str, int]] = Counter()
    for node in shown.nodes:
        found[names[node.case.pk], (node.day - shown.since).days // step] += 1
    return {
        "legend": {"type": "scroll", "left": 0},
        "tooltip": {**PLAIN, "trigger": "axis", "axisPointer": {"type": "shadow"}},
        "grid": {"left": 8, "right": 16, "top": 44, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "category", "data": [f"{day:%m-%d}" for day in first_days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": name, "type": "bar", "stack": "cases", "barMaxWidth": 28, "itemStyle": {"color": colour},
                "data": [found[name, n] for n in range(len(first_days))],
            }
            for name, colour in _coloured(names).items()
        ],
    }  # fmt: skip


def day_name(day: date) -> str:
    return date_format(day, _("n月j日"))

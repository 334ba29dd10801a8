"""Which top-level pages a person is offered: those that exist and for which some post of theirs gives the verb."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, get_urlconf, resolve
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb

TABS = 4


@dataclass(frozen=True)
class Place:
    """A page in the menu. ``short`` is its word in the phone's tab bar; no ``verb``: for everybody who is logged in."""

    url: str
    title: Any
    icon: str
    verb: Verb | None = None
    short_title: Any = None


@dataclass(frozen=True)
class Link:
    url: str
    title: str
    short: str
    icon: str
    current: bool


@dataclass(frozen=True)
class Group:
    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Navigation:
    """``groups`` for the side of a wide screen; ``tabs`` and the ``rest`` for the phone."""

    groups: tuple[Group, ...]

    @property
    def links(self) -> list[Link]:
        return [link for group in self.groups for link in group.links]

    @property
    def tabs(self) -> list[Link]:
        return self.links if len(self.links) <= TABS + 1 else self.links[:TABS]

    @property
    def rest(self) -> list[Link]:
        return self.links[len(self.tabs) :]

    @property
    def rest_is_here(self) -> bool:
        return any(link.current for link in self.rest)


PLACES: tuple[tuple[Any, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place("/", _("首页"), "home"),
            Place("/work/", _("今日跟进"), "follow-up", Verb.LOG_CONTACT, _("跟进")),
            Place("/clinic/", _("校医院工作台"), "shield", Verb.HANDLE_CASES, _("工作台")),
            Place("/board/", _("看板"), "board", Verb.SEE_BOARD),
            Place("/signals/", _("异常信号"), "signal", Verb.SEE_SIGNALS, _("信号")),
            Place("/cases/", _("病例"), "report", Verb.SEE_CASES),
            Place("/care/", _("观察与照护"), "care", Verb.SEE_CARE, _("照护")),
            Place("/care/absences/", _("因病缺课"), "calendar", Verb.TRACK_ABSENCES, _("缺课")),
            Place("/care/counselling/", _("心理咨询"), "message", Verb.COUNSEL),
            Place("/alerts/", _("预警"), "warn", Verb.SEE_ALERTS),
            Place("/movement/", _("去向与排查"), "place", Verb.SEE_WHEREABOUTS, _("去向")),
            Place("/command/", _("应急指挥"), "flag", Verb.SEE_COMMAND, _("指挥")),
            Place("/tasks/", _("任务"), "tasks"),
            Place("/excuses/", _("免报"), "shield", Verb.EXCUSE),
            Place("/unit-report/", _("单位零报告"), "flag", Verb.CONFIRM_UNIT),
            Place("/inbox/", _("消息"), "inbox"),
        ),
    ),
    (
        _("人员与责任"),
        (
            Place("/people/", _("人员"), "people", Verb.SEE_NAMES),
            Place("/people/chain/", _("责任链"), "chain", Verb.AUDIT_CHAIN),
            Place("/people/import/", _("导入名册"), "import", Verb.IMPORT_ROSTER),
            Place("/account/codes/", _("激活码"), "key", Verb.ISSUE_CODES),
            Place("/setup/checklist/", _("开始使用"), "check", Verb.CONFIGURE),
        ),
    ),
    (
        _("轮次与规则"),
        (
            Place("/rounds/", _("轮次设置"), "rounds", Verb.EDIT_SCHEDULE),
            Place("/closings/", _("结账单"), "closing", Verb.SEE_CLOSING),
            Place("/rules/", _("规则"), "rules", Verb.SEE_RULES),
            Place("/movement/stays/", _("校内停留"), "import", Verb.IMPORT_STAYS),
            Place("/care/rooms/", _("隔离房间"), "room", Verb.KEEP_ROOMS),
            Place("/movement/risk-areas/", _("风险地区"), "globe", Verb.KEEP_RISK_AREAS),
            Place("/audit/", _("审计日志"), "audit", Verb.SEE_AUDIT),
        ),
    ),
    (
        _("我的"),
        (
            Place("/movement/mine/", _("我的去向"), "place"),
            Place("/account/", _("我的账号"), "account", None, _("账号")),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor; costs nothing on a page that shows no menu."""
    return {"navigation": SimpleLazyObject(lambda: offered(getattr(request, "actor", None), request.path))}


def offered(actor: Actor | None, path: str) -> Navigation:
    """The menu of ``actor`` on the page at ``path``. The longest address that begins ``path`` is the current one."""
    if not actor:
        return Navigation(())
    shown = [
        (title, [place for place in places if _exists(get_urlconf(), place.url) and _may(actor, place)])
        for title, places in PLACES
    ]
    here = max((p.url for _title, places in shown for p in places if _holds(p.url, path)), key=len, default="")
    return Navigation(
        tuple(
            Group(str(title), tuple(_link(place, current=place.url == here) for place in places))
            for title, places in shown
            if places
        )
    )


def _link(place: Place, *, current: bool) -> Link:
    return Link(place.url, str(place.title), str(place.short_title or place.title), place.icon, current)


def _may(actor: Actor, place: Place) -> bool:
    return place.verb is None or actor.may_anywhere(place.verb)


def _holds(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


@functools.cache
def _exists(urlconf: str | None, url: str) -> bool:
    try:
        resolve(url, urlconf)
    except Resolver404:
        return False
    return True

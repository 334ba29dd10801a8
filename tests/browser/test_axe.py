"""Every page that a role can reach by following links: no serious finding of axe, nothing wider than the screen, one heading.

A page is visited once per route and role, starting from ``START``. A page that no link leads to goes into ``ALSO``.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

from tests.browser.conftest import DESK, PHONE, Visits, axe

START = ["/"]
ALSO: dict[str | None, list[str]] = {
    None: ["/account/login/", "/ui/gallery/", "/docs/problems", "/no/such/page"],
    "学生": ["/account/", "/account/sessions/", "/account/password/change/"],
}
ROLES = {
    "visitor": None, "student": "学生", "guardian": "家长", "monitor": "班长", "counsellor": "辅导员", "clinic": "校医院",
    "counselling": "心理咨询中心",
    "office": "疫情防控办公室", "auditor": "审计", "administrator": "系统管理员", "authority": "主管部门",
}  # fmt: skip
SAME_FOR_ALL = ("/docs/problems", "/ui/gallery/")  # judged once, as a visitor sees them
SKIP = ("/static/", "/api/", "/account/logout/", "/metrics", "/healthz")
LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map(a => a.href)"


def route_of(path: str) -> str | None:
    try:
        return resolve(path).route
    except Resolver404:
        return None


def links_of(page: Page, address: str) -> list[str]:
    found = []
    for link in page.evaluate(LINKS):
        parts = urlsplit(link)
        if link.startswith(address) and not parts.path.startswith(SKIP):
            found.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


def worth_a_visit(path: str, role: str | None) -> bool:
    return role is None or not path.startswith(SAME_FOR_ALL)


def findings(page: Page, width: int) -> list[str]:
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    found = axe(page)
    if wide > width:
        found.append(f"{wide} px wide on a screen of {width}")
    if (headings := page.locator("h1:visible").count()) != 1:
        found.append(f"{headings} h1 headings")
    if page.title().startswith("·") or not page.title().strip():
        found.append("no title")
    return found


@pytest.mark.parametrize(
    ("who", "width", "scheme", "language"),
    [
        *((who, PHONE, "dark", "zh-hans") for who in ROLES),
        *((who, DESK, "light", "zh-hans") for who in ("visitor", "student", "office")),
        ("office", PHONE, "light", "en"),
    ],
)
def test_every_page_a_role_can_reach(visits: Visits, who: str, width: int, scheme: str, language: str) -> None:
    visits.complaints.clear()
    role = ROLES[who]
    context = visits.context(role=role, width=width, scheme=scheme)
    context.add_cookies([{"name": "language", "value": language, "url": visits.product.address}])
    page = context.new_page()
    queue, seen, wrong = [*START, *ALSO.get(role, [])], set(), []
    while queue:
        path = queue.pop(0)
        route = route_of(urlsplit(path).path)
        if route in seen:
            continue
        seen.add(route)
        try:
            answer = page.goto(visits.product.address + path)
        except Error as error:  # a file to download is no page
            if "Download is starting" in error.message:
                continue
            raise
        if answer is None or "html" not in (answer.header_value("content-type") or ""):
            continue
        if answer.status >= 500:
            wrong.append(f"{path}: answered {answer.status}")
            continue
        wrong += [f"{path}: {finding}" for finding in findings(page, width)]
        queue += [link for link in links_of(page, visits.product.address) if worth_a_visit(link, role)]
    page.close()
    wrong += [f"console: {text}" for text in visits.complaints]
    assert not wrong, "\n".join(wrong)

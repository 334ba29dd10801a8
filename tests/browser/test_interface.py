"""The interface at work in a real browser: language, menus without scripts, charts, refusals said aloud."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESK, PHONE, Visits


def test_a_person_switches_to_english_and_back(visit: Visits) -> None:
    page = visit("/ui/gallery/?a=1", fresh=True)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Components")
    assert page.url.endswith("/ui/gallery/?a=1")
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("组件")
    page.context.close()


def test_the_menu_opens_without_scripts(visit: Visits) -> None:
    page = visit("/account/", role="疫情防控办公室", script=False)
    page.locator(".tabbar summary").click()
    expect(page.locator(".tabbar .sheet a").first).to_be_visible()
    page.locator(".menu.who summary").click()
    expect(page.get_by_role("button", name="退出登录").first).to_be_visible()


@pytest.mark.parametrize(("width", "shown", "hidden"), [(PHONE, ".tabbar", ".side"), (DESK, ".side", ".tabbar")])
def test_a_phone_has_tabs_and_a_desk_has_a_side(visit: Visits, width: int, shown: str, hidden: str) -> None:
    page = visit("/account/", role="学生", width=width)
    expect(page.locator(shown)).to_be_visible()
    expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator(f"{shown} [aria-current=page]")).to_have_text("账号" if width == PHONE else "我的账号")


def test_charts_are_drawn_and_follow_the_width_and_the_scheme(visit: Visits) -> None:
    page = visit("/ui/gallery/", width=DESK, fresh=True)
    chart = page.locator("[data-chart]").first
    expect(chart.locator("svg")).to_be_visible()
    wide = chart.locator("svg").bounding_box()
    page.set_viewport_size({"width": PHONE, "height": 844})
    page.wait_for_function("() => document.querySelector('[data-chart] svg').clientWidth < 400")
    assert wide is not None
    assert wide["width"] > 400
    light = chart.locator("svg").inner_html()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("old => document.querySelector('[data-chart] svg').innerHTML !== old", arg=light)
    page.context.close()


def test_the_tab_bar_shows_that_one_is_somewhere_in_the_rest(visit: Visits) -> None:
    page = visit("/account/", role="疫情防控办公室")
    expect(page.locator(".tabbar .more.here > summary")).to_be_visible()


def refuse(page: Page, status: int, body: str, kind: str) -> None:
    """The next htmx post to /refused/ is answered so."""

    def answer(route: Route) -> None:
        assert route.request.headers.get("x-csrftoken"), "no CSRF header"
        route.fulfill(status=status, body=body, content_type=kind)

    page.route("**/refused/", answer)
    page.evaluate("() => htmx.ajax('POST', '/refused/', {target: '#figures', swap: 'innerHTML'}).catch(() => {})")


def test_a_refusal_is_said_aloud_and_changes_nothing(visit: Visits) -> None:
    page = visit("/ui/gallery/")
    before = page.locator("#figures").inner_text()
    problem = {"title": "这一轮已经结账。", "detail": "请在下一轮填报。"}
    refuse(page, 409, json.dumps(problem), "application/problem+json")
    expect(page.get_by_role("status").get_by_text("这一轮已经结账。 请在下一轮填报。")).to_be_visible()
    assert page.locator("#figures").inner_text() == before
    visit.complaints.clear()  # htmx itself writes refusals to the console


def test_a_form_with_messages_is_shown_in_place(visit: Visits) -> None:
    page = visit("/ui/gallery/")
    refuse(page, 422, "<p>请填写体温</p>", "text/html; charset=utf-8")
    expect(page.locator("#figures")).to_have_text("请填写体温")


def test_a_lost_connection_is_said_aloud(visit: Visits) -> None:
    page = visit("/ui/gallery/")
    page.route("**/refused/", lambda route: route.abort())
    page.evaluate("() => htmx.ajax('POST', '/refused/', {target: '#figures'}).catch(() => {})")
    expect(page.get_by_text("网络不通")).to_be_visible()
    visit.complaints.clear()


def test_the_keyboard_reaches_the_content_first_and_escape_closes_a_menu(visit: Visits) -> None:
    page = visit("/ui/gallery/", role="疫情防控办公室", width=DESK)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator(".menu.who summary").click()
    expect(page.locator(".menu.who .sheet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu.who .sheet")).to_be_hidden()
    expect(page.locator(".menu.who summary")).to_be_focused()


def test_print_shows_the_content_alone(visit: Visits) -> None:
    page = visit("/ui/gallery/", role="疫情防控办公室", width=DESK, fresh=True)
    page.emulate_media(media="print")
    for part in (".topbar", ".side", ".foot"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    page.context.close()

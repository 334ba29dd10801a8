"""The menu offers what exists and what some post allows, and nothing to a visitor."""

from __future__ import annotations

import pytest
from django.test import Client

from linglou.boards.navigation import PLACES, TABS, _exists, offered
from linglou.foundation.access.actor import Actor, Grant
from linglou.foundation.access.roles import Role

EVERYBODY = {"/", "/tasks/", "/inbox/", "/movement/mine/", "/account/"}
OFFERED = {
    None: set(),
    Role.CLASS_MONITOR: {"/work/", "/board/", "/people/"},
    Role.COUNSELLOR: {
        "/work/", "/board/", "/signals/", "/alerts/", "/movement/", "/cases/", "/care/", "/excuses/", "/unit-report/", "/people/", "/account/codes/", "/closings/",
        "/rules/", "/care/absences/", "/command/",
    },
    Role.GATE: {"/board/", "/command/"},
    Role.PREVENTION_OFFICE: {
        "/work/", "/board/", "/signals/", "/alerts/", "/movement/", "/cases/", "/care/", "/excuses/", "/unit-report/", "/people/", "/people/chain/", "/people/import/",
        "/account/codes/", "/rounds/", "/closings/", "/rules/", "/movement/risk-areas/", "/movement/stays/", "/care/rooms/",
        "/care/absences/", "/command/",
    },
    Role.AUDITOR: {"/board/", "/people/chain/", "/rules/", "/audit/", "/command/"},
    Role.ADMINISTRATOR: {
        "/people/", "/people/chain/", "/people/import/", "/account/codes/", "/setup/checklist/", "/rules/", "/audit/",
    },
    Role.GUARDIAN: set(),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _every_page_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linglou.boards.navigation._exists", lambda urlconf, url: True)


def actor(role: Role | None) -> Actor:
    grants = () if role is None else (Grant(role, None if role is Role.GUARDIAN else 7, "0001.0007", 3),)
    return Actor(person_id=1, school_id=1, account_id=1, name="某人", grants=grants)


@pytest.mark.parametrize("role", OFFERED)
def test_a_post_decides_what_is_offered(role: Role | None) -> None:
    assert {link.url for link in offered(actor(role), "/").links} == OFFERED[role] | EVERYBODY


def test_a_visitor_is_offered_nothing() -> None:
    assert offered(None, "/").groups == ()


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/", "/"), ("/people/", "/people/"), ("/people/import/3/", "/people/import/"), ("/people/42/", "/people/"),
        ("/board/7/missing/", "/board/"), ("/elsewhere/", None),
    ],
)  # fmt: skip
def test_the_page_one_is_on_is_marked_once(path: str, here: str | None) -> None:
    marked = [link.url for link in offered(actor(Role.PREVENTION_OFFICE), path).links if link.current]
    assert marked == ([here] if here else [])


def test_a_phone_shows_a_few_tabs_and_keeps_the_rest() -> None:
    full = offered(actor(Role.PREVENTION_OFFICE), "/")
    assert len(full.tabs) == TABS
    assert full.tabs + full.rest == full.links
    few = offered(actor(None), "/")
    assert not few.rest
    assert few.tabs == few.links


def test_a_page_that_does_not_exist_is_not_offered() -> None:
    assert _exists(None, "/ui/gallery/")
    assert not _exists(None, "/no/such/page/")


def test_every_place_is_reachable_once() -> None:
    urls = [place.url for _title, places in PLACES for place in places]
    assert len(urls) == len(set(urls))


@pytest.mark.django_db
def test_a_visitors_page_asks_the_database_nothing_for_its_menu(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(0):
        client.get("/docs/problems")

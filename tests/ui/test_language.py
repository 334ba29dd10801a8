"""Chinese unless the person chose English; the switch goes back to the page and nowhere else."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_switch_keeps_the_choice_and_returns_to_the_page(client: Client) -> None:
    back = client.post("/ui/language/", {"language": "en", "next": "/ui/gallery/?a=1"})
    assert back.status_code == 302
    assert back["Location"] == "/ui/gallery/?a=1"
    page = client.get("/ui/gallery/")
    assert page["Content-Language"] == "en"
    assert '<html lang="en">' in page.content.decode()

    client.post("/ui/language/", {"language": "zh-hans", "next": "/ui/gallery/"})
    assert '<html lang="zh-Hans">' in client.get("/ui/gallery/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_it_never_leads_elsewhere(client: Client, elsewhere: str) -> None:
    assert client.post("/ui/language/", {"language": "en", "next": elsewhere})["Location"] == "/"


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    assert "language" not in client.post("/ui/language/", {"language": "xx"}).cookies


def test_a_link_cannot_switch_it(client: Client) -> None:
    assert client.get("/ui/language/?language=en").status_code == 405


def test_the_browsers_own_preference_does_not_decide(client: Client) -> None:
    page = client.get("/ui/gallery/", headers={"Accept-Language": "en-GB,en"})
    assert page["Content-Language"] == "zh-hans"

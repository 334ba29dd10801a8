"""What is drawn for one person is kept by no cache."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories.accounts import browser, token
from tests.factories.daily import health_round
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def test_no_page_about_people_is_kept(campus: Campus) -> None:
    round_ = health_round(campus.school)
    pages = [
        f"/people/{campus.students[1].pk}/", "/people/?q=1", f"/people/units/{campus.classes[0].pk}/", "/people/chain/", "/work/",
        f"/missing/{campus.classes[0].pk}/?round={round_.pk}", "/closings/", "/", "/inbox/", "/api/v1/people?q=1",
        "/api/v1/rounds/current",
    ]  # fmt: skip
    office = browser(campus.office)
    for page in pages:
        answer = office.get(page)
        assert answer.status_code == 200, page
        assert "no-store" in answer.headers["Cache-Control"], page


def test_neither_is_an_answer_to_a_token(campus: Campus) -> None:
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token(campus.students[1])}"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")


def test_the_board_says_for_itself_how_it_may_be_asked_again(campus: Campus) -> None:
    health_round(campus.school)
    assert browser(campus.office).get(f"/board/{campus.school.pk}/").headers["Cache-Control"] == "private, no-cache"

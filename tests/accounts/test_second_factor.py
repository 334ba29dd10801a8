"""Holders of sensitive posts get nothing until they have passed a second factor in this session."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from tests.factories.accounts import PASSWORD, account, browser, token
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _required(settings: object) -> None:
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.fixture
def campus() -> Campus:
    return Campus()


def code_now(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def log_in(whom: Person) -> tuple[Client, object]:
    client = Client()
    account(whom)
    return client, client.post("/account/login/", {"login": whom.number, "password": PASSWORD})


def enrol(client: Client) -> str:
    """Through the pages; the secret."""
    page = client.get("/account/second-factor/set-up/?next=/account/codes/").content.decode()
    secret = page.split('<code class="num">')[1].split("</code>")[0]
    answer = client.post("/account/second-factor/set-up/", {"code": code_now(secret)})
    assert answer.headers["Location"] == "/account/second-factor/codes/"
    return secret


def test_until_enrolled_every_page_leads_to_the_set_up(campus: Campus) -> None:
    client, _answer = log_in(campus.counsellor)
    answer = client.get("/account/codes/?number=1")
    assert answer.headers["Location"] == "/account/second-factor/set-up/?next=%2Faccount%2Fcodes%2F%3Fnumber%3D1"
    assert client.get("/account/").status_code == 200


def test_until_passed_every_api_call_is_refused(campus: Campus) -> None:
    client, _answer = log_in(campus.counsellor)
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "second-factor-required")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_whoever_sees_nothing_sensitive_needs_none(campus: Campus) -> None:
    for whom in (campus.monitor, campus.students[1]):
        client, _answer = log_in(whom)
        assert client.get("/account/tokens/").status_code == 200
        assert client.get("/api/v1/me").status_code == 200


def test_enrolling_is_passing_and_leads_on(campus: Campus) -> None:
    client, _answer = log_in(campus.counsellor)
    enrol(client)
    codes = client.get("/account/second-factor/codes/").content.decode()
    assert 'href="/account/codes/"' in codes
    assert client.get("/account/codes/", follow=True).status_code == 200
    assert client.get("/api/v1/me").status_code == 200
    assert Entry.objects.filter(action="account.enrol-second-factor", actor_id=campus.counsellor.pk).exists()


def test_the_secret_is_sealed_at_rest(campus: Campus) -> None:
    client, _answer = log_in(campus.counsellor)
    secret = enrol(client)
    assert secret not in str(Authenticator.objects.get(type="totp").data)


def test_the_next_log_in_asks_for_the_digits(campus: Campus) -> None:
    secret = enrol(log_in(campus.counsellor)[0])
    client, answer = log_in(campus.counsellor)
    assert answer.headers["Location"] == "/account/second-factor/login/"
    assert "_auth_user_id" not in client.session
    wrong = client.post("/account/second-factor/login/", {"code": "000000"})
    assert wrong.status_code == 200
    assert "验证码不对" in wrong.content.decode()
    from django.core.cache import cache

    cache.clear()  # the same digits work once: forget that enrolling used them
    client.post("/account/second-factor/login/", {"code": code_now(secret)})
    assert client.get("/account/codes/", follow=True).status_code == 200


def test_a_recovery_code_stands_in_once(campus: Campus) -> None:
    first, _answer = log_in(campus.counsellor)
    enrol(first)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    for expected in (302, 200):
        client, _answer = log_in(campus.counsellor)
        assert client.post("/account/second-factor/login/", {"code": codes[0]}).status_code == expected


def test_a_session_from_before_enrolment_is_asked_again(campus: Campus) -> None:
    old = browser(campus.counsellor)
    enrol(log_in(campus.counsellor)[0])
    assert old.get("/account/codes/").headers["Location"].startswith("/account/second-factor/again/")


@pytest.mark.parametrize("page", ["", "new/", "download/"])
def test_a_session_that_knows_only_the_password_gets_no_recovery_code(campus: Campus, page: str) -> None:
    old, _answer = log_in(campus.counsellor)
    enrol(log_in(campus.counsellor)[0])
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    for answer in (old.get(f"/account/second-factor/codes/{page}"), old.post(f"/account/second-factor/codes/{page}")):
        assert answer.headers["Location"].startswith("/account/second-factor/again/")
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes


def test_dropping_it_shuts_the_door_again(campus: Campus) -> None:
    client, _answer = log_in(campus.counsellor)
    enrol(client)
    client.post("/account/second-factor/drop/")
    assert not Authenticator.objects.exists()
    assert Entry.objects.filter(action="account.drop-second-factor").exists()
    second, _answer = log_in(campus.counsellor)
    assert second.get("/account/codes/").headers["Location"].startswith("/account/second-factor/set-up/")


def test_a_token_works_only_for_somebody_who_is_enrolled(campus: Campus) -> None:
    headers = {"Authorization": f"Bearer {token(campus.counsellor, 'see-board')}"}
    assert Client().get("/api/v1/me", headers=headers).json()["code"] == "second-factor-required"
    enrol(log_in(campus.counsellor)[0])
    assert Client().get("/api/v1/me", headers=headers).status_code == 200


def test_not_required_nothing_is_asked(campus: Campus, settings: object) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    client, _answer = log_in(campus.counsellor)
    assert client.get("/account/codes/", follow=True).status_code == 200


def test_every_post_that_sees_answers_or_phones_needs_it() -> None:
    without = {role for role in Role if not POLICY[role].second_factor}
    assert without == {Role.CLASS_MONITOR, Role.ROOM_HEAD, Role.GUARDIAN}

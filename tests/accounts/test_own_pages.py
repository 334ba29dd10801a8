"""One's own sessions, tokens, and who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from linglou.foundation.access.roles import Role
from linglou.foundation.accounts.models import ApiToken
from linglou.foundation.accounts.templatetags.accounts import device
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import actions as people_actions
from linglou.foundation.people.models import Person, Post
from linglou.kernel import clock
from tests.factories.accounts import PASSWORD, account, browser, token
from tests.factories.people import Campus, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def student(campus: Campus) -> Person:
    return campus.students[1]


def log_in(whom: Person) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0"})
    account(whom)
    client.post("/account/login/", {"login": whom.number, "password": PASSWORD})
    return client


def test_the_overview_names_person_and_posts(campus: Campus) -> None:
    page = browser(campus.counsellor).get("/account/").content.decode()
    assert campus.counsellor.name in page
    assert f"{campus.classes[0].name} · 辅导员" in page
    assert "岗位要求启用" in page


def test_sessions_are_listed_and_one_can_be_ended(student: Person) -> None:
    here, there = log_in(student), log_in(student)
    page = here.get("/account/sessions/").content.decode()
    assert page.count("微信 · Android") >= 2
    other = UserSession.objects.get(session_key=there.session.session_key)
    assert here.post("/account/sessions/end/", {"id": str(other.pk)}).status_code == 302
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_all_others_can_be_ended(student: Person) -> None:
    here, *others = (log_in(student) for _ in range(3))
    here.post("/account/sessions/end/", {"id": "others"})
    assert [client.get("/account/").status_code for client in (here, *others)] == [200, 302, 302]


def test_ending_this_one_is_leaving(student: Person) -> None:
    here = log_in(student)
    mine = UserSession.objects.get()
    assert here.post("/account/sessions/end/", {"id": str(mine.pk)}).headers["Location"] == "/account/login/"


def test_the_session_of_somebody_else_does_not_exist(campus: Campus, student: Person) -> None:
    here, theirs = log_in(student), log_in(campus.students[2])
    other = UserSession.objects.get(session_key=theirs.session.session_key)
    assert here.post("/account/sessions/end/", {"id": str(other.pk)}).status_code == 404
    assert theirs.get("/account/").status_code == 200


def test_last_seen_moves_every_ten_minutes_not_with_every_page(student: Person) -> None:
    here = log_in(student)
    UserSession.objects.update(last_seen_at=clock.now() - timedelta(minutes=5))
    before = UserSession.objects.get().last_seen_at
    here.get("/account/")
    assert UserSession.objects.get().last_seen_at == before
    UserSession.objects.update(last_seen_at=clock.now() - timedelta(minutes=11))
    here.get("/account/")
    assert UserSession.objects.get().last_seen_at > before


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120 Safari/537 Edg/120", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) Version/17 Safari/604", "Safari · iPhone"),
        ("curl/8", "其他设备"),
    ],
)
def test_a_browser_has_a_name(agent: str, name: str) -> None:
    assert device(agent) == name


def test_a_token_is_shown_once_kept_hashed_and_works(campus: Campus) -> None:
    client = browser(campus.counsellor)
    page = client.post("/account/tokens/", {"name": "学工系统", "days": "30", "verbs": ["see-board"]}).content.decode()
    secret = page.split('id="token">')[1].split("</code>")[0]
    assert secret not in client.get("/account/tokens/").content.decode()
    assert secret not in str(ApiToken.objects.values().get())
    me = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).json()
    assert (me["person"]["id"], me["verbs"]) == (campus.counsellor.pk, ["see-board"])


def test_a_token_cannot_have_more_than_its_owner(student: Person) -> None:
    answer = browser(student).post("/account/tokens/", {"name": "x", "days": "30", "verbs": ["see-what"]})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_revoked_token_stops_at_once(student: Person) -> None:
    headers = {"Authorization": f"Bearer {token(student)}"}
    assert Client().get("/api/v1/me", headers=headers).status_code == 200
    browser(student).post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert Client().get("/api/v1/me", headers=headers).status_code == 401


def test_the_token_of_somebody_else_does_not_exist(campus: Campus, student: Person) -> None:
    token(campus.students[2])
    assert browser(student).post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 404


def test_a_look_shows_who_in_which_post_when_and_what(campus: Campus, student: Person) -> None:
    at = clock.now()
    audit.record_reads(
        by=actor(campus.counsellor), school_id=campus.school.pk, at=at, action="account.login", person_ids=[student.pk]
    )
    page = browser(student).get("/account/looks/").content.decode()
    assert campus.counsellor.name in page
    assert f"{campus.classes[0].name} · 辅导员" in page
    assert f"{clock.local(at):%Y-%m-%d %H:%M}" in page


def test_the_post_is_that_of_the_moment_of_the_look(campus: Campus, student: Person) -> None:
    audit.record_reads(
        by=actor(campus.counsellor), school_id=campus.school.pk, at=clock.now(), action="x.read", person_ids=[student.pk]
    )
    post = Post.objects.get(person=campus.counsellor, superseded_at=None)
    people_actions.dismiss(post=post, at=clock.now(), by=None)
    people_actions.appoint(
        person=campus.counsellor, role=Role.LOGISTICS, unit=campus.school, at=clock.now(), by=None
    )  # fmt: skip
    page = browser(student).get("/account/looks/").content.decode()
    assert "· 辅导员" in page
    assert "后勤" not in page.split("<main")[1]


def test_only_looks_and_only_at_oneself(campus: Campus, student: Person) -> None:
    by = actor(campus.counsellor)
    audit.record_reads(
        by=by, school_id=campus.school.pk, at=clock.now(), action="other.read", person_ids=[campus.students[2].pk, by.person_id]
    )
    audit.record(
        by=by, school_id=campus.school.pk, at=clock.now(), action="own.write", subject_type="person", person_id=student.pk
    )
    page = browser(student).get("/account/looks/").content.decode()
    assert "还没有人看过" in page
    assert "还没有人看过" in browser(campus.counsellor).get("/account/looks/").content.decode()


def test_looks_go_back_page_by_page(campus: Campus, student: Person) -> None:
    at = clock.now()
    for n in range(60):
        audit.record_reads(
            by=actor(campus.counsellor), school_id=campus.school.pk, at=at - timedelta(minutes=n // 7),
            action=f"look.n{n:03}", person_ids=[student.pk],
        )  # fmt: skip
    client, address, seen = browser(student), "/account/looks/", []
    while address:
        page = client.get(address).content.decode()
        seen += [part[:3] for part in page.split("look.n")[1:]]
        address = "/account/looks/" + page.split('rel="next" href="')[1].split('"')[0] if 'rel="next"' in page else ""
    assert len(seen) == len(set(seen)) == 60

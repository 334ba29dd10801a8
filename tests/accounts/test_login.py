"""Log in with number and password; guessing is slow, and tells nothing."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from linglou.foundation.accounts.models import Account
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from tests.factories.accounts import PASSWORD, account, browser
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db
PAGE = "/account/login/"


@pytest.fixture
def student() -> Person:
    whom = Campus().students[1]
    account(whom)
    return whom


def attempt(login: str, password: str = PASSWORD, **more: str) -> tuple[Client, object]:
    client = Client()
    return client, client.post(PAGE, {"login": login, "password": password, **more})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("typed", ["{}", " {} ", "{:lower}"])
def test_number_and_password_log_in(student: Person, typed: str) -> None:
    number = student.number.lower() if "lower" in typed else typed.format(student.number)
    client, answer = attempt(number)
    assert (answer.status_code, answer.headers["Location"], is_in(client)) == (302, "/", True)
    assert Entry.objects.filter(action="account.login", subject_person_id=student.pk).count() == 1


def test_full_width_digits_are_the_same_number(student: Person) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in student.number)
    assert is_in(attempt(wide)[0])


def test_unknown_number_and_wrong_password_answer_alike(student: Person) -> None:
    def said(login: str, password: str) -> str:
        page = attempt(login, password)[1].content.decode()
        return page.split('role="alert">')[1].split("</p>")[0]

    assert said(student.number, "wrong-password") == said("nobody", PASSWORD) == "学号/工号或密码不对。"


def test_the_way_on_is_kept_and_leads_nowhere_else(student: Person) -> None:
    assert attempt(student.number, next="/account/looks/")[1].headers["Location"] == "/account/looks/"
    assert attempt(student.number, next="https://evil.example/")[1].headers["Location"] == "/"


def test_five_failures_and_even_the_right_password_must_wait(student: Person) -> None:
    for _ in range(5):
        attempt(student.number, "wrong-password")
    client, answer = attempt(student.number)
    assert not is_in(client)
    assert "尝试次数过多" in answer.content.decode()


def test_failures_are_counted_for_the_person_whatever_host_and_spelling_the_caller_names(student: Person) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in student.number)
    spellings = [student.number, student.number.lower(), wide, f" {student.number} ", student.number]
    for n, spelling in enumerate(spellings):
        Client().post(PAGE, {"login": spelling, "password": "wrong-password"}, headers={"Host": f"h{n}.example"})
    client = Client()
    answer = client.post(PAGE, {"login": student.number, "password": PASSWORD}, headers={"Host": "another.example"})
    assert not is_in(client)
    assert "尝试次数过多" in answer.content.decode()


def test_a_crowd_of_callers_does_not_wash_out_the_count_of_failures(student: Person) -> None:
    for _ in range(5):
        attempt(student.number, "wrong-password")
    for n in range(1000):
        cache.set(f"somebody-else:{n}", n, 300)
    assert not is_in(attempt(student.number)[0])


def test_a_closed_account_does_not_log_in(student: Person) -> None:
    Account.objects.filter(person=student).update(is_active=False)
    client, _answer = attempt(student.number)
    assert not is_in(client)


def test_not_remembered_lasts_as_long_as_the_browser(student: Person) -> None:
    shared, _ = attempt(student.number)
    own, _ = attempt(student.number, remember="on")
    assert shared.session.get_expire_at_browser_close()
    assert not own.session.get_expire_at_browser_close()


def test_a_page_behind_the_log_in_comes_back(student: Person) -> None:
    answer = Client().get("/account/looks/")
    assert answer.headers["Location"] == "/account/login/?next=%2Faccount%2Flooks%2F"


def test_leaving_takes_a_post(student: Person) -> None:
    client = browser(student)
    client.get("/account/logout/")
    assert is_in(client)
    client.post("/account/logout/")
    assert not is_in(client)


def test_a_changed_password_ends_the_other_sessions(student: Person) -> None:
    here, there = attempt(student.number)[0], attempt(student.number)[0]
    wanted = {"oldpassword": PASSWORD, "password1": "another-horse-8", "password2": "another-horse-8"}
    assert here.post("/account/password/", wanted).headers["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert Entry.objects.filter(action="account.change-password", subject_person_id=student.pk).exists()


def test_a_weak_new_password_is_refused_in_place(student: Person) -> None:
    answer = browser(student).post(
        "/account/password/", {"oldpassword": PASSWORD, "password1": "12345678", "password2": "12345678"}
    )
    assert answer.status_code == 200
    assert account(student).check_password(PASSWORD)


def test_nobody_signs_up_or_resets_by_mail() -> None:
    for page in ("signup/", "password/reset/", "email/", "confirm-email/"):
        assert Client().get(f"/account/{page}").status_code == 404

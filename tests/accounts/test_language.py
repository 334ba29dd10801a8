"""The language of one's messages and pages is chosen on the account page."""

from __future__ import annotations

import pytest
from django.test import Client

from linglou.foundation.accounts.models import Account
from linglou.foundation.accounts.queries import languages_of
from tests.factories.accounts import PASSWORD, account, browser
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


def test_a_language_is_kept_for_messages_and_for_the_pages_of_this_device() -> None:
    campus = Campus()
    student, other = campus.students[:2]
    client = browser(student)
    assert languages_of([student.pk]) == {}
    assert "我的账号" in client.get("/account/").content.decode()
    answer = client.post("/account/language/", {"language": "en"}, follow=True)
    page = answer.content.decode()
    assert "The language has been saved." in page
    assert '<option value="en" lang="en" selected>' in page
    assert languages_of([student.pk, other.pk]) == {student.pk: "en"}
    back = client.post("/account/language/", {"language": "zh-hans"}, follow=True)
    assert "语言已保存。" in back.content.decode()
    assert Account.objects.get(person=student).language == "zh-hans"


def test_a_language_that_we_do_not_speak_is_refused_and_nothing_changes() -> None:
    student = Campus().students[0]
    client = browser(student)
    for typed in ("tlh", "", "EN"):
        answer = client.post("/account/language/", {"language": typed})
        assert (answer.status_code, languages_of([student.pk])) == (422, {})


def test_after_log_in_a_new_device_speaks_it_and_one_with_a_choice_of_its_own_keeps_that() -> None:
    student = Campus().students[0]
    Account.objects.filter(pk=account(student).pk).update(language="en")
    form = {"login": account(student).login, "password": PASSWORD}
    fresh, chosen = Client(), Client()
    chosen.cookies["language"] = "zh-hans"
    for client, expected in ((fresh, "en"), (chosen, "zh-hans")):
        client.post("/account/login/", form)
        assert client.get("/account/").headers["content-language"] == expected

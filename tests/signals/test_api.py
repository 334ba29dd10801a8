"""Signals over the API: the same scope, the same trail, problems by code."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from tests.factories.accounts import token
from tests.factories.people import Campus
from tests.factories.signals import signal

pytestmark = pytest.mark.django_db
VERBS = (Verb.SEE_SIGNALS, Verb.HANDLE_SIGNALS, Verb.SEE_WHAT, Verb.SEE_CONTACT)


@pytest.fixture
def campus() -> Campus:
    return Campus()


class Api:
    def __init__(self, who: Person, *verbs: Verb) -> None:
        self.headers = {"Authorization": f"Bearer {token(who, *verbs)}"}

    def get(self, path: str) -> Any:
        return Client().get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: object = None) -> Any:
        return Client().post(f"/api/v1{path}", body, content_type="application/json", headers=self.headers)


def test_list_and_one(campus: Campus) -> None:
    one = signal(campus.students[0], campus.classes[0])
    api = Api(campus.counsellor, *VERBS)
    page = api.get("/signals").json()
    assert (page["total"], [item["id"] for item in page["items"]]) == (1, [one.pk])
    assert api.get("/signals?state=settled").json()["items"] == []
    assert api.get(f"/signals?unit={campus.classes[1].pk}").json()["items"] == []
    assert api.get("/signals?state=nonsense").status_code == 422
    shown = api.get(f"/signals/{one.pk}").json()
    assert (shown["because"], shown["phone"], shown["answers"]) == ({"temperature": 38.1}, "", [])
    assert Entry.objects.filter(is_read=True, subject_person_id=campus.students[0].pk).count() == 4


def test_a_token_without_the_verb_gets_less(campus: Campus) -> None:
    one = signal(campus.students[0], campus.classes[0])
    narrow = Api(campus.counsellor, Verb.SEE_SIGNALS)
    shown = narrow.get(f"/signals/{one.pk}").json()
    assert (shown["phone"], shown["answers"]) == (None, None)
    assert narrow.post(f"/signals/{one.pk}/handle").status_code == 403
    assert Api(campus.counsellor, Verb.SEE_NAMES).get("/signals").json()["code"] == "not-allowed"


def test_handle_and_settle(campus: Campus) -> None:
    one = signal(campus.students[0], campus.classes[0])
    api = Api(campus.counsellor, *VERBS)
    early = api.post(f"/signals/{one.pk}/settle", {"outcome": "excluded"})
    assert (early.status_code, early.json()["code"]) == (409, "signal-state")
    assert api.post(f"/signals/{one.pk}/handle").json()["state"] == "handling"
    assert api.post(f"/signals/{one.pk}/settle", {"outcome": "nonsense"}).status_code == 422
    done = api.post(f"/signals/{one.pk}/settle", {"outcome": "excluded", "note": "复测正常"}).json()
    assert (done["state"], done["outcome"], done["note"]) == ("settled", "excluded", "复测正常")


def test_out_of_scope_is_absent(campus: Campus) -> None:
    other = signal(campus.students[3], campus.classes[1])
    api = Api(campus.counsellor, *VERBS)
    assert api.get(f"/signals/{other.pk}").json()["code"] == "not-found"
    assert api.post(f"/signals/{other.pk}/handle").json()["code"] == "not-found"

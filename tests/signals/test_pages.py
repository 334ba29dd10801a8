"""The pages of signals: who sees what, what each look leaves behind, and the way from new to settled."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linglou.domains.signals.models import Signal
from linglou.flows.tick import tick
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.boards import looking
from tests.factories.people import Campus, holder
from tests.factories.signals import new_signal, record, signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    campus = Campus()
    Person.objects.filter(pk=campus.students[0].pk).update(phone="+8613800138000", guardian_phone="+8613900139000")
    return campus


def fever(campus: Campus, **changes: object) -> Signal:
    """By a rule that stands in the packs, about the first student."""
    rule = next(rule for rule in rulebook.all_rules() if rule.rule_id.startswith("SCH"))
    fields: dict[str, object] = {"rule_id": rule.rule_id, "rule_edition": rule.edition, "because": {"temperature": 39.2}}
    return signal(campus.students[0], campus.classes[0], **(fields | changes))


def test_the_list_shows_what_is_unfinished_and_each_person_shown_is_on_record(campus: Campus) -> None:
    fever(campus)
    answer = looking(campus.counsellor).get("/signals/")
    text = answer.content.decode()
    assert campus.students[0].name in text
    assert "体温 39.2 ℃" in text
    assert Entry.objects.filter(action="signal.list", subject_person_id=campus.students[0].pk).count() == 1
    assert campus.students[0].name not in looking(campus.counsellor).get("/signals/?state=settled").content.decode()


def test_filters_that_mean_nothing_are_ignored(campus: Campus) -> None:
    fever(campus)
    for query in ("?state=nonsense", "?severity=99", "?unit=x", "?page=999", "?severity=", "?unit=999999999999999999"):
        answer = looking(campus.counsellor).get(f"/signals/{query}")
        assert answer.status_code == 200
        assert campus.students[0].name in answer.content.decode()


def test_an_empty_list_says_what_will_come(campus: Campus) -> None:
    assert "这里没有异常信号" in looking(campus.counsellor).get("/signals/").content.decode()


def test_the_page_shows_rule_facts_phone_and_who_is_responsible(campus: Campus) -> None:
    one = fever(campus)
    holder(Role.CLINIC, campus.school)
    tick(clock.now())
    text = looking(campus.counsellor).get(f"/signals/{one.pk}/").content.decode()
    for shown in (
        "体温 39.2 ℃",
        one.rule_id,
        "13800138000",
        "13900139000",
        campus.counsellor.name,
        "开始处置",
        campus.rooms[0].name,
    ):
        assert shown in text
    actions = set(Entry.objects.filter(subject_person_id=campus.students[0].pk, is_read=True).values_list("action", flat=True))
    assert actions == {"signal.read", "person.read-contact", "response.read"}


def test_a_rule_that_the_packs_no_longer_hold_is_shown_by_its_id(campus: Campus) -> None:
    one = fever(campus, rule_id="GONE-1", rule_edition="2001")
    assert "GONE-1" in looking(campus.counsellor).get(f"/signals/{one.pk}/").content.decode()


def test_from_new_to_settled(campus: Campus) -> None:
    one, client = fever(campus), looking(campus.counsellor)
    assert client.post(f"/signals/{one.pk}/handle/").status_code == 302
    assert "记录结果" in client.get(f"/signals/{one.pk}/").content.decode()
    wrong = client.post(f"/signals/{one.pk}/settle/", {"note": "没有选结果"})
    assert wrong.status_code == 422
    assert "没有选结果" in wrong.content.decode()
    assert client.post(f"/signals/{one.pk}/settle/", {"outcome": "held-at-clinic", "note": "留观一晚"}).status_code == 302
    text = client.get(f"/signals/{one.pk}/").content.decode()
    assert "校医院留观" in text
    assert "留观一晚" in text
    again = client.post(f"/signals/{one.pk}/handle/")
    assert again.status_code == 409
    assert "已处置" in again.content.decode()


def test_the_dean_sees_it_and_has_no_button(campus: Campus) -> None:
    one, dean = fever(campus), looking(holder(Role.DEAN, campus.college))
    assert "开始处置" not in dean.get(f"/signals/{one.pk}/").content.decode()
    assert dean.post(f"/signals/{one.pk}/handle/").status_code == 403


def test_out_of_scope_and_absent_answer_alike(campus: Campus) -> None:
    one = fever(campus)
    stranger = looking(holder(Role.COUNSELLOR, campus.classes[1]))
    seen = [stranger.get(f"/signals/{pk}/") for pk in (one.pk, 10**9)]
    assert [answer.status_code for answer in seen] == [404, 404]
    assert stranger.post(f"/signals/{one.pk}/handle/").status_code == 404
    assert browser(campus.monitor).get("/signals/").status_code == 403
    assert Client().get("/signals/").status_code == 302
    assert not Entry.objects.filter(is_read=True).exists()


def test_the_list_costs_the_same_for_three_and_for_thirty(campus: Campus) -> None:
    client = looking(campus.office)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/signals/")
        return len(queries)

    record(*(new_signal(student, campus.classes[0]) for student in campus.students[:3]))
    client.get("/signals/")
    few = cost()
    record(*(new_signal(student, campus.classes[0]) for student in campus.students * 5))
    assert cost() == few

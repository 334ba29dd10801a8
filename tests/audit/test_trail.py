"""The trail is searched, paged and exported by who may, and shows no answer."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client

from linglou.foundation.access.roles import Role
from linglou.foundation.audit import actions as audit
from linglou.foundation.audit import queries
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories import people
from tests.factories.accounts import browser
from tests.factories.people import Campus, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def auditor(campus: Campus) -> Client:
    return browser(people.holder(Role.AUDITOR, campus.school))


def note(campus: Campus, whom: Person, action: str = "person.read-contact", **more: object) -> None:
    at = more.pop("at", clock.now())
    audit.record(
        by=actor(campus.counsellor), school_id=campus.school.pk, at=at, action=action, subject_type="person",
        subject_id=whom.pk, person_id=whom.pk, is_read=action.startswith("person.read"), **more,
    )  # fmt: skip


def body(client: Client, **search: str) -> str:
    answer = client.get("/audit/", search)
    assert answer.status_code == 200
    return answer.content.decode().split("<tbody>")[-1].split("</tbody>")[0] if "<tbody>" in answer.content.decode() else ""


def test_an_entry_says_who_did_what_to_whom(campus: Campus, auditor: Client) -> None:
    whom = campus.students[1]
    note(campus, whom)
    found = body(auditor, person=whom.number, action="person.read-contact")
    assert all(part in found for part in (campus.counsellor.name, "查看联系电话", whom.name, whom.number))


def test_each_part_of_the_search_narrows_it(campus: Campus, auditor: Client) -> None:
    first, second = campus.students[1:3]
    note(campus, first, name="一")
    note(campus, second, name="二", at=clock.now() - timedelta(days=3))
    note(campus, second, "excuse.approve", name="三")
    today, before = clock.day_of(clock.now()), clock.day_of(clock.now()) - timedelta(days=3)

    def names(**search: str) -> set[str]:
        found = body(auditor, **search)
        return {name for name in "一二三" if f"名称 {name}" in found}

    assert names() == set("一二三")
    assert names(person=first.number) == {"一"}
    assert names(person=second.number, action="excuse.approve") == {"三"}
    assert names(actor=campus.counsellor.number) == set("一二三")
    assert names(since=today.isoformat()) == {"一", "三"}
    assert names(until=before.isoformat()) == {"二"}
    assert names(person="no-such-number") == set()


def test_a_first_look_shows_the_last_week(campus: Campus, auditor: Client) -> None:
    note(campus, campus.students[1], name="旧", at=clock.now() - timedelta(days=20))
    assert "名称 旧" not in body(auditor)
    assert "名称 旧" in body(auditor, since=(clock.day_of(clock.now()) - timedelta(days=30)).isoformat())


def test_an_answer_that_slipped_into_a_detail_stays_unseen(campus: Campus, auditor: Client) -> None:
    note(campus, campus.students[1], answers={"temperature": 38.7}, symptoms=["咳嗽"], temperature="38.7")
    found = auditor.get("/audit/").content.decode()
    assert "38.7" not in found
    assert "咳嗽" not in found
    assert "38.7" not in str(rows(auditor.post("/audit/export/", {}).content))


def test_the_administrator_does_not_learn_who_has_a_signal(campus: Campus, auditor: Client) -> None:
    """That somebody's signal was read tells that they reported something."""
    administrator, whom = browser(people.holder(Role.ADMINISTRATOR, campus.school)), campus.students[1]
    for action in ("signal.read", "signal.settle", "task.settle", "person.read-contact"):
        note(campus, whom, action)
    by = campus.counsellor.number
    every, about = body(administrator, actor=by), body(administrator, actor=by, person=whom.number)
    assert all(word in every for word in ("查看异常信号", "了结异常信号", "办结任务", "查看联系电话"))
    assert every.count(whom.number) == about.count(whom.number) == 1
    assert "异常信号" not in about
    assert str(rows(administrator.post("/audit/export/", {"actor": by}).content)).count(whom.number) == 1
    assert body(auditor, actor=by, person=whom.number).count(whom.number) == 4


def test_pages_neither_repeat_nor_skip_also_within_one_moment(campus: Campus) -> None:
    at = clock.now()
    for n in range(23):
        note(campus, campus.students[1], "x.page", at=at - timedelta(seconds=n // 10))
    wanted = queries.Filter((campus.school.pk,), action="x.page")
    seen: list[int] = []
    before = None
    while True:
        page = queries.trail(wanted, before=before, limit=5)
        seen += [entry.id for entry in page.entries]
        if page.older is None:
            break
        before = queries.parse_cursor(str(page.older))
    expected = Entry.objects.filter(action="x.page").order_by("-at", "-id").values_list("id", flat=True)
    assert seen == list(expected)


def test_a_page_is_one_query_whatever_the_length(campus: Campus, django_assert_num_queries: object) -> None:
    for _ in range(30):
        note(campus, campus.students[1], "x.page")
    with django_assert_num_queries(1):
        queries.trail(queries.Filter((campus.school.pk,)), limit=20)


@pytest.mark.parametrize("text", ["", "~", "nonsense", "2026-11-23T00:00:00~1", "2026-11-23T00:00:00+00:00~x", "~5", "9" * 50])
def test_a_bent_cursor_starts_at_the_top(text: str) -> None:
    assert queries.parse_cursor(text) is None


def test_bad_days_are_said_in_place(auditor: Client) -> None:
    answer = auditor.get("/audit/", {"since": "2026-11-23", "until": "2026-11-01"})
    assert answer.status_code == 422
    assert "结束日期早于开始日期" in answer.content.decode()


def rows(content: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def test_the_export_is_watermarked_and_is_itself_an_entry(campus: Campus) -> None:
    who = people.holder(Role.AUDITOR, campus.school)
    note(campus, campus.students[1], name="=1+1")
    answer = browser(who).post("/audit/export/", {"person": campus.students[1].number})
    table = rows(answer.content)
    assert who.name in str(table[0][0])
    assert f"{clock.day_of(clock.now())}" in str(table[0][0])
    assert any("=1+1" in str(row[5]) and row[0] != "=1+1" for row in table[3:])
    entry = Entry.objects.get(action="audit.export")
    assert entry.actor_id == who.pk
    assert entry.detail["rows"] == len(table) - 3


def test_another_schools_trail_is_not_there(campus: Campus) -> None:
    elsewhere = Campus()
    note(campus, campus.students[1], name="别校")
    auditor = browser(people.holder(Role.AUDITOR, elsewhere.school))
    assert "名称 别校" not in body(auditor)
    assert "名称 别校" not in body(auditor, person=campus.students[1].number)


@pytest.mark.parametrize("role", [Role.PREVENTION_OFFICE, Role.COMMAND_GROUP, Role.CLINIC])
def test_who_answers_for_people_does_not_read_the_trail(campus: Campus, role: Role) -> None:
    client = browser(people.holder(role, campus.school))
    assert client.get("/audit/").status_code == 403
    assert client.post("/audit/export/").status_code == 403

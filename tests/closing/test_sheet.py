"""Closing by hand, the sheet within one's scope, its file, and verifying it."""

from __future__ import annotations

import io

import pytest
from django.db import connection
from openpyxl import load_workbook

from linglou.engines.rounds.models import Closing, ClosingUnit, State
from linglou.engines.tasks.models import Task
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from tests.factories.boards import Morning, looking
from tests.factories.people import Campus, holder
from tests.factories.rounds import submission, submit

pytestmark = pytest.mark.django_db


class Closed(Morning):
    def __init__(self) -> None:
        super().__init__()
        answer = looking(self.campus.office).post(f"/closings/{self.round.pk}/close/")
        assert answer.status_code == 302
        self.url = f"/closings/{self.round.pk}/"


@pytest.fixture
def closed() -> Closed:
    return Closed()


def test_closing_by_hand_asks_first_and_then_opens_the_search() -> None:
    morning = Morning()
    url = f"/closings/{morning.round.pk}/close/"
    client = looking(morning.campus.office)
    asked = client.get(url).content.decode()
    assert "确认结账" in asked
    assert "还没到截止时间" in asked
    assert not Closing.objects.exists()
    done = client.post(url, follow=True).content.decode()
    assert "应报 6 = 已报 2 + 免报 1 + 未报 3" in done
    assert Task.objects.filter(kind="missing").count() == 3
    morning.round.refresh_from_db()
    assert morning.round.state == State.CLOSED
    assert client.post(url).status_code == 409
    assert client.get(url).status_code == 409


def test_who_may_close() -> None:
    morning = Morning()
    url = f"/closings/{morning.round.pk}/close/"
    for who in (morning.campus.secretary, morning.campus.counsellor, morning.campus.monitor):
        assert looking(who).post(url).status_code == 403
    assert looking(Campus().office).post(url).status_code == 404
    assert not Closing.objects.exists()
    assert looking(morning.campus.command).post(url).status_code == 302


def test_the_sheet_names_the_missing_with_owner_and_outcome(closed: Closed) -> None:
    campus = closed.campus
    first = closed.missing[0]
    looking(campus.counsellor).post(f"/attempts/{closed.round.pk}/{first.pk}/", {"result": "reached"})
    task = Task.objects.get(about=first)
    Task.objects.filter(pk=task.pk).update(state="done", outcome="on-leave", settled_at=task.opened_at)
    submit(submission(closed.round, closed.missing[1]))
    shown = looking(campus.office).get(closed.url).content.decode()
    assert all(student.name in shown for student in closed.missing)
    assert campus.counsellor.name in shown
    assert campus.secretary.name in shown
    assert "请假离校，已核实去向" in shown
    assert "1 次 · 已联系上" in shown
    assert "已迟报" in shown
    assert "结账后迟报 1 人，不改变本表" in shown
    closing = Closing.objects.get()
    assert closing.digest in shown


def test_a_college_sees_its_own_part_only(closed: Closed) -> None:
    campus = closed.campus
    counsellor = looking(campus.counsellor).get(closed.url).content.decode()
    assert closed.missing[0].name in counsellor
    assert closed.missing[1].name not in counsellor
    listed = looking(campus.counsellor).get("/closings/").content.decode()
    assert closed.round.title in listed
    assert looking(campus.counsellor).get(f"{closed.url}?unit={campus.classes[1].pk}").status_code == 404
    narrowed = looking(campus.office).get(f"{closed.url}?unit={campus.classes[1].pk}").content.decode()
    assert closed.missing[0].name not in narrowed
    assert closed.missing[1].name in narrowed
    assert looking(Campus().office).get(closed.url).status_code == 404
    assert looking(holder(Role.GATE, campus.school)).get(closed.url).status_code == 403
    assert looking(campus.monitor).get("/closings/").status_code == 403


def test_a_running_round_says_when_it_closes() -> None:
    morning = Morning()
    office = looking(morning.campus.office).get(f"/closings/{morning.round.pk}/").content.decode()
    assert "还没有结账" in office
    assert "现在结账" in office
    secretary = looking(morning.campus.secretary).get(f"/closings/{morning.round.pk}/").content.decode()
    assert "现在结账" not in secretary
    assert "现在结账" in looking(morning.campus.office).get("/closings/").content.decode()


def test_the_sheet_can_be_verified_on_the_spot(closed: Closed) -> None:
    client = looking(closed.campus.secretary)
    assert "完全一致" in client.get(f"{closed.url}verify/", headers={"HX-Request": "true"}).content.decode()
    assert client.get(f"{closed.url}verify/").headers["Location"] == f"{closed.url}?verify=1"
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        ClosingUnit.objects.filter(unit_id=closed.campus.classes[0].pk).update(responded=3, missing=0)
        cursor.execute("SET session_replication_role = DEFAULT")
    shown = client.get(f"{closed.url}?verify=1").content.decode()
    assert "被改动过" in shown
    assert closed.campus.classes[0].name in shown


def test_the_file_holds_the_sheet_and_who_took_it(closed: Closed) -> None:
    submit(submission(closed.round, closed.missing[1]))
    answer = looking(closed.campus.office).get(f"{closed.url}export/")
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["汇总", "单位", "未报", "迟报"]
    for sheet in book:
        assert closed.campus.office.name in sheet["A2"].value
        assert closed.campus.office.name in sheet.oddHeader.right.text
    summary = {row[0]: row[1] for row in book["汇总"].iter_rows(min_row=4, values_only=True)}
    assert (summary["应报"], summary["已报"], summary["免报"], summary["未报"]) == (6, 2, 1, 3)
    assert summary["本份摘要"] == Closing.objects.get().digest
    names = [row[1] for row in book["未报"].iter_rows(min_row=4, values_only=True)]
    assert sorted(names) == sorted(student.name for student in closed.missing)
    assert book["迟报"]["B4"].value == closed.missing[1].name
    assert Entry.objects.filter(action="closing.export", actor_id=closed.campus.office.pk).count() == 1

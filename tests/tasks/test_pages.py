"""The pages of tasks: mine, my units', one task with its history; settling and handing on."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linglou.engines.notifications.models import Notification
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.boards import looking
from tests.factories.people import Campus
from tests.factories.tasks import task

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_mine_stand_by_deadline_and_an_empty_list_says_so(campus: Campus) -> None:
    assert "没有待办任务" in text(browser(campus.students[5]), "/tasks/")
    task(campus.classes[0], owner=campus.counsellor, title="晚的", due_at=clock.now().replace(year=2099))
    task(campus.classes[0], owner=campus.counsellor, title="早的")
    shown = text(looking(campus.counsellor), "/tasks/")
    assert shown.index("早的") < shown.index("晚的")
    assert "已逾期" in shown


def test_my_units_with_the_load_of_each_owner(campus: Campus) -> None:
    task(campus.classes[0], owner=campus.counsellor, title="一班的")
    task(campus.classes[1], owner=campus.secretary, title="二班的")
    shown = text(looking(campus.secretary), "/tasks/unit/")
    assert all(word in shown for word in ("一班的", "二班的", campus.counsellor.name, campus.secretary.name))
    narrowed = text(looking(campus.secretary), f"/tasks/unit/?owner={campus.counsellor.pk}")
    assert "一班的" in narrowed
    assert "二班的" not in narrowed
    assert "二班的" not in text(looking(campus.counsellor), "/tasks/unit/")
    assert browser(campus.monitor).get("/tasks/unit/").status_code == 403


def test_settling_a_search_task(campus: Campus) -> None:
    one = task(campus.classes[0], owner=campus.counsellor, kind="missing", key="missing:1:2", title="查找未报人员：某")
    client = looking(campus.counsellor)
    assert "已联系上，平安" in text(client, f"/tasks/{one.pk}/")
    assert client.post(f"/tasks/{one.pk}/settle/", {"outcome": "nonsense"}).status_code == 422
    done = client.post(f"/tasks/{one.pk}/settle/", {"outcome": "reached", "note": "在图书馆"}, follow=True)
    assert f"已办结：查找未报人员：{campus.classes[0].name}" in done.content.decode()
    shown = text(client, f"/tasks/{one.pk}/")
    assert "在图书馆" in shown
    assert client.post(f"/tasks/{one.pk}/settle/", {"outcome": "reached"}).status_code == 409


def test_handing_on_tells_the_new_owner(campus: Campus) -> None:
    one = task(campus.classes[0], owner=campus.counsellor)
    client = looking(campus.counsellor)
    assert client.post(f"/tasks/{one.pk}/hand-on/", {"to": campus.students[0].pk}).status_code == 422
    assert client.post(f"/tasks/{one.pk}/hand-on/", {"to": campus.secretary.pk, "note": "出差"}).status_code == 302
    assert Notification.objects.get().person == campus.secretary
    assert "出差" in text(client, f"/tasks/{one.pk}/")
    one.refresh_from_db()
    assert one.owner == campus.secretary


def test_somebody_elses_task_is_absent(campus: Campus) -> None:
    one = task(campus.classes[0], owner=campus.counsellor)
    client = browser(campus.monitor)
    for pk in (one.pk, 10**9):
        assert client.get(f"/tasks/{pk}/").status_code == 404
        assert client.post(f"/tasks/{pk}/settle/", {"outcome": "done"}).status_code == 404
        assert client.post(f"/tasks/{pk}/hand-on/", {"to": campus.secretary.pk}).status_code == 404
    assert Client().get("/tasks/").status_code == 302


def test_lists_cost_the_same_however_long(campus: Campus) -> None:
    client = looking(campus.secretary)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            text(client, path)
        return len(queries)

    task(campus.classes[0], owner=campus.secretary)
    text(client, "/tasks/")
    few = cost("/tasks/"), cost("/tasks/unit/")
    for _n in range(12):
        task(campus.classes[0], owner=campus.secretary)
    assert (cost("/tasks/"), cost("/tasks/unit/")) == few

"""The pages of the inbox and of channels."""

from __future__ import annotations

import pytest
from django.test import Client

from linglou.engines.notifications import actions, queries
from linglou.engines.notifications.models import Channel, Delivery, Notification
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.boards import looking
from tests.factories.notifications import channel, http_receiver
from tests.factories.people import Campus, holder

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def tell(person: Person, key: str, link: str = "/tasks/") -> Notification:
    actions.notify(
        school_id=person.school_id, topic="t", key=key, subject=f"主题{key}", body="请处理。", link=link, person_id=person.pk,
        at=clock.now(),
    )  # fmt: skip
    return Notification.objects.get(key=key)


def test_reading_leads_where_the_message_points(campus: Campus) -> None:
    student = campus.students[5]
    client = browser(student)
    assert "还没有消息" in client.get("/inbox/").content.decode()
    one = tell(student, "a")
    tell(student, "b")
    assert "2 条未读" in client.get("/inbox/").content.decode()
    answer = client.post(f"/inbox/{one.pk}/read/")
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
    assert queries.unread_count(student.pk) == 1
    client.post("/inbox/read/")
    assert "没有未读消息" in client.get("/inbox/").content.decode()


@pytest.mark.parametrize("link", ["", "https://elsewhere.test/", "//elsewhere.test/"])
def test_a_link_that_leads_elsewhere_is_not_followed(campus: Campus, link: str) -> None:
    one = tell(campus.students[5], "a", link)
    assert browser(campus.students[5]).post(f"/inbox/{one.pk}/read/")["Location"] == "/inbox/"


def test_another_persons_message_is_absent(campus: Campus) -> None:
    one = tell(campus.students[5], "a")
    assert browser(campus.students[4]).post(f"/inbox/{one.pk}/read/").status_code == 404
    assert queries.unread_count(campus.students[5].pk) == 1
    assert Client().get("/inbox/").status_code == 302


def test_adding_testing_pausing_and_removing_a_channel(campus: Campus) -> None:
    client = browser(campus.students[5])
    wrong = client.post("/channels/", {"name": "邮箱", "address": "not an address"})
    assert wrong.status_code == 422
    assert "not an address" in wrong.content.decode()
    assert client.post("/channels/", {"name": "邮箱", "address": "li.na@mail.test"}).status_code == 302
    one = Channel.objects.get()
    shown = client.get("/channels/").content.decode()
    assert "li***@mail.test" in shown
    assert "li.na@mail.test" not in shown
    client.post(f"/channels/{one.pk}/test/")
    assert Delivery.objects.get().channel == one
    assert "正在发送" in client.get(f"/channels/{one.pk}/").content.decode()
    client.post(f"/channels/{one.pk}/switch/")
    assert "已停用" in client.get("/channels/").content.decode()
    client.post(f"/channels/{one.pk}/remove/")
    assert not Channel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_test_message_arrives_and_the_row_says_so() -> None:
    campus = Campus()
    client = looking(campus.counsellor)
    with http_receiver() as receiver:
        client.post("/channels/", {"name": "群", "address": receiver.address})
        one = Channel.objects.get()
        client.post(f"/channels/{one.pk}/test/")
        actions.deliver(at=clock.now())
    assert receiver.subjects == ["零漏：测试消息"]
    row = client.get(f"/channels/{one.pk}/").content.decode()
    assert "已送出" in row
    assert "hx-trigger" not in row


def test_a_units_group_is_named_and_only_the_office_and_the_administrator_add_one(campus: Campus) -> None:
    typed = {"unit": campus.classes[0].name, "name": "班级群", "address": "feishu://abc-123/"}
    for keeper in (campus.office, holder(Role.ADMINISTRATOR, campus.school)):
        assert looking(keeper).post("/channels/groups/", typed).status_code == 302
    assert set(Channel.objects.values_list("unit", "person")) == {(campus.classes[0].pk, None)}
    unknown = looking(campus.office).post("/channels/groups/", typed | {"unit": "没有这个班"})
    assert unknown.status_code == 422
    assert "没有找到这个单位" in unknown.content.decode()
    for other in (looking(campus.counsellor), browser(campus.students[5])):
        assert other.post("/channels/groups/", typed).status_code == 403
    assert "单位工作群" not in browser(campus.students[5]).get("/channels/").content.decode()


def test_somebody_elses_channel_is_absent(campus: Campus) -> None:
    one = channel("x@mail.test", person=campus.counsellor)
    client = browser(campus.students[5])
    assert client.get(f"/channels/{one.pk}/").status_code == 404
    for what in ("test", "switch", "remove"):
        assert client.post(f"/channels/{one.pk}/{what}/").status_code == 404
    assert Channel.objects.filter(is_active=True).exists()

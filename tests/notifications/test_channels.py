"""Which addresses may be entered, by whom; how they are kept and shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from linglou.engines.notifications import access, actions, queries, sending
from linglou.engines.notifications.models import Channel, Delivery
from linglou.engines.notifications.problems import BAD_ADDRESS
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND, TOO_MANY_TRIES
from linglou.kernel.problems import Problem
from tests.factories.notifications import channel
from tests.factories.people import Campus, actor, holder

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7fe3-4bc4-97a0-0ec2a1fa5aaa"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789"
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/693a91f6-7fe3-4bc4"


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("li.na@mail.test", "email"),
        (WECOM, "wecombot"), (DINGTALK, "dingtalk"), (FEISHU, "feishu"),
        ("wecombot://693a91f6-7fe3-4bc4-97a0-0ec2a1fa5aaa", "wecombot"), ("dingtalk://abcdef0123456789/", "dingtalk"),
        ("feishu://abc-123/", "feishu"),
        ("json://127.0.0.1:8080/hook", "json"), ("jsons://hook.test/x", "jsons"),
        ("mailto://user:pw@smtp.test:25?from=a@b.test&to=c@d.test", "mailto"),
        ("", None), ("hello", None), ("https://example.test/hook", None), ("file:///etc/passwd", None),
        ("syslog://", None), ("json://", None), ("mailto://", None), ("a@b", None), ("a@b.test?to=x@y.test", None),
        (DINGTALK.replace("access_token=abcdef0123456789", ""), None),
    ],
)  # fmt: skip
def test_the_kind_of_an_address(typed: str, kind: str | None) -> None:
    assert sending.kind_of(sending.normalise(typed)) == kind


@pytest.mark.parametrize(
    "address",
    ["someone.long@mail.test", WECOM, DINGTALK, FEISHU, "json://user:secret0123@hook.test/secret0123?token=secret0123"],
)
def test_a_masked_address_gives_no_secret_away(address: str) -> None:
    shown = sending.masked(sending.normalise(address))
    assert shown
    assert not any(secret in shown for secret in ("secret0123", "693a91f6", "abcdef", "someone"))


@pytest.mark.parametrize("address", ["json://127.0.0.1:8080/hook", "mailto://u:p@smtp.test?from=a@b.test&to=c@d.test"])
def test_only_staff_make_this_machine_connect_to_a_server_of_their_choice(campus: Campus, address: str) -> None:
    for person in (campus.students[1], campus.monitor):
        with pytest.raises(Problem) as refused:
            actions.add_channel(by=actor(person), name="x", address=address, at=clock.now())
        assert refused.value.kind is BAD_ADDRESS
        assert refused.value.errors[0].field == "address"
        assert actions.add_channel(by=actor(person), name="x", address="x@mail.test", at=clock.now()).person == person
    assert actions.add_channel(by=actor(campus.counsellor), name="x", address=address, at=clock.now())


def test_the_address_is_sealed_in_the_database_and_kept_out_of_the_trail(campus: Campus) -> None:
    one = actions.add_channel(by=actor(campus.counsellor), name="群", address=DINGTALK, at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM notifications_channel WHERE id = %s", [one.pk])
        assert "abcdef" not in cursor.fetchone()[0]
    assert Channel.objects.get().address == "dingtalk://abcdef0123456789/"
    assert "abcdef" not in str(Entry.objects.get(action="channel.add").detail)


def test_a_unit_group_is_kept_by_office_and_administrator_only(campus: Campus) -> None:
    admin = holder(Role.ADMINISTRATOR, campus.school)
    group = channel(FEISHU, unit=campus.classes[0])
    own = channel("x@mail.test", person=campus.counsellor)
    for keeper in (campus.office, admin):
        assert access.channel_for(actor(keeper), group.pk) == group
        assert access.unit_for(actor(keeper), campus.classes[0].pk) == campus.classes[0]
        assert access.may_keep_unit_channels(actor(keeper))
    assert access.channel_for(actor(campus.counsellor), own.pk) == own
    for who, what in ((campus.counsellor, group), (campus.office, own)):
        with pytest.raises(Problem) as refused:
            access.channel_for(actor(who), what.pk)
        assert refused.value.kind is NOT_FOUND
    with pytest.raises(Problem):
        access.unit_for(actor(campus.counsellor), campus.classes[0].pk)


def test_a_test_message_goes_through_that_channel_alone(campus: Campus) -> None:
    by = actor(campus.counsellor)
    one, _other = (channel("x@mail.test", person=campus.counsellor) for _n in range(2))
    actions.send_test(channel=one, by=by, at=clock.now())
    assert [delivery.channel for delivery in Delivery.objects.all()] == [one]
    assert [c.last_state for c in queries.channels_with_last_delivery(by)] == ["pending", None]
    assert queries.unread_count(campus.counsellor.pk) == 0


def test_nobody_floods_an_address_with_tests(campus: Campus) -> None:
    by, at = actor(campus.students[1]), clock.now()
    for _n in range(actions.TESTS_AN_HOUR):
        one = channel("somebody-else@mail.test", person=campus.students[1])
        actions.send_test(channel=one, by=by, at=at)
    with pytest.raises(Problem) as refused:
        actions.send_test(channel=one, by=by, at=at)
    assert refused.value.kind is TOO_MANY_TRIES
    actions.send_test(channel=one, by=by, at=at + timedelta(hours=1, seconds=1))
    actions.send_test(channel=channel("x@mail.test", person=campus.counsellor), by=actor(campus.counsellor), at=at)


def test_pausing_and_removing_leave_a_trail(campus: Campus) -> None:
    by = actor(campus.counsellor)
    one = channel("x@mail.test", person=campus.counsellor)
    actions.switch_channel(channel=one, is_active=False, by=by, at=clock.now())
    assert not Channel.objects.get().is_active
    actions.remove_channel(channel=one, by=by, at=clock.now())
    assert not Channel.objects.exists()
    assert list(Entry.objects.order_by("id").values_list("action", flat=True))[-2:] == ["channel.pause", "channel.remove"]

"""What is in the outbox arrives at a real HTTP receiver and a real SMTP server: in order, retried, given up, never doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from linglou.engines.notifications import actions, rules, sending
from linglou.engines.notifications.models import Delivery, Notification
from linglou.kernel import clock
from tests.factories.notifications import channel, http_receiver, smtp_server
from tests.factories.people import Campus
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campus() -> Campus:
    return Campus()


def tell(campus: Campus, *subjects: str) -> None:
    at = clock.now()
    for subject in subjects:
        actions.notify(
            school_id=campus.school.pk, topic="test", key=subject, subject=subject, body="请打开名单。", link="/work/",
            person_id=campus.counsellor.pk, at=at,
        )  # fmt: skip


def deliver_all(at: object = None) -> int:
    done = 0
    while sent := actions.deliver(at=at or clock.now()):  # type: ignore[arg-type]
        done += sent
    return done


def test_a_webhook_gets_subject_body_and_link_in_order(campus: Campus, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://linglou.school.test"
    subjects = [f"第{n}条" for n in range(20)]
    with http_receiver() as receiver:
        channel(receiver.address, person=campus.counsellor)
        tell(campus, *subjects)
        assert deliver_all() == 20
    assert receiver.subjects == subjects
    assert receiver.bodies[0]["message"] == "请打开名单。\n\nhttps://linglou.school.test/work/"
    assert set(Delivery.objects.values_list("state", "tries")) == {("sent", 1)}


def test_mail_goes_through_a_server_of_ones_own_and_through_the_schools(campus: Campus, settings: Settings) -> None:
    with smtp_server() as mailbox:
        settings.MAIL_SERVER = mailbox.server_address
        channel("li.na@mail.test", person=campus.counsellor)
        channel(f"{mailbox.server_address}&to=group@mail.test", person=campus.counsellor)
        tell(campus, "您有 3 人未报")
        assert deliver_all() == 2
    letters = sorted(mailbox.letters)
    assert [to for to, _subject, _text in letters] == [["group@mail.test"], ["li.na@mail.test"]]
    assert {subject for _to, subject, _text in letters} == {"您有 3 人未报"}
    assert all("请打开名单。" in text and "/work/" in text for _to, _subject, text in letters)


def test_an_error_is_retried_later_and_those_behind_it_keep_their_order(campus: Campus) -> None:
    with http_receiver(500) as receiver:
        channel(receiver.address, person=campus.counsellor)
        tell(campus, "一", "二")
        at = clock.now()
        assert actions.deliver(at=at) == 2
        assert receiver.bodies == []
        first, second = Delivery.objects.order_by("pk")
        assert (first.state, first.tries, first.last_error) == ("pending", 1, "json: status 500")
        assert (second.state, second.tries) == ("pending", 0)
        assert first.next_try_at == at + rules.wait_after(1)
        assert actions.deliver(at=at + timedelta(seconds=30)) == 0
        assert deliver_all(first.next_try_at) == 2
    assert receiver.subjects == ["一", "二"]
    assert receiver.refused == 1


def test_it_gives_up_in_the_end_and_never_tells_the_address(campus: Campus) -> None:
    with http_receiver(*[500] * rules.MAX_TRIES) as receiver:
        channel(f"json://user:secret-token@127.0.0.1:{receiver.port}/hook", person=campus.counsellor)
        tell(campus, "一")
        at = clock.now()
        for _try in range(rules.MAX_TRIES):
            assert actions.deliver(at=at) == 1
            at += rules.LONGEST_WAIT
        assert actions.deliver(at=at) == 0
    one = Delivery.objects.get()
    assert (one.state, one.tries, receiver.refused) == ("gave-up", rules.MAX_TRIES, rules.MAX_TRIES)
    assert "secret" not in one.last_error


def test_an_address_where_nobody_listens_is_an_ordinary_failure(campus: Campus) -> None:
    with http_receiver() as receiver:
        gone = receiver.address
    channel(gone, person=campus.counsellor)
    tell(campus, "一")
    actions.deliver(at=clock.now())
    assert Delivery.objects.get().last_error == "json: not reachable or refused"


def test_without_a_mail_server_an_email_channel_says_so(campus: Campus, settings: Settings) -> None:
    settings.MAIL_SERVER = ""
    channel("li.na@mail.test", person=campus.counsellor)
    tell(campus, "一")
    actions.deliver(at=clock.now())
    assert Delivery.objects.get().last_error == "no mail server is configured"


def test_a_broken_channel_does_not_hold_up_another(campus: Campus) -> None:
    with http_receiver(500) as broken, http_receiver() as sound:
        channel(broken.address, person=campus.counsellor)
        channel(sound.address, person=campus.counsellor)
        tell(campus, "一", "二")
        assert actions.deliver(at=clock.now()) == 4
    assert sound.subjects == ["一", "二"]
    assert broken.bodies == []


def test_two_workers_at_once_send_each_message_once(campus: Campus) -> None:
    with http_receiver() as receiver:
        channel(receiver.address, person=campus.counsellor)
        tell(campus, *(f"{n}" for n in range(60)))
        sent = at_once(deliver_all)
    assert sum(sent) == 60
    assert sorted(receiver.subjects, key=int) == [f"{n}" for n in range(60)]


def test_what_a_dead_worker_had_claimed_is_sent_after_its_lease(campus: Campus) -> None:
    with http_receiver() as receiver:
        channel(receiver.address, person=campus.counsellor)
        tell(campus, "一")
        at = clock.now()
        assert len(actions._claim(at, 10)) == 1  # ... and here it dies
        assert actions.deliver(at=at) == 0
        assert actions.deliver(at=at + rules.LEASE) == 1
    assert receiver.subjects == ["一"]
    assert Delivery.objects.get().state == "sent"


def test_a_paused_channel_holds_what_is_queued(campus: Campus) -> None:
    with http_receiver() as receiver:
        one = channel(receiver.address, person=campus.counsellor)
        tell(campus, "一")
        one.is_active = False
        one.save()
        assert deliver_all() == 0
        tell(campus, "二")  # stands in the inbox only
        one.is_active = True
        one.save()
        assert deliver_all() == 1
    assert receiver.subjects == ["一"]
    assert Notification.objects.count() == 2


@pytest.mark.parametrize(
    "address",
    [
        *(f"json://{host}:{{port}}/hook" for host in ("127.0.0.1", "localhost", "0.0.0.0")),
        "json://169.254.169.254/latest", "json://100.100.100.200/latest", "json://nowhere.test/",
        "mailto://u:p@mail.test?smtp=127.0.0.1&from=a@b.test&to=c@d.test",
    ],
)  # fmt: skip
def test_no_channel_makes_this_machine_talk_to_itself_or_to_its_cloud(settings: Settings, address: str) -> None:
    settings.CHANNELS_TO_THIS_MACHINE = False
    with http_receiver() as receiver, pytest.raises(sending.NotSent, match="not an address for messages"):
        sending.send(address.format(port=receiver.port), subject="s", body="b", link="")
    assert not receiver.bodies


@pytest.mark.parametrize("host", ["10.1.2.3", "172.20.0.4", "192.168.3.4", "8.8.8.8"])
def test_the_campus_and_the_world_may_be_told(settings: Settings, host: str) -> None:
    settings.CHANNELS_TO_THIS_MACHINE = False
    assert sending._is_elsewhere(host)
    assert not sending._is_elsewhere("::ffff:127.0.0.1")


def test_a_redirect_is_not_followed() -> None:
    with http_receiver(307, 200) as receiver, pytest.raises(sending.NotSent):
        sending.send(receiver.address, subject="s", body="b", link="")
    assert not receiver.bodies

"""Messages come in the language that their recipient has chosen; whoever has chosen none is written to in Chinese."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.engines.notifications import actions as outbox
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks.models import Task
from linglou.flows import (
    close_opens_search_tasks,
    overdue_task_climbs,
    round_reminds_the_missing,
    symptom_report_opens_signal,
    task_handed_on_tells_owner,
)
from linglou.foundation.accounts.models import Account
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.language import moment
from tests.factories.accounts import account
from tests.factories.people import Campus, actor
from tests.factories.rounds import open_round
from tests.factories.signals import signal
from tests.factories.tasks import task

pytestmark = pytest.mark.django_db
CHINESE = range(0x4E00, 0x9FFF)


@pytest.fixture
def campus() -> Campus:
    """The counsellor, the first student and the secretary read English."""
    made = Campus()
    for person in (made.counsellor, made.students[1], made.secretary):
        Account.objects.filter(pk=account(person).pk).update(language="en")
    return made


def told(person: Person) -> list[str]:
    return [f"{one.subject} / {one.body}" for one in Notification.objects.filter(person=person).order_by("pk")]


def is_english(text: str, *names: str) -> bool:
    """Apart from names, which the school gave."""
    for name in names:
        text = text.replace(name, "")
    return not any(ord(letter) in CHINESE for letter in text)


def test_each_in_their_own_language_whoever_sends(campus: Campus) -> None:
    at = clock.moment(clock.day_of(clock.now()).replace(month=11, day=5), time(9, 5))
    body = format_lazy(_("请在 {until} 前核对并确认。"), until=moment(at))
    people = (campus.students[1], campus.students[2])
    messages = [outbox.Message(f"{one.pk}", _("有一项任务转交给您"), body, person_id=one.pk) for one in people]
    with translation.override("en"):
        outbox.notify_many(
            school_id=campus.school.pk, topic="t", at=at,
            messages=[*messages, outbox.Message("group", _("有一项任务转交给您"), body, unit_id=campus.college.pk)],
        )  # fmt: skip
        assert translation.get_language() == "en"
    assert told(campus.students[1]) == ["A task has been handed to you / Please check and confirm before 5 Nov 09:05."]
    assert told(campus.students[2]) == ["有一项任务转交给您 / 请在 11月05日 09:05 前核对并确认。"]
    assert Notification.objects.get(unit=campus.college).subject == "有一项任务转交给您"


def test_a_reminder(campus: Campus) -> None:
    round_ = open_round(campus.school, reminders=[time(0, 1)])
    round_reminds_the_missing.run(at=round_.closes_at - timedelta(minutes=1))
    english, chinese, leader = (told(person) for person in (campus.students[1], campus.students[2], campus.counsellor))
    assert english[0].startswith(f"You have not reported yet: {round_.title} / Please report before ")
    assert chinese[0].startswith(f"您还没有填报：{round_.title}")
    assert leader[0].startswith(f"{round_.title}: 3 still missing / ")
    assert is_english(english[0] + leader[0], round_.title)


def test_a_close_a_signal_and_tasks(campus: Campus) -> None:
    round_ = open_round(campus.school)
    close_opens_search_tasks.close(round_=round_, at=clock.now(), by=None)
    signal(campus.students[1], campus.classes[0], severity=3)
    signal(campus.students[2], campus.classes[0], severity=2)
    symptom_report_opens_signal.run(at=clock.now())
    late = task(campus.classes[0], owner=campus.counsellor, due_at=clock.now() - timedelta(minutes=1))
    overdue_task_climbs.run(at=clock.now())
    handed = Task.objects.get(pk=late.pk)
    task_handed_on_tells_owner.hand_on(task=handed, to=campus.counsellor, by=actor(campus.secretary), at=clock.now())
    names = (round_.title, campus.classes[0].name, campus.secretary.name)
    messages = [*told(campus.counsellor), *told(campus.secretary)]
    assert len(messages) >= 6
    assert [message for message in messages if not is_english(message, *names)] == []


def test_a_test_message(campus: Campus) -> None:
    at = clock.now()
    for person, subject in ((campus.counsellor, "Linglou: test message"), (campus.students[2], "零漏：测试消息")):
        channel = outbox.add_channel(by=actor(person), name="mail", address="someone@example.org", at=at)
        assert outbox.send_test(channel=channel, by=actor(person), at=at).notification.subject == subject

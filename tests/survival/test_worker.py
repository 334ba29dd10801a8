"""Real worker processes, killed in the middle of their work, two at once, and with the database away."""

from __future__ import annotations

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from linglou.domains.signals.models import Signal
from linglou.engines.notifications import actions as outbox
from linglou.engines.notifications import rules
from linglou.engines.notifications.models import Delivery, Notification
from linglou.engines.tasks.models import Task, TaskEvent
from linglou.foundation.access.roles import Role
from linglou.kernel import clock
from linglou.server.worker import last_beat
from tests.factories.notifications import channel, http_receiver
from tests.factories.people import Campus, holder
from tests.factories.processes import eventually, worker
from tests.factories.signals import new_signal, record, signal
from tests.factories.tasks import task

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.survival]
SIGNALS = 450
MESSAGES = 120


class Work:
    """A school with a day's work waiting: signals to hand out, overdue tasks, messages to send."""

    def __init__(self, address: str) -> None:
        self.campus = Campus()
        holder(Role.CLINIC, self.campus.school)
        channel(address, person=self.campus.command)
        students = self.campus.students
        record(*(new_signal(students[n % 6], self.campus.classes[n % 6 // 3]) for n in range(SIGNALS)))
        self.overdue = [
            task(self.campus.classes[0], owner=self.campus.counsellor, owner_role=Role.COUNSELLOR) for _n in range(30)
        ]
        self.subjects = {f"第 {n} 条" for n in range(MESSAGES)}
        self.tell(self.subjects)

    def tell(self, subjects: set[str]) -> None:
        messages = [
            outbox.Message(key=f"m:{subject}", subject=subject, body="请处理。", person_id=self.campus.command.pk)
            for subject in sorted(subjects)
        ]
        outbox.notify_many(school_id=self.campus.school.pk, topic="test", messages=messages, at=clock.now())

    def is_done(self) -> bool:
        waiting = Delivery.objects.filter(state="pending", next_try_at__lte=clock.now()).exists()
        return not waiting and not Signal.objects.filter(flowed_at=None).exists()

    def check_once(self) -> None:
        """Every signal has its two tasks and each was told once; every overdue task has climbed exactly one step."""
        assert Task.objects.filter(kind="signal").count() == 2 * SIGNALS
        assert TaskEvent.objects.filter(kind="opened", task__kind="signal").count() == 2 * SIGNALS
        assert set(Signal.objects.values_list("state", flat=True)) == {"new"}
        assert Notification.objects.filter(topic="signal").count() == 2 * SIGNALS
        climbed = Task.objects.filter(pk__in=[one.pk for one in self.overdue])
        assert set(climbed.values_list("step", "owner")) == {(1, self.campus.secretary.pk)}
        assert TaskEvent.objects.filter(kind="climbed", task__in=climbed).count() == len(self.overdue)


def test_killed_in_the_middle_and_started_again_nothing_is_doubled_and_nothing_lost() -> None:
    with http_receiver() as receiver:
        work = Work(receiver.address)
        with worker() as first:
            assert receiver.wait_for(20)
            first.kill()
        assert not work.is_done()
        with worker() as second:
            assert eventually(work.is_done)
            assert second.stop() == 0
        # What the first had claimed and not marked waits for its lease; afterwards it is sent, and may then arrive twice.
        while outbox.deliver(at=clock.now() + rules.LEASE):
            pass
    work.check_once()
    assert work.subjects <= set(receiver.subjects)
    assert len(receiver.subjects) - len(set(receiver.subjects)) <= outbox.BATCH
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_two_workers_at_once_act_once() -> None:
    with http_receiver() as receiver:
        work = Work(receiver.address)
        with worker() as first, worker() as second:
            assert eventually(work.is_done)
            assert eventually(lambda: not Task.objects.filter(state="open", due_at__lte=clock.now()).exists())
            assert (first.stop(), second.stop()) == (0, 0)
    work.check_once()
    assert sorted(receiver.subjects) == sorted(work.subjects)


def test_a_signal_is_handed_out_within_seconds() -> None:
    with http_receiver() as receiver:
        campus = Campus()
        channel(receiver.address, person=campus.counsellor)
        with worker() as running:
            assert eventually(lambda: last_beat() is not None)
            raised = signal(campus.students[0], campus.classes[0], severity=3)
            assert receiver.wait_for(1, patience=20)
            running.stop()
    message = Notification.objects.get(person=campus.counsellor)
    assert (message.created_at - raised.raised_at).total_seconds() < 10
    assert receiver.subjects == [message.subject]


def test_the_database_goes_away_and_comes_back_and_the_worker_goes_on() -> None:
    campus = Campus()
    name = connection.settings_dict["NAME"]
    with psycopg.connect(settings.DATABASE_URL, dbname="postgres", autocommit=True) as server, worker() as running:
        assert eventually(lambda: last_beat() is not None)
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
            server.execute(others, [name, connection.connection.info.backend_pid])
            assert eventually(lambda: running.said("the database is away"))
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        signal(campus.students[0], campus.classes[0])
        assert eventually(lambda: Task.objects.count() == 2)
        assert running.stop() == 0
        assert not running.said('"trace"'), [line for line in running.lines if '"trace"' in line]

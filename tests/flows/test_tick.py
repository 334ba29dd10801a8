"""The tick runs every flow; one that fails does not stop the others, a database that is away stops the tick."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import OperationalError, connection

from linglou.engines.tasks.models import Task
from linglou.flows import tick as module
from linglou.flows.tick import FLOWS, tick
from linglou.kernel import clock
from tests.factories.people import Campus
from tests.factories.signals import signal
from tests.factories.tasks import task


@pytest.mark.django_db
def test_one_failing_flow_is_logged_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    campus = Campus()
    signal(campus.students[0], campus.classes[0])
    task(campus.classes[0], owner=campus.counsellor)

    def fail(*, at: datetime) -> int:
        raise RuntimeError

    monkeypatch.setitem(FLOWS, "round_opens_on_schedule", fail)
    done = tick(clock.now())
    assert done["round_opens_on_schedule"] == -1
    assert done["symptom_report_opens_signal"] == 1
    assert done["overdue_task_climbs"] == 1
    assert Task.objects.count() == 3


@pytest.mark.django_db
def test_ticking_twice_does_nothing_more() -> None:
    campus = Campus()
    signal(campus.students[0], campus.classes[0])
    at = clock.now()
    tick(at)
    assert not any(tick(at).values())


@pytest.mark.django_db
def test_a_deadlock_is_one_flows_failure_but_a_database_away_ends_the_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*, at: datetime) -> int:
        raise OperationalError

    monkeypatch.setitem(FLOWS, "symptom_report_opens_signal", fail)
    connection.ensure_connection()
    assert tick(clock.now())["symptom_report_opens_signal"] == -1
    monkeypatch.setattr(module, "_database_answers", lambda: False)
    with pytest.raises(OperationalError):
        tick(clock.now())

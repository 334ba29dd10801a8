"""What a schedule may say: every error at once, and nothing saved with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from linglou.engines.rounds import schedules
from linglou.engines.rounds.models import Asks, Schedule
from linglou.engines.rounds.schedules import Plan, check, is_within
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Unit
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor

PLAN = Plan(
    title="晨报", purpose="daily-health", form_key="daily-health", audience=Unit(), opens=time(6), closes=time(9, 30),
    from_day=date(2026, 11, 1),
)  # fmt: skip


@pytest.mark.parametrize(
    ("opens", "closes", "within", "outside"),
    [
        (6, 18, (6, 12, 17), (0, 5, 18, 23)),
        (20, 2, (20, 23, 0, 1), (2, 12, 19)),  # over midnight
        (0, 0, (0, 12, 23), ()),  # the whole day
    ],
)
def test_what_lies_in_a_window(opens: int, closes: int, within: tuple[int, ...], outside: tuple[int, ...]) -> None:
    for hour in within:
        assert is_within(time(hour), time(opens), time(closes)), hour
    for hour in outside:
        assert not is_within(time(hour), time(opens), time(closes)), hour


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({}, []),
        ({"reminders": [time(6), time(9, 29)]}, []),
        ({"reminders": [time(5, 59)]}, [("reminders", "outside-window")]),
        ({"closes": time(6)}, [("closes", "same-as-opening")]),
        ({"to_day": date(2026, 11, 1)}, []),
        ({"to_day": date(2026, 10, 31)}, [("to_day", "before-start")]),
        ({"asks": Asks.UNITS, "unit_kind": "college"}, []),
        ({"asks": Asks.UNITS}, [("unit_kind", "required")]),
        (
            {"asks": Asks.UNITS, "to_day": date(2026, 1, 1), "reminders": [time(22)]},
            [("to_day", "before-start"), ("reminders", "outside-window"), ("unit_kind", "required")],
        ),
    ],
)
def test_what_a_plan_may_say(changes: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert [(error.field, error.code) for error in check(replace(PLAN, **changes))] == errors


@pytest.mark.django_db
def test_a_schedule_without_a_published_form_is_not_saved() -> None:
    campus = Campus()
    office, plan = actor(campus.office), replace(PLAN, audience=campus.school)
    before = Entry.objects.count()
    for wrong, code in ((plan, "form-missing"), (replace(plan, closes=plan.opens), "invalid-input")):
        with pytest.raises(Problem) as caught:
            schedules.save_schedule(schedule=None, plan=wrong, by=office, at=clock.now())
        assert caught.value.code == code
    assert (Schedule.objects.count(), Entry.objects.count()) == (0, before)

"""Whenever a demo is loaded, it is morning on its campus."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from linglou.demo import zone

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("hour", range(24))
def test_people_are_up_on_the_campus_of_a_demo(hour: int) -> None:
    now = MIDNIGHT + timedelta(hours=hour, minutes=20)
    there = now.astimezone(ZoneInfo(zone.at(now)))
    assert 8 <= there.hour < 17
    if zone.at(now) != "Asia/Shanghai":
        assert (there.hour, there.minute) == (9, 20)


def test_in_the_morning_at_home_a_demo_stays_at_home() -> None:
    assert zone.at(datetime(2026, 11, 23, 8, 15, tzinfo=ZoneInfo("Asia/Shanghai"))) == "Asia/Shanghai"
    assert zone.at(datetime(2026, 11, 23, 0, 24, tzinfo=ZoneInfo("Asia/Shanghai"))) != "Asia/Shanghai"

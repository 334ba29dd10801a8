"""Whenever a demo is loaded, it is morning on its campus."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from linglou.demo import zone
from linglou.server.installation import Installation

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


def test_a_demo_keeps_the_zone_that_it_was_loaded_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINGLOU_TIME_ZONE", raising=False)
    assert Installation(tmp_path).environment()["LINGLOU_TIME_ZONE"] == "Asia/Shanghai"
    (tmp_path / "demo.json").write_text(json.dumps({"zone": "Etc/GMT+7"}))
    assert Installation(tmp_path).environment()["LINGLOU_TIME_ZONE"] == "Etc/GMT+7"
    monkeypatch.setenv("LINGLOU_TIME_ZONE", "Asia/Urumqi")
    assert Installation(tmp_path).environment()["LINGLOU_TIME_ZONE"] == "Asia/Urumqi"

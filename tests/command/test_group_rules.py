"""The audit of the division of responsibility finds every gap and overlap."""

from __future__ import annotations

from typing import Any

import pytest

from linglou.domains.command.group.rules import SERIOUS, Duty, Fault, Finding, Seat, audit

SOUND: dict[str, Any] = {
    "areas": ["gate", "medical"], "units": [70],
    "seats": [Seat(1, True, 2), Seat(2, False, 1)],
    "duties": [Duty(1, area="gate"), Duty(2, area="medical"), Duty(2, unit_id=70)],
    "belong": {1, 2}, "hold_post": {1, 2},
}  # fmt: skip


def test_a_division_without_fault_has_none() -> None:
    assert audit(**SOUND) == []


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"seats": [Seat(1, False, 2), Seat(2, False, 1)]}, Finding(Fault.NO_LEADER)),
        ({"seats": [Seat(1, True, 2), Seat(2, True, 1)]}, Finding(Fault.SEVERAL_LEADERS, persons=(1, 2))),
        ({"areas": ["gate", "medical", "own-3"]}, Finding(Fault.GAP, area="own-3")),
        ({"units": [70, 71]}, Finding(Fault.GAP, unit_id=71)),
        ({"duties": [*SOUND["duties"], Duty(2, area="gate")]}, Finding(Fault.OVERLAP, area="gate", persons=(1, 2))),
        ({"duties": [*SOUND["duties"], Duty(1, unit_id=70)]}, Finding(Fault.OVERLAP, unit_id=70, persons=(2, 1))),
        ({"belong": {1}}, Finding(Fault.LEFT, persons=(2,))),
        ({"hold_post": {2}}, Finding(Fault.NO_POST, persons=(1,))),
        ({"seats": [Seat(1, True, None), Seat(2, False, 1)]}, Finding(Fault.NO_DEPUTY, persons=(1,))),
        ({"seats": [*SOUND["seats"], Seat(3, False, 1)], "belong": {1, 2, 3}, "hold_post": {1, 2, 3}}, Finding(Fault.IDLE, persons=(3,))),
    ],
)  # fmt: skip
def test_each_fault_is_found_and_nothing_else(changed: dict[str, Any], finding: Finding) -> None:
    assert audit(**SOUND | changed) == [finding]
    assert finding.is_serious is (finding.fault in SERIOUS)


def test_nobody_in_the_group_is_one_finding_not_dozens() -> None:
    assert audit(**SOUND | {"seats": [], "duties": []}) == [Finding(Fault.NO_LEADER)]


def test_a_leader_without_a_field_of_work_is_not_idle() -> None:
    duties = [Duty(2, area="gate"), Duty(2, area="medical"), Duty(2, unit_id=70)]
    assert audit(**SOUND | {"duties": duties}) == []


def test_serious_faults_come_first() -> None:
    found = audit(**SOUND | {"seats": [Seat(1, True, None), Seat(2, False, 9)], "units": [70, 71]})
    assert [one.fault for one in found] == [Fault.LEFT, Fault.GAP, Fault.NO_DEPUTY]

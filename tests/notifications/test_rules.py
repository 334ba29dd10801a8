"""How long a failed delivery waits, and when it is over."""

from __future__ import annotations

from datetime import timedelta

from linglou.engines.notifications import rules, sending


def test_waits_double_up_to_an_hour_and_end() -> None:
    minutes = [rules.wait_after(tries) / timedelta(minutes=1) for tries in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [rules.is_over(tries) for tries in (1, 7, 8, 9)] == [False, False, True, True]


def test_a_lease_outlasts_what_a_batch_can_take() -> None:
    from linglou.engines.notifications.actions import BATCH

    assert rules.LEASE.total_seconds() >= BATCH * sending.TIMEOUT_SECONDS

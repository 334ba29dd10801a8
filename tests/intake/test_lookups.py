"""The form and the day's rules are read once, and risk regions come to bear without a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from linglou.domains.daily.intake import lookups
from linglou.domains.daily.intake.lookups import Lookups
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.intake.conftest import School


@pytest.fixture
def at_hand(transactional_db: None) -> Iterator[Lookups]:
    made = Lookups()
    yield made
    made.close()


def test_it_is_read_once(school: School, at_hand: Lookups, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    read = lookups.read

    def counted(key: lookups.Key) -> lookups.Known:
        reads.append(key)
        return read(key)

    monkeypatch.setattr(lookups, "read", counted)
    key = (school.campus.school.pk, school.round.form_id, school.round.day)
    assert at_hand.at_hand(key) is None
    first = at_hand.get(key)
    assert at_hand.get(key) is at_hand.at_hand(key) is first
    assert reads == [key]
    assert [question.key for question in first.questions][:2] == ["temperature", "symptoms"]


def test_a_new_risk_region_is_seen_soon_and_nobody_waits(
    school: School, at_hand: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (school.campus.school.pk, school.round.form_id, school.round.day)
    assert at_hand.get(key).risk_regions == frozenset()
    RiskRegion.objects.create(
        school_id=key[0], region="420100", level="高风险", from_day=key[2], issuer="国家卫生健康委", recorded_at=clock.now()
    )
    assert at_hand.get(key).risk_regions == frozenset()
    monkeypatch.setattr(lookups, "FRESH_SECONDS", 0.0)
    give_up = time.monotonic() + 10
    while (known := at_hand.at_hand(key)) is None or not known.risk_regions:
        assert time.monotonic() < give_up
        threading.Event().wait(0.01)
    assert known.risk_regions == {"420100"}


def test_a_form_of_another_school_is_not_there(school: School, at_hand: Lookups) -> None:
    with pytest.raises(Problem) as refused:
        at_hand.get((school.campus.school.pk + 1, school.round.form_id, school.round.day))
    assert refused.value.code == "not-on-roster"


def test_what_could_be_read_once_is_kept_while_it_cannot_be_read(
    school: School, at_hand: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (school.campus.school.pk, school.round.form_id, school.round.day)
    known = at_hand.get(key)
    tried = threading.Event()

    def away(_key: lookups.Key) -> lookups.Known:
        tried.set()
        raise lookups.InterfaceError("gone")

    monkeypatch.setattr(lookups, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(lookups, "read", away)
    assert at_hand.at_hand(key) is known
    assert tried.wait(10)
    assert at_hand.get(key) is known

"""A round that was called off is asked of nobody, takes no answer, never closes, and what was answered stays."""

from __future__ import annotations

import pytest

from linglou.engines.rounds import closing, queries
from linglou.engines.rounds.calling_off import call_off
from linglou.engines.rounds.commit import Verdict
from linglou.engines.rounds.models import Response, Round, State
from linglou.engines.rounds.problems import NOT_OPEN
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.daily import health_round
from tests.factories.people import Campus, actor
from tests.factories.rounds import submission, submit


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


def test_it_stands_nowhere_takes_no_answer_and_keeps_what_was_given(campus: Campus) -> None:
    round_, at = health_round(campus.school), clock.now()
    first, second = campus.students[:2]
    (given,) = submit(submission(round_, first))
    call_off(round_=round_, reason="误开", by=actor(campus.office), at=at)
    assert not Round.objects.filter(pk=round_.pk).exists()
    assert Round.every.get(pk=round_.pk).state == State.VOID
    (refused,) = submit(submission(round_, second))
    assert (given.verdict, refused.verdict) == (Verdict.ACCEPTED, Verdict.UNKNOWN_ROUND)
    assert Response.objects.filter(round_id=round_.pk).count() == 1
    assert queries.due_to_close(round_.closes_at) == []
    assert Entry.objects.get(action="round.call-off").subject_id == round_.pk


def test_it_is_called_off_once_and_neither_closed_nor_called_off_afterwards(campus: Campus) -> None:
    round_, closed = health_round(campus.school), health_round(campus.school)
    at = clock.now()
    closing.close(round_=closed, at=at, by=None)
    with pytest.raises(Problem) as refused:
        call_off(round_=closed, reason="", by=None, at=at)
    assert refused.value.kind is NOT_OPEN
    call_off(round_=round_, reason="", by=None, at=at)
    for deed in (
        lambda: call_off(round_=round_, reason="", by=None, at=at),
        lambda: closing.close(round_=round_, at=at, by=None),
    ):
        with pytest.raises(Problem) as refused:
            deed()
        assert refused.value.kind is NOT_OPEN

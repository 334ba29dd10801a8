"""Today beside the round before: the same minute of the morning, of whoever was asked then."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from linglou.boards import access, queries
from linglou.engines.rounds import actions, missing
from linglou.engines.rounds.models import Round
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Unit
from linglou.kernel import clock
from tests.factories.people import Campus, actor, person, unit
from tests.factories.rounds import open_round, schedule, submission, submit

pytestmark = pytest.mark.django_db
TODAY = clock.day_of(clock.now())
YESTERDAY = TODAY - timedelta(days=1)


def shown(at_unit: Unit, round_: Round, who: object, at: datetime) -> queries.Board:
    count = queries.total(at_unit, round_)
    return queries.board(at_unit, round_, count, sight=access.sight(actor(who), at_unit), at=at)  # type: ignore[arg-type]


@pytest.fixture
def campus() -> Campus:
    return Campus()


def two_days(campus: Campus) -> tuple[Round, Round]:
    """Yesterday three of six answered before eight and two after; today one has, by eight."""
    daily = schedule(campus.school)
    before, now = (actions.open_round(schedule=daily, day=day, at=clock.moment(day, time(0, 1))) for day in (YESTERDAY, TODAY))
    for n, hour in enumerate((6, 7, 7, 9, 10)):
        submit(submission(before, campus.students[n], at=clock.moment(YESTERDAY, time(hour))))
    submit(submission(now, campus.students[0], at=clock.moment(TODAY, time(7))))
    return before, now


def test_the_same_minute_yesterday_is_what_it_is_compared_with(campus: Campus) -> None:
    _before, now = two_days(campus)
    eight = shown(campus.school, now, campus.office, clock.moment(TODAY, time(8))).trend
    assert eight is not None
    assert (eight.then, eight.points) == (50.0, round(100 / 6 - 50, 1))
    eleven = shown(campus.school, now, campus.office, clock.moment(TODAY, time(11))).trend
    assert eleven is not None
    assert eleven.then == pytest.approx(83.3)
    assert len(shown(campus.school, now, campus.office, clock.moment(TODAY, time(8))).chart["series"]) == 2  # type: ignore[index]


def test_the_first_round_is_compared_with_nothing(campus: Campus) -> None:
    before, _now = two_days(campus)
    assert shown(campus.school, before, campus.office, clock.moment(YESTERDAY, time(8))).trend is None


def test_a_unit_that_asked_nobody_yesterday_has_no_trend(campus: Campus) -> None:
    daily = schedule(campus.school)
    actions.open_round(schedule=daily, day=YESTERDAY, at=clock.moment(YESTERDAY, time(0, 1)))
    fresh = unit(campus.college, "class")
    joined = person(campus.school, kind="staff")
    joined.kind = "student"
    joined.save()
    people.join(person=joined, unit=fresh, at=clock.moment(YESTERDAY, time(12)), by=None)
    now = actions.open_round(schedule=daily, day=TODAY, at=clock.moment(TODAY, time(0, 1)))
    board = shown(fresh, now, campus.office, clock.moment(TODAY, time(8)))
    assert (board.total.roster, board.trend) == (1, None)


def test_a_round_of_units_names_no_persons_and_misses_none(campus: Campus) -> None:
    asked = open_round(campus.school, asks="units", unit_kind="class", person_kind="", title="零报告")
    board = shown(campus.classes[0], asked, campus.office, clock.now())
    assert (board.persons, board.total.roster) == ([], 1)
    assert missing.page(asked, campus.school) == missing.Page([], "")
    assert missing.within(asked, [campus.school.path], limit=9) == []
    assert missing.also_missing(asked, [campus.students[0].pk]) == set()

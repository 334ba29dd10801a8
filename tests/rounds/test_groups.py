"""A round of a group asks those who are in it when it opens, of the whole roster, and nobody else; and it is nobody else's business."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.boards import access as board_access
from linglou.domains.daily import access as daily_access
from linglou.engines.rounds import groups, missing, progress, queries
from linglou.engines.rounds.models import Enrolment, Source
from linglou.flows import close_opens_search_tasks, round_opens_on_schedule
from linglou.foundation.access.actor import Actor
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor
from tests.factories.rounds import open_round, schedule, submission, submit

KEY = "observation-1"


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


def enrol(campus: Campus, *persons: int) -> None:
    ids = [campus.students[n].pk for n in persons]
    groups.enrol(school_id=campus.school.pk, group_key=KEY, person_ids=ids, at=clock.now())


def test_the_roster_is_the_group_as_it_stood_at_the_opening(campus: Campus) -> None:
    enrol(campus, 1, 4)
    round_ = open_round(campus.school, group_key=KEY)
    enrol(campus, 2)  # too late for this one
    groups.leave(school_id=campus.school.pk, group_key=KEY, person_ids=[campus.students[1].pk], at=round_.roster_at)
    asked = queries.places_of(round_, [student.pk for student in campus.students])
    assert set(asked) == {campus.students[1].pk, campus.students[4].pk}
    assert [count.roster for count in progress.counts(round_, [campus.school.pk])] == [2]
    later = open_round(campus.school, group_key=KEY, at=clock.now() + timedelta(seconds=1))
    assert set(queries.places_of(later, [one.pk for one in campus.students])) == {campus.students[2].pk, campus.students[4].pk}


def test_the_close_accounts_for_everybody_of_the_group(campus: Campus) -> None:
    enrol(campus, 1, 4)
    round_ = open_round(campus.school, group_key=KEY)
    submit(submission(round_, campus.students[1]))
    assert [one.person_id for one in missing.within(round_, [campus.school.path], limit=9)] == [campus.students[4].pk]
    closing = close_opens_search_tasks.close(round_=round_, at=clock.now() + timedelta(days=2), by=None)
    assert (closing.roster, closing.responded, closing.missing) == (2, 1, 1)


def test_enrolling_twice_and_leaving_twice_changes_nothing(campus: Campus) -> None:
    enrol(campus, 1)
    enrol(campus, 1)
    assert Enrolment.objects.count() == 1
    person = [campus.students[1].pk]
    assert groups.leave(school_id=campus.school.pk, group_key=KEY, person_ids=person, at=clock.now()) == 1
    assert groups.leave(school_id=campus.school.pk, group_key=KEY, person_ids=person, at=clock.now()) == 0


def test_who_leaves_in_the_moment_of_joining_was_there_for_a_moment(campus: Campus) -> None:
    at = clock.now()
    person = [campus.students[1].pk]
    groups.enrol(school_id=campus.school.pk, group_key=KEY, person_ids=person, at=at)
    groups.leave(school_id=campus.school.pk, group_key=KEY, person_ids=person, at=at)
    one = Enrolment.objects.get()
    assert one.ends_at
    assert one.ends_at > one.starts_at


def test_a_schedule_of_a_group_opens_only_where_there_is_somebody_to_ask(campus: Campus) -> None:
    schedule(campus.school, group_key=KEY, accounted_until=clock.now())
    assert round_opens_on_schedule.run(at=clock.now()) == 0
    enrol(campus, 3)
    assert round_opens_on_schedule.run(at=clock.now()) == 1


def test_boards_do_not_show_it_and_a_monitor_cannot_answer_in_it(campus: Campus) -> None:
    enrol(campus, 1)
    round_ = open_round(campus.school, group_key=KEY)
    everybodys = open_round(campus.school)
    assert list(progress.rounds_at(campus.classes[0])) == [everybodys]
    with pytest.raises(Problem):
        board_access.get_round(campus.classes[0], round_.pk)

    def standing(by: Actor) -> Source:
        return daily_access.standing_in(round_, by, campus.students[1].pk, at=clock.now()).source

    with pytest.raises(Problem):
        standing(actor(campus.monitor))
    assert (
        daily_access.standing_in(everybodys, actor(campus.monitor), campus.students[1].pk, at=clock.now()).source == "monitor"
    )
    assert standing(actor(campus.counsellor)) == "counsellor"
    assert standing(actor(campus.students[1])) == "self"

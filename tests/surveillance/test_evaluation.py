"""Alerts follow what is counted: opened once, grown, withdrawn, opened anew; read scope by scope, at a cost that does not grow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linglou.domains.surveillance import actions, evaluation
from linglou.domains.surveillance.actions import Settlement
from linglou.domains.surveillance.models import Alert, AlertEvent, AlertPerson, Occurrence
from linglou.domains.surveillance.places import Place
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.people import Campus, actor, person
from tests.factories.surveillance import alert, days, occurrence, recorded
from tests.races import at_once

pytestmark = pytest.mark.django_db


def class_of(campus: Campus, n: int, letter: int = 0) -> list[Person]:
    """``n`` people of one class who live in town."""
    return [person(campus.classes[letter]) for _n in range(n)]


def alerts(rule_id: str = "") -> list[Alert]:
    return list(Alert.objects.filter(**({"rule_id": rule_id} if rule_id else {})).order_by("pk"))


def people_of(one: Alert) -> set[int]:
    return set(AlertPerson.objects.filter(alert=one, left_at=None).values_list("person_id", flat=True))


def kinds(one: Alert) -> list[str]:
    return list(AlertEvent.objects.filter(alert=one).order_by("pk").values_list("kind", flat=True))


def test_three_of_a_class_open_one_alert_and_the_fourth_joins_it(campus: Campus) -> None:
    ill = class_of(campus, 4)
    recorded(*ill[:2])
    assert actions.evaluate(at=clock.now()) == 2
    assert alerts() == []
    recorded(ill[2])
    at = clock.now()
    actions.evaluate(at=at)
    (found,) = alerts()
    assert (found.rule_id, found.rule_edition, found.scope, found.unit) == ("SCH-2006-1", "2006", "class", campus.classes[0])
    assert (found.counted, found.needed, found.n, found.state) == ("symptoms=fever", 3, 3, "new")
    assert (found.first_day, found.last_day) == (clock.day_of(at), clock.day_of(at))
    assert (found.opened_at, found.act_by) == (at, at + timedelta(hours=24))
    recorded(ill[3])
    actions.evaluate(at=clock.now())
    assert alerts() == [found]
    found.refresh_from_db()
    assert (found.n, found.opened_at, found.opening) == (4, at, 1)
    assert people_of(found) == {one.pk for one in ill}
    assert kinds(found) == ["opened", "grew"]
    assert actions.evaluate(at=clock.now()) == 0


def test_a_room_counts_across_classes_and_a_class_across_rooms(campus: Campus) -> None:
    ill = [person(campus.classes[n % 2], room=campus.rooms[0]) for n in range(3)]
    recorded(*ill)
    actions.evaluate(at=clock.now())
    (found,) = alerts()
    assert (found.scope, found.unit) == ("room", campus.rooms[0])


def test_three_in_two_classes_are_no_alert(campus: Campus) -> None:
    recorded(*class_of(campus, 2), *class_of(campus, 2, letter=1))
    actions.evaluate(at=clock.now())
    assert alerts() == []


def test_staff_of_a_department_are_no_class(campus: Campus) -> None:
    recorded(*(person(campus.college, kind="staff") for _n in range(6)))
    actions.evaluate(at=clock.now())
    assert alerts() == []


def test_a_lower_and_a_higher_tier_both_alert(campus: Campus) -> None:
    recorded(*class_of(campus, 5))
    actions.evaluate(at=clock.now())
    assert [one.rule_id for one in alerts()] == ["SCH-2006-1", "SCH-2006-2"]


def test_the_same_alert_while_its_window_keeps_rolling_and_another_after_a_pause(campus: Campus) -> None:
    now = clock.now()
    for day in (5, 4, 2):
        recorded(*class_of(campus, 3), at=now - days(day))
        actions.evaluate(at=now - days(day))
    spans = [(clock.day_of(now) - one.first_day, clock.day_of(now) - one.last_day, one.n) for one in alerts("SCH-2006-1")]
    assert spans == [(days(5), days(4), 6), (days(2), days(2), 3)]


def test_the_day_is_that_of_the_campus_clock(campus: Campus) -> None:
    midnight = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    ill = class_of(campus, 3)
    before, after = midnight - timedelta(seconds=1), midnight + timedelta(seconds=1)
    recorded(ill[0], at=before)
    recorded(*ill[1:], at=after)
    actions.evaluate(at=after)
    assert alerts() == []
    recorded(person(campus.classes[0]), at=after)
    actions.evaluate(at=after)
    (found,) = alerts()
    assert found.first_day == clock.day_of(after)
    assert found.n == 3


def test_recording_again_changes_nothing_and_evaluates_nothing(campus: Campus) -> None:
    rows = recorded(*class_of(campus, 3))
    actions.evaluate(at=clock.now())
    actions.record(school_id=campus.school.pk, rows=rows)
    assert not Occurrence.objects.filter(is_due=True).exists()
    assert actions.evaluate(at=clock.now()) == 0
    assert len(alerts()) == 1


def test_an_occurrence_knows_where_the_person_stood_then(campus: Campus) -> None:
    one = person(campus.classes[0], room=campus.rooms[1])
    recorded(one)
    found = Occurrence.objects.get()
    assert (found.unit, found.room) == (campus.classes[0], campus.rooms[1])


def test_a_corrected_report_withdraws_the_alert_nobody_had_acted_on(campus: Campus) -> None:
    rows = recorded(*class_of(campus, 3))
    actions.evaluate(at=clock.now())
    actions.withdraw(school_id=campus.school.pk, keys=[rows[0].key], at=clock.now())
    actions.evaluate(at=clock.now())
    (found,) = alerts()
    assert (found.state, found.n) == ("withdrawn", 2)
    assert people_of(found) == {row.person_id for row in rows[1:]}
    assert kinds(found) == ["opened", "withdrawn"]
    assert Entry.objects.filter(action="alert.withdraw").count() == 1
    actions.record(school_id=campus.school.pk, rows=rows)  # it was a fever after all
    at = clock.now()
    actions.evaluate(at=at)
    found.refresh_from_db()
    assert (found.state, found.n, found.opening, found.opened_at) == ("new", 3, 2, at)
    assert kinds(found) == ["opened", "withdrawn", "reopened"]


def test_other_facts_under_the_same_key_withdraw_it_too(campus: Campus) -> None:
    ill = class_of(campus, 3)
    rows = recorded(*ill)
    actions.evaluate(at=clock.now())
    rash = occurrence(ill[0], key=rows[0].key, symptoms=("rash",), at=rows[0].at)
    actions.record(school_id=campus.school.pk, rows=[rash])
    actions.evaluate(at=clock.now())
    assert [(one.counted, one.state) for one in alerts()] == [("symptoms=fever", "withdrawn")]


def test_what_somebody_is_handling_falls_but_stays(campus: Campus) -> None:
    rows = recorded(*class_of(campus, 3))
    actions.evaluate(at=clock.now())
    found = actions.handle(alert=alerts()[0], by=actor(campus.office), at=clock.now())
    actions.withdraw(school_id=campus.school.pk, keys=[rows[0].key], at=clock.now())
    actions.evaluate(at=clock.now())
    found.refresh_from_db()
    assert (found.state, found.n) == ("handling", 2)
    assert kinds(found) == ["opened", "handled", "fell"]


def test_one_who_drops_out_of_many_only_leaves(campus: Campus) -> None:
    rows = recorded(*class_of(campus, 4))
    actions.evaluate(at=clock.now())
    actions.withdraw(school_id=campus.school.pk, keys=[rows[3].key], at=clock.now())
    actions.evaluate(at=clock.now())
    (found,) = alerts()
    assert (found.state, found.n, kinds(found)) == ("new", 3, ["opened", "fell"])


def settled(campus: Campus, found: Alert, at: datetime) -> Alert:
    handled = actions.handle(alert=found, by=actor(campus.office), at=at)
    return actions.settle(alert=handled, settlement=Settlement("not-outbreak", note="互不相识"), by=actor(campus.office), at=at)


def test_a_settled_alert_grows_in_silence_until_those_who_joined_reach_it_by_themselves(campus: Campus) -> None:
    at = clock.now()
    found = settled(campus, alert(*class_of(campus, 3)), at)
    joined = class_of(campus, 3)
    recorded(*joined[:2])
    actions.evaluate(at=clock.now())
    found.refresh_from_db()
    assert (found.state, found.n) == ("settled", 5)
    again = clock.now()
    recorded(joined[2])
    actions.evaluate(at=again)
    found.refresh_from_db()
    assert (found.state, found.n, found.opening) == ("settled", 6, 1)  # two of the three were counted before it


def test_a_settled_alert_opens_anew_for_as_many_others(campus: Campus) -> None:
    found = settled(campus, alert(*class_of(campus, 3)), clock.now())
    again = clock.now()
    recorded(*class_of(campus, 3))
    actions.evaluate(at=again)
    found = Alert.objects.get(pk=found.pk)
    assert (found.state, found.n, found.opening, found.opened_at) == ("new", 6, 2, again)
    assert kinds(found) == ["opened", "handled", "settled", "reopened"]


def test_what_was_settled_is_not_rewritten_by_a_correction(campus: Campus) -> None:
    ill = class_of(campus, 3)
    rows = recorded(*ill)
    actions.evaluate(at=clock.now())
    found = settled(campus, alerts()[0], clock.now())
    actions.withdraw(school_id=campus.school.pk, keys=[rows[0].key], at=clock.now())
    actions.evaluate(at=clock.now())
    found.refresh_from_db()
    assert (found.state, found.n) == ("settled", 3)


def test_a_case_is_for_the_whole_school_and_at_once(campus: Campus) -> None:
    at = clock.now()
    recorded(campus.students[0], at=at, disease="measles", until=None)
    actions.evaluate(at=at)
    (found,) = alerts()
    assert (found.rule_id, found.scope, found.unit, found.act_by) == ("SCH-2006-3", "school", campus.school, at)


def test_a_share_is_of_those_who_belong_to_the_class(campus: Campus) -> None:
    recorded(campus.students[0], rule_ids=("TRIAGE-ILI",))  # one of four: three students and a counsellor
    actions.evaluate(at=clock.now())
    assert alerts() == []
    recorded(campus.students[1], rule_ids=("TRIAGE-ILI",))
    actions.evaluate(at=clock.now())
    assert [(one.rule_id, one.counted) for one in alerts()] == [("ILI-CLOSE", "rule=TRIAGE-ILI;currently")]


def test_a_person_of_their_own(campus: Campus) -> None:
    recorded(campus.students[0], event="unexplained-severe")
    actions.evaluate(at=clock.now())
    (found,) = alerts()
    assert (found.scope, found.person, found.unit) == ("person", campus.students[0], campus.classes[0])


def test_what_became_known_very_late_opens_nothing(campus: Campus) -> None:
    recorded(*class_of(campus, 3), at=clock.now() - days(40))
    assert actions.evaluate(at=clock.now()) == 3
    assert alerts() == []


def test_several_batches_see_each_other(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "BATCH", 2)
    recorded(*class_of(campus, 5))
    assert actions.evaluate(at=clock.now()) == 5
    assert [(one.rule_id, one.n) for one in alerts()] == [("SCH-2006-1", 5), ("SCH-2006-2", 5)]


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_open_one_alert() -> None:
    campus = Campus()
    recorded(*class_of(campus, 3))
    at_once(lambda: actions.evaluate(at=clock.now()))
    assert len(alerts()) == 1
    recorded(*class_of(campus, 3))
    at_once(lambda: actions.evaluate(at=clock.now()), times=3)
    assert [one.rule_id for one in alerts()] == ["SCH-2006-1", "SCH-2006-2"]
    assert {one.n for one in alerts()} == {6}


@pytest.mark.django_db(transaction=True)
def test_a_crash_while_writing_leaves_nothing_and_the_next_run_one_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    campus = Campus()
    recorded(*class_of(campus, 3))

    def crash(*_arguments: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(AlertEvent.objects, "bulk_create", crash)
        with pytest.raises(RuntimeError):
            actions.evaluate(at=clock.now())
    assert alerts() == []
    actions.evaluate(at=clock.now())
    assert len(alerts()) == 1


def test_the_number_of_statements_does_not_grow(campus: Campus) -> None:
    def cost(*people: Person) -> int:
        recorded(*people)
        with CaptureQueriesContext(connection) as queries:
            actions.evaluate(at=clock.now())
        return len(queries)

    first = cost(*class_of(campus, 3))
    for day in range(10):
        recorded(*class_of(campus, 6), *class_of(campus, 6, letter=1), at=clock.now() - days(day))
    actions.evaluate(at=clock.now())
    assert Occurrence.objects.count() > 120
    assert cost(*class_of(campus, 9), *class_of(campus, 9, letter=1)) <= first + 1
    assert first <= 20


def test_only_the_scopes_of_what_is_new_are_read(campus: Campus) -> None:
    recorded(*class_of(campus, 30, letter=1))
    actions.evaluate(at=clock.now())
    recorded(*class_of(campus, 3))
    read: list[int] = []
    run = evaluation.read

    def spied(school_id: int, places: Sequence[Place]) -> None:
        run(school_id, places)
        read.extend(len(place.seen) for place in places)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "read", spied)
        actions.evaluate(at=clock.now())
    assert read == [3, 3]  # one class, by the rule of a day and by that of three

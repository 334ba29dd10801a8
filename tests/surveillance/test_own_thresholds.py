"""A school's own threshold raises alerts of its own beside the row's, and a shorter clock runs; what was opened keeps what it used."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.domains.surveillance import actions
from linglou.domains.surveillance.models import Alert, Occurrence
from linglou.engines.tasks.models import Task
from linglou.flows import own_threshold_looks_back, threshold_reached_opens_task
from linglou.foundation.access.actor import Actor
from linglou.foundation.rulebook import actions as rulebook
from linglou.foundation.rulebook.models import OwnRule
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.people import Campus, actor, person
from tests.factories.surveillance import days, recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(campus: Campus) -> Actor:
    return actor(campus.office)


def own(by: Actor, rule_id: str = "SCH-2006-1", **changes: object) -> OwnRule:
    given: dict[str, object] = {"from_day": clock.day_of(clock.now()), "to_day": None} | changes
    return rulebook.add_own_rule(
        rule_id=rule_id, text="同班 2 人相似症状即预警", document="校发〔2026〕9号", by=by, at=clock.now(), **given
    )  # type: ignore[arg-type]  # fmt: skip


def raised() -> list[tuple[str, bool, int]]:
    """Rule, whether the school's own raised it, how many count."""
    return [(one.rule_id, one.own_rule_id is not None, one.n) for one in Alert.objects.order_by("pk")]


def test_two_raise_the_schools_own_and_the_third_the_row_as_well(campus: Campus, office: Actor) -> None:
    mine = own(office, people=2)
    recorded(person(campus.classes[0]))
    actions.evaluate(at=clock.now())
    assert raised() == []
    recorded(person(campus.classes[0]))
    actions.evaluate(at=clock.now())
    assert raised() == [("SCH-2006-1", True, 2)]
    one = Alert.objects.get()
    assert (one.own_rule, one.rule_edition, one.needed, one.clock_by) == (mine, "2006", 2, None)
    recorded(person(campus.classes[0]))
    actions.evaluate(at=clock.now())
    assert raised() == [("SCH-2006-1", True, 3), ("SCH-2006-1", False, 3)]


def test_a_rule_that_was_sent_twice_alerts_once(campus: Campus, office: Actor) -> None:
    own(office, people=2)
    own(office, people=2)
    for _n in range(2):
        recorded(person(campus.classes[0]))
    actions.evaluate(at=clock.now())
    assert raised() == [("SCH-2006-1", True, 2)]


def test_a_longer_window_counts_who_fell_ill_before_it(campus: Campus, office: Actor) -> None:
    own(office, window_days=3)
    now = clock.now()
    for ago in (2, 1, 0):
        recorded(person(campus.classes[0]), at=now - days(ago))
    actions.evaluate(at=now)
    assert raised() == [("SCH-2006-1", True, 3)]


def test_another_school_and_another_day_count_by_the_row(campus: Campus, office: Actor) -> None:
    own(office, people=2, from_day=clock.day_of(clock.now()) + timedelta(days=1))
    own(office, people=2, from_day=clock.day_of(clock.now()) - days(9), to_day=clock.day_of(clock.now()) - days(1))
    OwnRule.objects.filter(pk=own(office, people=2).pk).update(school_id=campus.school.pk + 10_000)
    recorded(*(person(campus.classes[0]) for _n in range(2)))
    actions.evaluate(at=clock.now())
    assert raised() == []


def test_fewer_hours_shorten_the_clock_of_the_rows_own_alert(campus: Campus, office: Actor) -> None:
    mine = own(office, hours=2)
    recorded(*(person(campus.classes[0]) for _n in range(3)))
    at = clock.now()
    threshold_reached_opens_task.run(at=at)
    (one,) = Alert.objects.all()
    assert (one.own_rule, one.clock_by, one.act_by, one.rank) == (None, mine, at + timedelta(hours=2), 1)
    assert set(Task.objects.filter(kind="alert").values_list("due_at", flat=True)) == {at + timedelta(hours=1)}


def test_what_was_opened_keeps_the_rule_it_used_when_that_is_withdrawn(campus: Campus, office: Actor) -> None:
    mine = own(office, people=2, hours=2)
    ill = [person(campus.classes[0]) for _n in range(3)]
    first, *_others = [*recorded(*ill[:2]), *recorded(ill[2], at=clock.now() - days(3))]
    at = clock.now()
    actions.evaluate(at=at)
    (one,) = Alert.objects.all()
    rulebook.withdraw_own_rule(own_id=mine.pk, by=office, at=clock.now())
    recorded(person(campus.classes[1]), person(campus.classes[1]))
    actions.evaluate(at=clock.now())
    assert list(Alert.objects.all()) == [one]  # two are no threshold any more
    one.refresh_from_db()
    assert (one.own_rule, one.clock_by, one.act_by) == (mine, mine, at + timedelta(hours=2))
    actions.withdraw(school_id=campus.school.pk, keys=[first.key], at=clock.now())
    actions.evaluate(at=clock.now())
    one.refresh_from_db()
    assert (one.state, one.n) == ("withdrawn", 1)  # by the rule that raised it, one is too few


def test_a_rule_that_begins_to_hold_looks_at_what_was_already_counted_once(campus: Campus, office: Actor) -> None:
    recorded(person(campus.classes[0]), person(campus.classes[0]))
    actions.evaluate(at=clock.now())
    mine = own(office, people=2)
    own(office, rule_id="MEAS-OBSERVATION-CLOSE-CONTACT", days=28)
    own(office, people=2, from_day=clock.day_of(clock.now()) + days(2))
    assert own_threshold_looks_back.run(at=clock.now()) == 2
    threshold_reached_opens_task.run(at=clock.now())
    assert [one.own_rule for one in Alert.objects.all()] == [mine]
    assert own_threshold_looks_back.run(at=clock.now()) == 0
    assert not Occurrence.objects.filter(is_due=True).exists()


def test_the_page_names_the_document_and_the_row_beside_it(campus: Campus, office: Actor) -> None:
    mine = own(office, people=2, hours=3)
    recorded(person(campus.classes[0]), person(campus.classes[0]))
    actions.evaluate(at=clock.now())
    (one,) = Alert.objects.all()
    for page in ("/alerts/", f"/alerts/{one.pk}/"):
        shown = browser(campus.office).get(page).content.decode()
        assert "校发〔2026〕9号" in shown
        assert "同班 2 人相似症状即预警" in shown
        assert "同宿舍或同班 1 天内 3 例相似症状" in shown
    told = browser(campus.office).get(f"/api/v1/alerts/{one.pk}").json()
    assert told["own_rule"] == {
        "id": mine.pk, "document": "校发〔2026〕9号", "text": "同班 2 人相似症状即预警", "people": 2, "window_days": None, "hours": 3,
    }  # fmt: skip
    assert told["clock_by"]["id"] == mine.pk
    assert (told["rule_id"], told["rule_edition"], told["needed"]) == ("SCH-2006-1", "2006", 2)

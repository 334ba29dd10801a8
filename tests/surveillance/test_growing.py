"""Whoever was told of an alert is told again each time it has doubled, once."""

from __future__ import annotations

import pytest

from linglou.domains.surveillance import actions
from linglou.domains.surveillance.models import Alert, AlertEvent
from linglou.engines.notifications.models import Notification
from linglou.flows import alert_grows_tells_again, threshold_reached_opens_task
from linglou.kernel import clock
from tests.factories.cases import clinic
from tests.factories.people import Campus, actor, person
from tests.factories.surveillance import recorded
from tests.races import at_once

pytestmark = pytest.mark.django_db


def grow(campus: Campus, n: int) -> int:
    """So many more of a class have a fever; how many alerts are told on again."""
    recorded(*(person(campus.classes[0]) for _n in range(n)))
    threshold_reached_opens_task.run(at=clock.now())
    return alert_grows_tells_again.run(at=clock.now())


def again() -> list[tuple[str, int]]:
    told = Notification.objects.filter(key__contains=":grew-").order_by("pk").values_list("key", "person_id")
    return [(key.split(":")[3], person_id) for key, person_id in told]


def test_each_doubling_is_told_once_to_those_who_were_told(campus: Campus) -> None:
    clinic(campus.school)
    assert grow(campus, 3) == 0
    one = Alert.objects.get()
    assert one.told_n == 3
    first = set(Notification.objects.filter(topic="alert").values_list("person_id", flat=True))
    assert first
    recorded(*(person(campus.classes[0]) for _n in range(1)))
    actions.evaluate(at=clock.now())
    assert alert_grows_tells_again.run(at=clock.now()) == 0  # four of three
    recorded(*(person(campus.classes[0]) for _n in range(2)))
    threshold_reached_opens_task.run(at=clock.now())
    assert alert_grows_tells_again.run(at=clock.now()) == 1
    assert again() == [("grew-6", person_id) for person_id in sorted(first)]
    assert alert_grows_tells_again.run(at=clock.now()) == 0
    one.refresh_from_db()
    assert one.told_n == 6
    assert list(AlertEvent.objects.filter(alert=one, kind="told").values_list("n", flat=True)) == [6]
    messages = Notification.objects.filter(key__contains=":grew-")
    assert all("发热" not in f"{message.subject}{message.body}" for message in messages)


def test_the_next_row_tells_by_an_alert_of_its_own(campus: Campus) -> None:
    grow(campus, 3)
    assert grow(campus, 2) == 0
    assert sorted(Alert.objects.values_list("rule_id", "told_n")) == [("SCH-2006-1", 3), ("SCH-2006-2", 5)]


def test_what_is_settled_or_withdrawn_is_not_told_again(campus: Campus) -> None:
    grow(campus, 3)
    office = actor(campus.office)
    one = actions.handle(alert=Alert.objects.get(), by=office, at=clock.now())
    actions.settle(alert=one, settlement=actions.Settlement(outcome="not-outbreak", note="已核实"), by=office, at=clock.now())
    Alert.objects.filter(pk=one.pk).update(n=99)
    assert alert_grows_tells_again.run(at=clock.now()) == 0


@pytest.mark.django_db(transaction=True)
def test_two_processes_tell_once(campus: Campus) -> None:
    grow(campus, 3)
    recorded(*(person(campus.classes[0]) for _n in range(4)))
    threshold_reached_opens_task.run(at=clock.now())
    at = clock.now()
    at_once(lambda: alert_grows_tells_again.run(at=at))
    assert len(again()) == len(set(again()))
    assert AlertEvent.objects.filter(kind="told", alert__rule_id="SCH-2006-1").count() == 1

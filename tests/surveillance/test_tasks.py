"""An alert has its tasks: for clinic, office and counsellors, by the rule's clock, once; handled, settled, withdrawn with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.domains.surveillance import actions
from linglou.domains.surveillance.actions import Settlement
from linglou.domains.surveillance.models import Alert
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks.models import Task
from linglou.flows import (
    alert_in_hand_gives_time,
    alert_settled_closes_tasks,
    overdue_task_climbs,
    threshold_reached_opens_task,
)
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.people import Campus, actor, holder, person
from tests.factories.surveillance import recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(campus: Campus) -> Person:
    return holder(Role.CLINIC, campus.school)


def raised(*persons: Person, **changes: object) -> Alert:
    recorded(*persons, **changes)
    threshold_reached_opens_task.run(at=clock.now())
    return Alert.objects.latest("pk")


def three(campus: Campus) -> list[Person]:
    return [person(campus.classes[0], name="欧阳密文") for _n in range(3)]


def minutes() -> dict[int | None, int]:
    return {task.owner_id: round((task.due_at - task.opened_at).total_seconds() / 60) for task in Task.objects.all()}


def test_clinic_office_and_counsellor_get_a_task_and_are_told_nothing_but_the_place(campus: Campus, nurse: Person) -> None:
    found = raised(*three(campus))
    assert minutes() == {nurse.pk: 720, campus.office.pk: 720, campus.counsellor.pk: 720}
    told = list(Notification.objects.all())
    assert {message.person_id for message in told} == {nurse.pk, campus.office.pk, campus.counsellor.pk}
    for text in [message.subject + message.body for message in told] + [task.title for task in Task.objects.all()]:
        assert campus.classes[0].name in text
        assert "欧阳密文" not in text
        assert "发热" not in text
    assert {message.link for message in told} == {f"/alerts/{found.pk}/"}
    assert threshold_reached_opens_task.run(at=clock.now()) == 0
    assert Task.objects.count() == 3


def test_at_once_is_a_quarter_of_an_hour(campus: Campus, nurse: Person) -> None:
    raised(campus.students[0], disease="measles")
    assert minutes() == {nurse.pk: 15, campus.office.pk: 15}
    assert "立即" in Notification.objects.filter(person=nurse).get().body


def test_a_room_concerns_the_counsellors_of_those_counted(campus: Campus, nurse: Person) -> None:
    other = holder(Role.COUNSELLOR, campus.classes[1])
    raised(*(person(campus.classes[n % 2], room=campus.rooms[0]) for n in range(3)))
    assert set(minutes()) == {nurse.pk, campus.office.pk, campus.counsellor.pk, other.pk}
    assert Task.objects.get(owner=other).unit == campus.classes[1]


def test_a_vacant_clinic_is_stood_in_for_by_the_chain(campus: Campus) -> None:
    raised(*three(campus))
    assert Task.objects.filter(key__endswith=":clinic").get().owner_id == campus.counsellor.pk


def test_an_alert_that_joins_more_people_opens_no_more_tasks(campus: Campus, nurse: Person) -> None:
    raised(*three(campus))
    recorded(person(campus.classes[0]))
    assert threshold_reached_opens_task.run(at=clock.now()) == 1  # one occurrence, no alert
    assert Task.objects.count() == 3


def test_handling_gives_the_rest_of_the_rules_time_and_overdue_climbs(campus: Campus, nurse: Person) -> None:
    at = clock.now()
    found = raised(*three(campus))
    assert alert_in_hand_gives_time.run(at=at) == 0
    actions.handle(alert=found, by=actor(nurse), at=at)
    assert alert_in_hand_gives_time.run(at=at) == 3
    assert set(Task.objects.values_list("due_at", flat=True)) == {found.act_by}
    assert alert_in_hand_gives_time.run(at=at) == 0
    assert overdue_task_climbs.run(at=at + timedelta(minutes=721)) == 0
    assert found.act_by is not None
    assert overdue_task_climbs.run(at=found.act_by) == 3


def test_where_the_rule_gives_no_number_handling_gives_four_hours_from_then(campus: Campus, nurse: Person) -> None:
    found = raised(*three(campus), disease="hfmd", symptoms=("fever",))
    found = Alert.objects.get(rule_id="CL-HFMD-CLASS")
    assert found.act_by is None
    at = clock.now() + timedelta(hours=1)
    actions.handle(alert=found, by=actor(nurse), at=at)
    alert_in_hand_gives_time.run(at=at)
    assert set(Task.objects.filter(key__startswith=f"alert:{found.pk}:").values_list("due_at", flat=True)) == {
        at + timedelta(hours=4)
    }


def test_settling_ends_them(campus: Campus, nurse: Person) -> None:
    found = raised(*three(campus))
    handled = actions.handle(alert=found, by=actor(nurse), at=clock.now())
    assert alert_settled_closes_tasks.run(at=clock.now()) == 0
    actions.settle(alert=handled, settlement=Settlement("not-outbreak", note="无关联"), by=actor(nurse), at=clock.now())
    assert alert_settled_closes_tasks.run(at=clock.now()) == 3
    assert set(Task.objects.values_list("state", "outcome")) == {("done", "alert-settled")}


def test_corrections_cancel_them_and_reaching_it_again_opens_new_ones(campus: Campus, nurse: Person) -> None:
    rows = recorded(*three(campus))
    threshold_reached_opens_task.run(at=clock.now())
    actions.withdraw(school_id=campus.school.pk, keys=[rows[0].key], at=clock.now())
    threshold_reached_opens_task.run(at=clock.now())
    assert alert_settled_closes_tasks.run(at=clock.now()) == 3
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}
    actions.record(school_id=campus.school.pk, rows=rows)
    threshold_reached_opens_task.run(at=clock.now())
    assert Task.objects.filter(state="open").count() == 3
    assert alert_settled_closes_tasks.run(at=clock.now()) == 0


def test_withdrawn_before_it_was_handed_out_opens_nothing(campus: Campus, nurse: Person) -> None:
    rows = recorded(*three(campus))
    actions.evaluate(at=clock.now())
    actions.withdraw(school_id=campus.school.pk, keys=[rows[0].key], at=clock.now())
    threshold_reached_opens_task.run(at=clock.now())
    assert not Task.objects.exists()

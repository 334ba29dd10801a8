"""Nobody's account changes hands unseen."""

from __future__ import annotations

import pytest

from linglou.engines.notifications.models import Delivery, Notification
from linglou.flows import account_reset_tells_person as flow
from linglou.foundation.access.roles import Role
from linglou.foundation.accounts import actions
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import account
from tests.factories.notifications import channel
from tests.factories.people import Campus, actor, holder

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def reset(whom: Person, by: Person) -> None:
    actions.issue_code(person=whom, days=1, drop_second_factor=True, at=clock.now(), by=actor(by))


def test_the_person_and_the_auditor_are_told_once_who_took_the_account_over(campus: Campus) -> None:
    administrator, auditor = (holder(role, campus.school) for role in (Role.ADMINISTRATOR, Role.AUDITOR))
    account(campus.office)
    channel("office@mail.test", person=campus.office)
    reset(campus.office, administrator)
    assert flow.run(at=clock.now()) == 2
    assert flow.run(at=clock.now()) == 0
    own = Notification.objects.get(person=campus.office)
    assert administrator.name in own.body
    assert Delivery.objects.filter(notification=own).count() == 1
    assert campus.office.name in Notification.objects.get(person=auditor).subject


def test_a_second_reset_is_told_too_and_a_students_is_nobody_elses_business(campus: Campus) -> None:
    holder(Role.AUDITOR, campus.school)
    student = campus.students[1]
    account(student)
    reset(student, campus.office)
    assert flow.run(at=clock.now()) == 1
    later = clock.now() + flow.timedelta(minutes=1)
    actions.issue_code(person=student, days=1, drop_second_factor=False, at=later, by=actor(campus.office))
    assert flow.run(at=later) == 1
    assert set(Notification.objects.values_list("person", flat=True)) == {student.pk}


def test_a_first_code_is_no_reset(campus: Campus) -> None:
    actions.issue_code(person=campus.students[1], days=1, drop_second_factor=False, at=clock.now(), by=actor(campus.office))
    account(campus.students[1])
    assert flow.run(at=clock.now()) == 0

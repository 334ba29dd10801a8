"""Who sees and handles which alert, and whom of it by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linglou.domains.surveillance import access, queries
from linglou.foundation.access.actor import Grant
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_ALLOWED, NOT_FOUND
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor, holder, person, unit
from tests.factories.surveillance import alert, event

pytestmark = pytest.mark.django_db

SEE = {
    "counsellor": True,
    "college-secretary": True,
    "dean": True,
    "clinic": True,
    "prevention-office": True,
    "command-group": True,
}
HANDLE = {"clinic", "prevention-office"}
NOBODY = (
    "class-monitor",
    "room-head",
    "counselling",
    "logistics",
    "gate",
    "auditor",
    "authority-viewer",
    "administrator",
    "student",
)


def someone(campus: Campus, role: str) -> Person:
    named = {
        "counsellor": campus.counsellor, "college-secretary": campus.secretary, "prevention-office": campus.office,
        "command-group": campus.command, "class-monitor": campus.monitor, "student": campus.students[5],
    }  # fmt: skip
    where = {"dean": campus.college, "room-head": campus.rooms[0]}
    return named.get(role) or holder(Role(role), where.get(role, campus.school))


@pytest.mark.parametrize("role", [*SEE, *NOBODY])
def test_a_class_alert_by_post(campus: Campus, role: str) -> None:
    one = alert(*campus.students[:3], scope="class")
    by = actor(someone(campus, role))
    if role in SEE:
        assert access.alert_for(by, one.pk) == one
    else:
        with pytest.raises(Problem) as hidden:
            access.alert_for(by, one.pk)
        assert hidden.value.kind is NOT_FOUND
    assert access.user_can_handle(by, one) is (role in HANDLE)
    if role in HANDLE:
        access.check_user_can_handle(by, one)
    else:
        with pytest.raises(Problem) as refused:
            access.check_user_can_handle(by, one)
        assert refused.value.kind is NOT_ALLOWED


def test_a_room_is_also_for_those_over_the_classes_of_its_people_and_each_sees_their_own(campus: Campus) -> None:
    """Two of class A and one of class B in one room: either counsellor sees the alert, and the names of their own."""
    ill = [person(campus.classes[n], room=campus.rooms[0]) for n in (0, 0, 1)]
    one = alert(*ill, scope="room")
    other = holder(Role.COUNSELLOR, campus.classes[1])
    stranger = holder(Role.COUNSELLOR, unit(campus.college, "class", "软件2401C"))
    for counsellor, names in ((campus.counsellor, ill[:2]), (other, ill[2:]), (campus.office, ill)):
        by = actor(counsellor)
        assert access.alert_for(by, one.pk) == one
        shown = queries.detail(by, one, at=clock.now())
        assert {counted.person for counted in shown.people} == set(names)
        assert shown.hidden == 3 - len(names)
        read = Entry.objects.filter(action="alert.read", actor_id=counsellor.pk).values_list("subject_person_id", flat=True)
        assert set(read) == {who.pk for who in names}
    with pytest.raises(Problem):
        access.alert_for(actor(stranger), one.pk)


def test_an_alert_of_the_school_is_for_posts_over_the_school(campus: Campus) -> None:
    one = alert(campus.students[0], disease="measles")
    with pytest.raises(Problem):
        access.alert_for(actor(campus.counsellor), one.pk)
    assert access.alert_for(actor(campus.office), one.pk) == one


def test_an_alert_of_another_school_does_not_exist(campus: Campus) -> None:
    one = alert(*campus.students[:3], scope="class")
    with pytest.raises(Problem):
        access.alert_for(actor(Campus().office), one.pk)


def test_somebody_without_a_unit_is_named_to_posts_over_the_school_only(campus: Campus) -> None:
    alone = person(campus.classes[0])
    one = alert(alone, disease="measles")
    one.people.update(unit=None)
    assert access.visible_people(actor(campus.office), one).count() == 1
    assert access.visible_people(actor(campus.counsellor), one).count() == 0


def test_people_are_named_by_number_within_the_scope(campus: Campus) -> None:
    elsewhere = Campus().students[0]
    guardian = person(campus.classes[0], kind="guardian")
    inside, at = campus.students[0], clock.now()
    numbers = [inside.number, elsewhere.number, guardian.number]
    assert access.people_numbered(actor(campus.office), numbers, at=at) == {inside.number: inside}
    assert access.people_numbered(actor(campus.counsellor), numbers, at=at) == {}
    grant = Grant(Role.CLINIC, campus.college.pk, campus.college.path)  # of one college only
    nurse = replace(actor(campus.office), grants=(grant,))
    assert access.people_numbered(nurse, numbers, at=at) == {inside.number: inside}


def test_an_event_is_for_those_who_may_record_it(campus: Campus) -> None:
    found = event(*campus.students[:2], by=actor(campus.office), unit=campus.classes[0])
    assert access.event_for(actor(campus.office), found.pk) == found
    for other in (campus.counsellor, campus.command, Campus().office):
        with pytest.raises(Problem) as hidden:
            access.event_for(actor(other), found.pk)
        assert hidden.value.kind is NOT_FOUND
    assert list(queries.events(actor(campus.office))) == [found]
    assert list(queries.events(actor(campus.counsellor))) == []

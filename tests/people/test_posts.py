"""Posts and units: what the state permits, whoever asks."""

from __future__ import annotations

import pytest

from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import access, actions, problems, rules
from linglou.foundation.people.models import Membership, Person, Post, Unit
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_ALLOWED, NOT_FOUND
from linglou.kernel.problems import Kind, Problem
from tests.factories.people import Campus, actor, holder, person, school, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def appoint(who: Person, role: Role, at_unit: Unit | None = None, ward: Person | None = None) -> Post:
    return actions.appoint(person=who, role=role, unit=at_unit, ward=ward, at=clock.now(), by=None)


def refused(problem: Kind, deed: object, /, *args: object, **kwargs: object) -> None:
    before = (Post.objects.count(), Membership.objects.count(), Unit.objects.count(), Entry.objects.count())
    with pytest.raises(Problem) as found:
        deed(*args, **kwargs)  # type: ignore[operator]
    assert found.value.kind is problem
    assert (Post.objects.count(), Membership.objects.count(), Unit.objects.count(), Entry.objects.count()) == before


def test_a_post_stands_where_the_table_says_and_nowhere_else(campus: Campus) -> None:
    dean = person(campus.college, kind="staff")
    refused(problems.POST_NOT_HERE, appoint, dean, Role.DEAN, campus.classes[0])
    refused(problems.POST_NOT_HERE, appoint, dean, Role.DEAN, school())
    refused(problems.POST_NOT_HERE, appoint, dean, Role.DEAN, unit(school(), "college"))
    refused(problems.POST_NOT_HERE, appoint, dean, Role.GUARDIAN, campus.school)
    refused(problems.POST_NOT_HERE, appoint, dean, Role.DEAN, None)
    appoint(dean, Role.DEAN, campus.college)
    refused(problems.POST_ALREADY_HELD, appoint, dean, Role.DEAN, campus.college)


def test_a_post_is_held_by_whom_the_table_says(campus: Campus) -> None:
    refused(problems.POST_NOT_FOR_THEM, appoint, campus.students[2], Role.DEAN, campus.college)
    refused(problems.POST_NOT_FOR_THEM, appoint, campus.secretary, Role.CLASS_MONITOR, campus.classes[0])
    appoint(campus.students[2], Role.COUNSELLOR, campus.classes[0])


def test_posts_that_exclude_each_other(campus: Campus) -> None:
    auditor = holder(Role.AUDITOR, campus.school)
    refused(problems.POSTS_APART, appoint, auditor, Role.ADMINISTRATOR, campus.school)
    refused(problems.POSTS_APART, appoint, campus.office, Role.AUDITOR, campus.school)
    actions.dismiss(post=Post.objects.get(person=auditor), at=clock.now(), by=None)
    appoint(auditor, Role.ADMINISTRATOR, campus.school)


def test_no_post_at_a_closed_unit(campus: Campus) -> None:
    gone = unit(campus.college, "class")
    actions.close_unit(unit=gone, at=clock.now(), by=None)
    refused(problems.UNIT_CLOSED, appoint, campus.secretary, Role.COUNSELLOR, gone)
    refused(problems.UNIT_CLOSED, actions.join, person=campus.students[0], unit=gone, at=clock.now(), by=None)
    refused(problems.UNIT_CLOSED, actions.close_unit, unit=gone, at=clock.now(), by=None)
    refused(
        problems.UNIT_KIND_NOT_HERE, actions.open_unit, parent=gone, tree="administration", kind="class", name="x",
        at=clock.now(), by=None,
    )  # fmt: skip


def test_guardians(campus: Campus) -> None:
    ward, staff = campus.students[0], campus.secretary
    refused(problems.WARD_IS_THEMSELVES, appoint, staff, Role.GUARDIAN, None, staff)
    refused(problems.POST_NOT_FOR_THEM, appoint, campus.students[1], Role.GUARDIAN, None, ward)
    refused(problems.POST_NOT_HERE, appoint, person(school(), kind="guardian"), Role.GUARDIAN, None, ward)
    appoint(staff, Role.GUARDIAN, None, ward)
    refused(problems.POST_ALREADY_HELD, appoint, staff, Role.GUARDIAN, None, ward)


def test_a_second_guardian_and_a_second_ward(campus: Campus) -> None:
    first, second = campus.students[:2]

    def give(ward: Person, name: str, phone: str) -> Person:
        return actions.appoint_guardian(ward=ward, name=name, phone=phone, at=clock.now(), by=None).person

    mother, father = give(first, "林母", "13900000001"), give(first, "林父", "13900000002")
    assert [mother.number, father.number] == [f"JZ{first.number}", f"JZ{first.number}-2"]
    assert give(second, " 林 母", "+86 139 0000 0001") == mother


def test_the_last_administrator_stays(campus: Campus) -> None:
    first = holder(Role.ADMINISTRATOR, campus.school)
    only = Post.objects.get(person=first)
    refused(problems.LAST_ADMINISTRATOR, actions.dismiss, post=only, at=clock.now(), by=None)
    holder(Role.ADMINISTRATOR, campus.school)
    actions.dismiss(post=only, at=clock.now(), by=None)
    refused(problems.POST_ENDED, actions.dismiss, post=only, at=clock.now(), by=None)


def test_a_unit_closes_only_when_nobody_and_nothing_is_left(campus: Campus) -> None:
    refused(problems.UNIT_NOT_EMPTY, actions.close_unit, unit=campus.college, at=clock.now(), by=None)
    refused(problems.UNIT_NOT_EMPTY, actions.close_unit, unit=campus.classes[1], at=clock.now(), by=None)
    empty = unit(campus.college, "class")
    post = appoint(person(campus.college, kind="staff"), Role.COUNSELLOR, empty)
    refused(problems.UNIT_STILL_STAFFED, actions.close_unit, unit=empty, at=clock.now(), by=None)
    actions.dismiss(post=post, at=clock.now(), by=None)
    actions.close_unit(unit=empty, at=clock.now(), by=None)
    assert Entry.objects.filter(action="unit.close", subject_id=empty.pk).count() == 1
    # The name is free again for the next year's class.
    assert unit(campus.college, "class", empty.name).pk != empty.pk


def test_people_belong_to_leaves_of_their_own_school(campus: Campus) -> None:
    who, now = campus.students[0], clock.now()
    refused(problems.UNIT_HAS_NO_MEMBERS, actions.join, person=who, unit=campus.floor, at=now, by=None)
    refused(problems.UNIT_HAS_NO_MEMBERS, actions.join, person=who, unit=school(), at=now, by=None)
    refused(problems.ALREADY_THERE, actions.join, person=who, unit=campus.classes[0], at=now, by=None)
    actions.end_membership(person=who, tree="residence", at=now, by=None)
    refused(problems.NOT_A_MEMBER, actions.end_membership, person=who, tree="residence", at=now, by=None)


def test_what_is_offered_is_what_is_allowed(campus: Campus) -> None:
    """A unit's page offers the posts that ``check_user_can_appoint`` lets its reader give (to anybody but themselves)."""
    at, office = clock.now(), actor(campus.office)
    candidate = person(campus.college, kind="staff")
    cases = [
        (office, Role.CLINIC, candidate, campus.school, None),
        (office, Role.AUDITOR, candidate, campus.school, problems.POST_NOT_YOURS_TO_GIVE),
        (office, Role.CLINIC, campus.office, campus.school, problems.OWN_POST),
        (actor(campus.secretary), Role.COUNSELLOR, candidate, campus.classes[0], NOT_ALLOWED),
        (office, Role.COUNSELLOR, candidate, unit(unit(school(), "college"), "class"), NOT_ALLOWED),
    ]
    for by, role, who, where, problem in cases:
        assert (role in access.roles_user_can_give(by, where)) is (problem in (None, problems.OWN_POST))
        if problem is None:
            access.check_user_can_appoint(by, role, who, at, unit=where)
        else:
            refused(problem, access.check_user_can_appoint, by, role, who, at, unit=where)


def test_people_are_seen_within_names_only(campus: Campus) -> None:
    at = clock.now()
    lost = Person.objects.create(school=campus.school, number="L1", name="无名", kind="student", created_at=at)
    assert access.get_person(actor(campus.office), lost.pk, at) == lost
    for by in (campus.counsellor, campus.secretary, campus.students[5]):
        refused(NOT_FOUND, access.get_person, actor(by), lost.pk, at)
    assert access.get_person(actor(lost), lost.pk, at) == lost
    guardian = actions.appoint_guardian(ward=lost, name="家长", phone="13900000009", at=at, by=None).person
    assert access.get_person(actor(guardian), lost.pk, clock.now()) == lost
    sight = access.sight_of(actor(guardian), lost, clock.now())
    assert (sight.own, sight.contact, sight.identity, sight.move) == (False, False, False, False)
    for by, identity in ((campus.secretary, False), (campus.counsellor, True)):
        sight = access.sight_of(actor(by), campus.students[0], at)
        assert (sight.contact, sight.identity) == (True, identity)


def test_an_identity_is_for_oneself_and_for_those_whose_post_says_so(campus: Campus) -> None:
    at, student = clock.now(), campus.students[0]
    for by in (student, campus.counsellor, campus.office):
        access.check_user_can_see_identity(actor(by), student.pk, at)
    for by in (campus.students[1], campus.secretary, campus.command):
        refused(NOT_ALLOWED, access.check_user_can_see_identity, actor(by), student.pk, at)


def test_who_gives_a_student_a_guardian(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    at, ward, office = clock.now(), campus.students[0], actor(campus.office)
    access.check_user_can_appoint_guardian(office, ward, at)
    assert access.sight_of(office, ward, at).appoint_guardian
    refused(NOT_ALLOWED, access.check_user_can_appoint_guardian, actor(campus.counsellor), ward, at)
    refused(NOT_ALLOWED, access.check_user_can_appoint_guardian, actor(Campus().office), ward, at)
    # the table of who gives what is asked too, not the verb alone
    monkeypatch.setitem(rules.GIVES, Role.PREVENTION_OFFICE, rules.EVERYDAY - {Role.GUARDIAN})
    refused(problems.POST_NOT_YOURS_TO_GIVE, access.check_user_can_appoint_guardian, office, ward, at)
    assert not access.sight_of(office, ward, at).appoint_guardian


def test_a_post_is_seen_with_its_unit_or_its_ward(campus: Campus) -> None:
    at = clock.now()
    guardian = actions.appoint_guardian(ward=campus.students[0], name="家长", phone="13900000009", at=at, by=None)
    monitor = Post.objects.get(person=campus.monitor)
    later = clock.now()
    for post in (guardian, monitor):
        assert access.get_post(actor(campus.counsellor), post.pk, later) == post
        refused(NOT_FOUND, access.get_post, actor(Campus().office), post.pk, later)
    actions.dismiss(post=monitor, at=later, by=None)
    refused(NOT_FOUND, access.get_post, actor(campus.counsellor), monitor.pk, clock.now())

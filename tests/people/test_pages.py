"""Every page about people, seen by those it is for and refused to those it is not."""

from __future__ import annotations

import pytest
from django.db.models import Q
from django.test import Client

from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions, queries
from linglou.foundation.people.models import Person, Post, Unit
from linglou.foundation.people.unit_search import units_named
from linglou.kernel import clock
from tests.factories import accounts
from tests.factories.people import Campus, holder, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    made = Campus()
    student = made.students[1]
    student.phone, student.guardian_phone, student.guardian_name = "13800005678", "13900001234", "林父"
    student.id_number = "330281200401011234"
    student.save()
    return made


def browse(who: Person) -> Client:
    return accounts.browser(who, second_factor=True)


def test_search_page_finds_with_and_without_scripts(campus: Campus) -> None:
    office = browse(campus.office)
    page = office.get("/people/", {"q": campus.students[2].name})
    assert campus.students[2].number in page.content.decode()
    assert "<html" in page.content.decode()
    part = office.get("/people/", {"q": campus.students[2].number}, headers={"HX-Request": "true"})
    assert campus.students[2].name in part.content.decode()
    assert "<html" not in part.content.decode()


def test_nobody_searches_without_names(campus: Campus) -> None:
    assert browse(campus.students[1]).get("/people/").status_code == 403
    assert Client().get("/people/").status_code == 302


def test_a_counsellor_sees_contacts_and_leaves_a_trail(campus: Campus) -> None:
    who = campus.students[1]
    page = browse(campus.counsellor).get(f"/people/{who.pk}/").content.decode()
    assert "13800005678" in page
    assert "3302**********1234" in page
    assert "330281200401011234" not in page
    assert [entry.action for entry in Entry.objects.filter(is_read=True)] == ["person.read-contact"]


def test_the_id_number_is_shown_on_purpose_only(campus: Campus) -> None:
    who = campus.students[1]
    page = browse(campus.counsellor).post(f"/people/{who.pk}/identity/").content.decode()
    assert "330281200401011234" in page
    assert Entry.objects.filter(action="person.read-identity", subject_person_id=who.pk).count() == 1


def test_who_may_not_see_the_id_number_cannot_ask_for_it(campus: Campus) -> None:
    who = campus.students[1]
    secretary = browse(campus.secretary)
    assert "3302**********1234" in secretary.get(f"/people/{who.pk}/").content.decode()
    assert secretary.post(f"/people/{who.pk}/identity/").status_code == 403
    assert not Entry.objects.filter(action="person.read-identity").exists()


def test_a_class_monitor_sees_a_masked_phone_and_nothing_of_the_family(campus: Campus) -> None:
    who = campus.students[1]
    page = browse(campus.monitor).get(f"/people/{who.pk}/").content.decode()
    assert "138****5678" in page
    assert "13800005678" not in page
    assert "1234" not in page
    assert "林父" not in page
    assert not Entry.objects.filter(is_read=True).exists()


def test_absent_and_out_of_scope_answer_alike(campus: Campus) -> None:
    monitor = browse(campus.monitor)
    other = campus.students[5]
    answers = [monitor.get(f"/people/{pk}/") for pk in (other.pk, 10**12)]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_everybody_sees_everything_of_themselves(campus: Campus) -> None:
    who = campus.students[1]
    mine = browse(who)
    assert mine.get("/people/me/").headers["Location"] == f"/people/{who.pk}/"
    page = mine.get(f"/people/{who.pk}/").content.decode()
    for shown in ("13800005678", "330281200401011234", "13900001234", campus.counsellor.name):
        assert shown in page
    assert not Entry.objects.filter(is_read=True).exists()


def test_units_lead_from_the_school_to_the_leaf(campus: Campus) -> None:
    office = browse(campus.office)
    assert office.get("/people/units/").headers["Location"] == f"/people/units/{campus.school.pk}/"
    assert "信息学院" in office.get(f"/people/units/{campus.school.pk}/").content.decode()
    assert "东校区" in office.get(f"/people/units/{campus.school.pk}/", {"tree": "residence"}).content.decode()
    leaf = office.get(f"/people/units/{campus.classes[0].pk}/").content.decode()
    assert campus.students[1].number in leaf
    assert campus.monitor.name in leaf
    room = office.get(f"/people/units/{campus.rooms[0].pk}/").content.decode()
    assert campus.students[1].number in room


def test_a_counsellor_is_led_down_to_the_own_class_only(campus: Campus) -> None:
    counsellor = browse(campus.counsellor)
    college = counsellor.get(f"/people/units/{campus.college.pk}/").content.decode()
    assert campus.classes[0].name in college
    assert campus.classes[1].name not in college
    assert campus.secretary.name not in college
    assert counsellor.get(f"/people/units/{campus.classes[1].pk}/").status_code == 404
    assert browse(campus.students[1]).get("/people/units/").status_code == 403


def test_open_a_unit_and_be_told_that_the_name_is_taken(campus: Campus) -> None:
    office = browse(campus.office)
    address = f"/people/units/{campus.college.pk}/open/"
    assert office.get(address).status_code == 200
    form = {"kind": "class", "name": "软件2403"}
    opened = office.post(address, form)
    assert opened.headers["Location"] == f"/people/units/{Unit.objects.get(name='软件2403').pk}/"
    again = office.post(address, form)
    assert again.status_code == 422
    assert "已经存在" in again.content.decode()
    assert office.post(address, {"kind": "room", "name": "x"}).status_code == 422
    assert browse(campus.secretary).get(address).status_code == 403


def test_close_an_empty_unit_and_no_other(campus: Campus) -> None:
    office = browse(campus.office)
    refused = office.post(f"/people/units/{campus.classes[0].pk}/close/")
    assert (refused.status_code, Unit.objects.get(pk=campus.classes[0].pk).closed_at) == (409, None)
    empty = actions.open_unit(parent=campus.college, tree="administration", kind="class", name="空班", at=clock.now(), by=None)
    assert office.get(f"/people/units/{empty.pk}/close/").status_code == 200
    assert office.post(f"/people/units/{empty.pk}/close/").headers["Location"] == f"/people/units/{campus.college.pk}/"
    assert Unit.objects.get(pk=empty.pk).closed_at is not None
    assert "已撤销" in office.get(f"/people/units/{empty.pk}/").content.decode()


def test_appoint_and_dismiss(campus: Campus) -> None:
    office, chosen = browse(campus.office), campus.students[3]
    address = f"/people/units/{campus.classes[1].pk}/appoint/class-monitor/"
    assert chosen.number in office.get(address, {"q": chosen.number}).content.decode()
    teacher = campus.secretary.number
    assert teacher in office.get("/people/", {"q": teacher}).content.decode()
    assert "没有找到" in office.get(address, {"q": teacher}).content.decode()
    assert office.post(address, {"person": chosen.pk}).status_code == 302
    post = Post.objects.get(person=chosen, superseded_at=None)
    assert office.get(f"/people/posts/{post.pk}/dismiss/").status_code == 200
    assert office.post(f"/people/posts/{post.pk}/dismiss/").status_code == 302
    assert queries.grants_of(chosen.pk, at=clock.now()) == ()
    assert office.post(f"/people/posts/{post.pk}/dismiss/").status_code == 404


@pytest.mark.parametrize("role", ["administrator", "auditor", "prevention-office", "command-group", "authority-viewer"])
def test_the_office_does_not_give_the_posts_that_guard_the_system(campus: Campus, role: str) -> None:
    colleague = person(campus.school, kind="staff")
    address = f"/people/units/{campus.school.pk}/appoint/{role}/"
    administrator = browse(holder(Role.ADMINISTRATOR, campus.school))
    office = browse(campus.office)
    assert office.get(address).status_code == 403
    assert office.post(address, {"person": colleague.pk}).status_code == 403
    assert administrator.post(address, {"person": colleague.pk}).status_code == 302
    assert office.get(f"/people/units/{campus.school.pk}/appoint/no-such-post/").status_code == 404


def test_the_members_of_a_unit_are_offered_before_anything_is_typed(campus: Campus) -> None:
    office = browse(campus.office)
    page = office.get(f"/people/units/{campus.classes[1].pk}/appoint/class-monitor/").content.decode()
    for student in campus.students[3:]:
        assert student.number in page
    assert campus.students[0].number not in page
    teachers = office.get(f"/people/units/{campus.college.pk}/appoint/dean/").content.decode()
    assert campus.secretary.number in teachers


def test_nobody_appoints_or_dismisses_themselves(campus: Campus) -> None:
    office = browse(campus.office)
    assert office.post(f"/people/units/{campus.school.pk}/appoint/clinic/", {"person": campus.office.pk}).status_code == 403
    administrator = holder(Role.ADMINISTRATOR, campus.school)
    own = Post.objects.get(person=administrator)
    assert browse(administrator).post(f"/people/posts/{own.pk}/dismiss/").status_code == 403


def test_a_guardian_is_added_and_dismissed(campus: Campus) -> None:
    office, ward = browse(campus.office), campus.students[1]
    address = f"/people/{ward.pk}/guardians/"
    assert "林父" in office.get(address).content.decode()
    assert office.post(address, {"name": "林父", "phone": "12"}).status_code == 422
    assert office.post(address, {"name": "林父", "phone": "139 0000 1234"}).status_code == 302
    post = Post.objects.get(role="guardian", ward=ward)
    assert (post.person.name, post.person.kind, post.person.phone) == ("林父", "guardian", "13900001234")
    assert office.post(address, {"name": "林父", "phone": "13900001234"}).status_code == 409
    assert browse(post.person).get(f"/people/{ward.pk}/").status_code == 200
    assert office.post(f"/people/posts/{post.pk}/dismiss/").headers["Location"] == f"/people/{ward.pk}/"
    assert browse(campus.counsellor).get(address).status_code == 403


def test_a_monitor_does_not_learn_who_the_parents_are(campus: Campus) -> None:
    ward = campus.students[1]
    browse(campus.office).post(f"/people/{ward.pk}/guardians/", {"name": "林父", "phone": "13900001234"})
    pages = [browse(who).get(f"/people/{ward.pk}/").content.decode() for who in (campus.monitor, campus.counsellor, ward)]
    assert ["林父" in page for page in pages] == [False, True, True]


def test_nobody_makes_themselves_a_guardian_by_their_own_name_and_phone(campus: Campus) -> None:
    """A guardian reads the ward's answers; the administrator reads nobody's."""
    ward, administrator = campus.students[1], holder(Role.ADMINISTRATOR, campus.school)
    address, parents = f"/people/{ward.pk}/guardians/", {}
    for who in (administrator, campus.office):
        who.phone = f"1390000{who.pk % 10000:04}"
        who.save()
        parents[who] = {"name": who.name, "phone": who.phone}
    client = browse(administrator)
    assert client.post(address, parents[administrator]).status_code == 403
    assert browse(campus.office).post(address, parents[campus.office]).status_code == 403
    assert not Post.objects.filter(role="guardian").exists()
    assert client.post(address, parents[campus.office]).status_code == 302
    assert Post.objects.get(role="guardian").person == campus.office


def test_move_and_leave(campus: Campus) -> None:
    office, who = browse(campus.office), campus.students[1]
    address = f"/people/{who.pk}/move/administration/"
    assert campus.classes[1].name in office.get(address, {"q": campus.classes[1].name[-6:]}).content.decode()
    assert office.post(address, {"unit": campus.classes[1].pk}).status_code == 302
    assert office.post(address, {"unit": campus.classes[1].pk}).status_code == 409
    assert office.post(address, {"unit": campus.school.pk + 10**9}).status_code == 404
    room = f"/people/{who.pk}/move/residence/"
    assert office.post(room, {"unit": campus.rooms[1].pk, "place": "3"}).status_code == 302
    assert "3 床" in office.get(f"/people/{who.pk}/").content.decode()
    assert office.get(f"/people/{who.pk}/leave/residence/").status_code == 200
    why = {"reason": "moved-out"}
    assert office.post(f"/people/{who.pk}/leave/residence/", why).status_code == 302
    assert office.post(f"/people/{who.pk}/leave/residence/", why).status_code == 409
    assert office.get(f"/people/{who.pk}/leave/nowhere/").status_code == 404
    assert browse(campus.secretary).post(address, {"unit": campus.classes[0].pk}).status_code == 403


@pytest.mark.parametrize("typed", ["202", "3号楼202", "3号楼 202", "东校区-202", "3号楼2层202"])
def test_a_room_is_found_by_its_building(campus: Campus, typed: str) -> None:
    found = units_named(typed, school_id=campus.school.pk, tree="residence", scope=Q(path__startswith=campus.school.path))
    assert found == [campus.rooms[1]]


def test_a_room_of_another_building_is_not(campus: Campus) -> None:
    for typed in ("4号楼202", "3号楼 999", "3号楼 "):
        assert (
            units_named(typed, school_id=campus.school.pk, tree="residence", scope=Q(path__startswith=campus.school.path)) == []
        )


def test_somebody_is_put_into_a_unit_from_its_page(campus: Campus) -> None:
    office, who = browse(campus.office), campus.students[1]
    address = f"/people/units/{campus.classes[1].pk}/join/"
    assert who.number in office.get(address, {"q": who.number}).content.decode()
    assert office.post(address, {"person": who.pk}).status_code == 302
    assert queries.chain_of(who.pk, at=clock.now())[0].holders == ()
    assert office.post(f"/people/units/{campus.building.pk}/join/", {"person": who.pk}).status_code == 422


def test_the_chain_page_lists_holes_and_refuses_readiness_until_they_are_mended(campus: Campus) -> None:
    administrator = browse(holder(Role.ADMINISTRATOR, campus.school))
    page = administrator.get("/people/chain/").content.decode()
    assert campus.classes[1].name in page
    body = {"unit": campus.school.pk, "do": "declare"}
    assert administrator.post("/people/chain/ready/", body).status_code == 409
    actions.appoint(person=campus.students[3], role=Role.CLASS_MONITOR, unit=campus.classes[1], at=clock.now(), by=None)
    actions.appoint(person=campus.counsellor, role=Role.COUNSELLOR, unit=campus.college, at=clock.now(), by=None)
    assert administrator.post("/people/chain/ready/", body).status_code == 302
    assert "学校就绪" in administrator.get("/people/chain/").content.decode()
    actions.dismiss(post=Post.objects.get(person=campus.office, superseded_at=None), at=clock.now(), by=None)
    assert "确认已失效" in administrator.get("/people/chain/").content.decode()
    assert administrator.post("/people/chain/ready/", body | {"do": "withdraw"}).status_code == 302
    assert "确认已失效" not in administrator.get("/people/chain/").content.decode()


def test_a_college_sees_its_own_part_of_the_audit(campus: Campus) -> None:
    secretary = browse(campus.secretary)
    page = secretary.get("/people/chain/").content.decode()
    assert campus.classes[1].name in page
    assert "校医院" not in page
    assert secretary.post("/people/chain/ready/", {"unit": campus.school.pk}).status_code == 403
    assert browse(campus.counsellor).get("/people/chain/").status_code == 403

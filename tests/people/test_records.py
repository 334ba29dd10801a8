"""One person by hand: the transfer student who arrives on a Tuesday, a wrong phone number, somebody who leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions, chain_audit, particulars, queries, records
from linglou.foundation.people.models import Membership, Person, Post
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories import accounts, rosters
from tests.factories.people import Campus, actor, holder, long_ago, unit

pytestmark = pytest.mark.django_db
ID_NUMBER = rosters.id_number(7)


@pytest.fixture
def campus() -> Campus:
    return Campus()


def browse(who: Person) -> Client:
    return accounts.browser(who, second_factor=True)


def typed(**changes: str) -> dict[str, str]:
    good = {
        "number": "20249001", "name": "王转学", "kind": "student", "id_number": ID_NUMBER, "phone": "138 0013-8000",
        "guardian_name": "王父", "guardian_phone": "13900000001",
    }  # fmt: skip
    return good | changes


def form(**changes: str) -> dict[str, str]:
    return typed(**{"since": clock.day_of(clock.now()).isoformat()} | changes)


def actions_on(who: Person) -> list[str]:
    return list(Entry.objects.filter(subject_person_id=who.pk).order_by("id").values_list("action", flat=True))


# -- arriving ------------------------------------------------------------------------------------------------------------


def test_a_new_student_is_found_from_the_search_page_entered_and_led_to_a_room(campus: Campus) -> None:
    office = browse(campus.office)
    assert "/people/add/" in office.get("/people/", {"q": "王转学"}).content.decode()
    here = f"/people/units/{campus.classes[0].pk}/add/"
    assert here in office.get("/people/add/", {"q": campus.classes[0].name}).content.decode()
    assert office.get(here).status_code == 200
    answer = office.post(here, form())
    made = Person.objects.get(number="20249001")
    assert answer.headers["Location"].startswith(f"/people/{made.pk}/move/residence/")
    assert (made.phone, made.sex, str(made.birth_date), made.document_kind) == ("13800138000", "male", "2005-09-01", "resident")
    assert queries.chain_of(made.pk, at=clock.now())[0].holders == (campus.monitor,)
    assert actions_on(made) == ["person.add", "membership.join"]
    assert office.get(answer.headers["Location"]).status_code == 200
    room = {"unit": campus.rooms[0].pk, "place": "4", "since": clock.day_of(clock.now()).isoformat()}
    assert office.post(f"/people/{made.pk}/move/residence/", room).status_code == 302
    assert "4 床" in office.get(f"/people/{made.pk}/").content.decode()
    assert made.number in office.get("/people/", {"q": "wzx"}).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"id_number": ID_NUMBER[:-1] + ("0" if ID_NUMBER[-1] != "0" else "1")}, "id_number", "id-check-digit"),
        ({"id_number": "123"}, "id_number", "id-length"),
        ({"sex": "female"}, "sex", "sex-mismatch"),
        ({"birth_date": "2004-01-01"}, "birth_date", "birth-mismatch"),
        ({"phone": "12345"}, "phone", "phone-invalid"),
        ({"guardian_phone": "abc"}, "guardian_phone", "phone-invalid"),
        ({"number": "学号1"}, "number", "number-malformed"),
        ({"number": ""}, "number", "number-missing"),
        ({"name": " "}, "name", "name-missing"),
        ({"name": "长" * 81}, "name", "too-long"),
        ({"kind": "外星人"}, "kind", "kind-unknown"),
        ({"kind": ""}, "kind", "kind-unknown"),
    ],
)
def test_what_the_import_refuses_is_refused_here(campus: Campus, wrong: dict[str, str], field: str, code: str) -> None:
    given = typed(**wrong)
    with pytest.raises(Problem) as refused:
        records.add(unit=campus.classes[0], typed=given, at=clock.now(), by=None)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]
    assert not Person.objects.filter(phone_index=particulars.contacts.phone_index("13800138000")).exists()
    if code != "kind-unknown" or given["kind"]:  # a file says it by its columns
        table = [[*given, "class", "college"], [*given.values(), campus.classes[0].name, campus.college.name]]
        job = rosters.previewed(campus.school, rosters.xlsx(table))
        assert rosters.codes(job) == {2: [code]}


def test_a_wrong_number_comes_back_on_the_form_with_all_that_was_typed(campus: Campus) -> None:
    answer = browse(campus.office).post(f"/people/units/{campus.classes[0].pk}/add/", form(phone="12345", major="软件工程"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "不是有效的电话号码" in page
    assert 'value="软件工程"' in page
    assert not Person.objects.filter(number="20249001").exists()


def test_a_number_and_a_document_belong_to_one_person(campus: Campus) -> None:
    at, here = clock.now(), campus.classes[0]
    first = records.add(unit=here, typed=typed(), at=at, by=None)

    def refused(**changes: str) -> list[tuple[str, str]]:
        with pytest.raises(Problem) as problem:
            records.add(unit=here, typed=typed(**changes), at=at, by=None)
        return [(error.field, error.code) for error in problem.value.errors]

    assert refused() == [("number", "number-taken"), ("id_number", "id-taken")]
    assert refused(number="20249002") == [("id_number", "id-taken")]
    actions.depart(person=first, reason="graduated", at=clock.now(), by=None)
    again = records.add(unit=here, typed=typed(number="20259002"), at=clock.now(), by=None)  # back for a second degree
    assert again.id_number == first.id_number


def test_somebody_who_arrives_next_week_is_on_no_roster_yet_and_no_hole(campus: Campus) -> None:
    at = clock.now()
    day = clock.day_of(at) + timedelta(days=7)
    made = f"/people/units/{campus.classes[0].pk}/add/"
    before = chain_audit.run(campus.school, at=at).counts
    office = browse(campus.office)
    assert office.post(made, form(since=day.isoformat())).status_code == 302
    who = Person.objects.get(number="20249001")
    now = clock.now()
    assert who.pk not in queries.members_of(campus.classes[0].path, at=now).values_list("person_id", flat=True)
    later = clock.moment(day, clock.datetime.min.time()) + timedelta(hours=1)
    assert who.pk in queries.members_of(campus.classes[0].path, at=later).values_list("person_id", flat=True)
    assert chain_audit.run(campus.school, at=now).counts == before
    assert "将来" in office.get(f"/people/{who.pk}/").content.decode()
    far = (clock.day_of(at) + timedelta(days=400)).isoformat()
    assert office.post(made, form(number="20249003", id_number="", since=far)).status_code == 422


def test_only_where_people_belong_and_only_by_whom_it_is_given_to(campus: Campus) -> None:
    office = browse(campus.office)
    assert office.get(f"/people/units/{campus.rooms[0].pk}/add/").status_code == 404
    for who in map(browse, (campus.counsellor, campus.secretary, campus.monitor)):
        assert who.post(f"/people/units/{campus.classes[0].pk}/add/", form()).status_code == 403
        assert "/people/add/" not in who.get("/people/").content.decode()
    assert not Person.objects.filter(number="20249001").exists()


# -- correcting ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def student(campus: Campus) -> Person:
    return records.add(unit=campus.classes[0], typed=typed(), at=long_ago(), by=None)


def correction(who: Person, **changes: str) -> dict[str, str]:
    return {"number": who.number, "name": who.name, "kind": who.kind, "sex": who.sex, "major": who.major} | changes


def test_a_phone_is_corrected_without_being_shown_and_the_trail_says_so(campus: Campus, student: Person) -> None:
    office, address = browse(campus.office), f"/people/{student.pk}/correct/"
    page = office.get(address).content.decode()
    assert "138****8000" in page
    assert "3405**********" in page
    for secret in ("13800138000", ID_NUMBER, "13900000001"):
        assert secret not in page
    assert not Entry.objects.filter(is_read=True).exists()
    assert office.post(address, correction(student, phone="13700000002")).headers["Location"] == f"/people/{student.pk}/"
    entry = Entry.objects.filter(action="person.correct").get()
    assert (entry.subject_person_id, entry.actor_id, entry.detail) == (student.pk, campus.office.pk, {"fields": ["phone"]})
    student.refresh_from_db()
    assert (student.phone, student.id_number, student.guardian_phone) == ("13700000002", ID_NUMBER, "13900000001")
    assert [
        card.person.pk for card in queries.search(actor=actor(campus.office), text="13700000002", at=clock.now()).cards
    ] == [student.pk]


def test_an_administrator_corrects_what_they_may_not_see(campus: Campus, student: Person) -> None:
    administrator, address = browse(holder(Role.ADMINISTRATOR, campus.school)), f"/people/{student.pk}/correct/"
    page = administrator.get(address).content.decode()
    assert "王父" not in page
    assert "2005" not in page
    assert 'name="birth_date"' not in page
    assert administrator.post(address, correction(student, name="王专学")).status_code == 302
    student.refresh_from_db()
    assert (student.name, student.pinyin, student.id_number) == ("王专学", "wang zhuanxue", ID_NUMBER)


def test_a_new_id_number_brings_its_birth_date_and_sex(campus: Campus, student: Person) -> None:
    right = rosters.id_number(9, born="20041231", male=False)
    records.correct(person=student, typed={"id_number": right}, at=clock.now(), by=None)
    student.refresh_from_db()
    assert (student.id_number, student.sex, str(student.birth_date)) == (right, "female", "2004-12-31")
    with pytest.raises(Problem) as refused:
        records.correct(person=student, typed={"sex": "male"}, at=clock.now(), by=None)
    assert [error.code for error in refused.value.errors] == ["sex-mismatch"]
    records.correct(person=student, typed={"id_number": "E12345678", "document_kind": "passport"}, at=clock.now(), by=None)
    student.refresh_from_db()
    assert (student.document_kind, student.sex, str(student.birth_date)) == ("passport", "female", "2004-12-31")


def test_nothing_old_is_held_against_a_new_phone_number(campus: Campus) -> None:
    who = campus.students[1]
    who.id_number, who.guardian_phone, who.guardian_name = "330281200401011234", "12", "林父"  # recorded before anybody checked
    who.save()
    assert records.correct(person=who, typed={"phone": "13700000003"}, at=clock.now(), by=None) == ["phone"]
    who.refresh_from_db()
    assert (who.id_number, who.guardian_phone, who.phone) == ("330281200401011234", "12", "13700000003")


def test_what_is_no_longer_true_can_be_emptied(campus: Campus, student: Person) -> None:
    address = f"/people/{student.pk}/correct/"
    sent = correction(student) | {"erase": ["guardian_name", "guardian_phone", "id_number"]}
    office = browse(campus.office)
    assert office.post(address, sent).status_code == 302
    student.refresh_from_db()
    assert (student.guardian_name, student.guardian_phone, student.id_number, student.document_kind) == ("", "", "", "")
    assert (student.sex, student.phone) == ("male", "13800138000")
    assert office.post(address, correction(student)).status_code == 302  # nothing changed, nothing recorded
    assert Entry.objects.filter(action="person.correct").count() == 1


def test_a_number_is_not_taken_over(campus: Campus, student: Person) -> None:
    answer = browse(campus.office).post(f"/people/{student.pk}/correct/", correction(student, number=campus.monitor.number))
    assert answer.status_code == 422
    assert campus.monitor.name in answer.content.decode()


def test_a_kind_does_not_change_under_a_post(campus: Campus) -> None:
    answer = browse(campus.office).post(f"/people/{campus.monitor.pk}/correct/", correction(campus.monitor, kind="staff"))
    assert answer.status_code == 422
    assert "人员类别不能这样改" in answer.content.decode()
    other = campus.students[1]
    assert records.correct(person=other, typed={"kind": "staff"}, at=clock.now(), by=None) == ["kind"]
    assert set(Membership.objects.filter(person=other, superseded_at=None).values_list("person_kind", flat=True)) == {"staff"}


def test_a_guardian_has_a_name_and_a_phone_to_correct(campus: Campus, student: Person) -> None:
    post = actions.appoint_guardian(ward=student, name="王父", phone="13900000001", at=clock.now(), by=None)
    office, address = browse(campus.office), f"/people/{post.person_id}/correct/"
    page = office.get(address).content.decode()
    assert 'name="kind"' not in page
    assert office.post(address, {"number": post.person.number, "name": "王大父", "phone": "13900000002"}).status_code == 302
    post.person.refresh_from_db()
    assert (post.person.name, post.person.phone, post.person.kind) == ("王大父", "13900000002", "guardian")


def test_correcting_is_refused_to_those_who_may_only_look(campus: Campus, student: Person) -> None:
    for who, status in ((campus.counsellor, 403), (campus.secretary, 403), (campus.students[5], 403), (campus.command, 403)):
        assert browse(who).post(f"/people/{student.pk}/correct/", correction(student, name="谁")).status_code == status
    student.refresh_from_db()
    assert student.name == "王转学"


# -- moving and leaving --------------------------------------------------------------------------------------------------


def test_a_move_holds_from_the_day_that_is_named(campus: Campus) -> None:
    office, who, at = browse(campus.office), campus.students[1], clock.now()
    day = clock.day_of(at) + timedelta(days=3)
    address = f"/people/{who.pk}/move/administration/"
    assert office.get(address, {"unit": campus.classes[1].pk, "since": day.isoformat()}).status_code == 200
    assert office.post(address, {"unit": campus.classes[1].pk, "since": day.isoformat()}).status_code == 302
    midnight = clock.moment(day, clock.datetime.min.time())
    for moment, here in ((midnight - timedelta(seconds=1), campus.classes[0]), (midnight, campus.classes[1])):
        facts = queries.members_of(campus.school.path, at=moment).filter(person=who)
        assert [fact.unit for fact in facts] == [here]
    long_before = (clock.day_of(at) - timedelta(days=300)).isoformat()
    refused = office.post(address, {"unit": campus.classes[1].pk, "since": long_before})
    assert refused.status_code == 422
    assert "早于开始时间" in refused.content.decode()
    assert office.post(address, {"unit": campus.classes[1].pk, "since": "不知道"}).status_code == 422


def test_leaving_a_room_has_a_reason(campus: Campus) -> None:
    office, who = browse(campus.office), campus.students[1]
    address = f"/people/{who.pk}/leave/residence/"
    assert "退宿" in office.get(address).content.decode()
    since = clock.day_of(clock.now()).isoformat()
    assert office.post(address, {"since": since}).status_code == 422
    assert office.post(address, {"since": since, "reason": "graduated"}).status_code == 422
    assert office.post(address, {"since": since, "reason": "moved-out"}).status_code == 302
    entry = Entry.objects.filter(action="membership.leave", subject_person_id=who.pk).get()
    assert entry.detail["reason"] == "moved-out"


def test_leaving_the_school_ends_everything_and_is_said_on_the_page(campus: Campus) -> None:
    office, who = browse(campus.office), campus.monitor
    guardian = actions.appoint_guardian(ward=who, name="班父", phone="13900000009", at=long_ago(), by=None).person
    address = f"/people/{who.pk}/depart/"
    assert campus.classes[0].name in office.get(address).content.decode()
    today = clock.day_of(clock.now()).isoformat()
    assert office.post(address, {"since": today, "reason": "transferred"}).status_code == 302
    at = clock.now()
    assert queries.grants_of(who.pk, at=at) == queries.grants_of(guardian.pk, at=at) == ()
    assert not queries.in_force(Membership.objects.filter(person=who), at).exists()
    assert "person.depart" in actions_on(who)
    page = office.get(f"/people/{who.pk}/").content.decode()
    assert "已离校：转学或调离" in page
    assert office.post(address, {"since": today, "reason": "transferred"}).status_code == 409
    counts = chain_audit.run(campus.school, at=at).counts
    assert "person-without-unit" not in counts
    assert "post-held-by-leaver" not in counts


def test_nobody_is_sent_away_with_a_post_that_is_not_ones_own_to_end(campus: Campus) -> None:
    office, today = browse(campus.office), clock.day_of(clock.now()).isoformat()
    auditor, last = holder(Role.AUDITOR, campus.school), holder(Role.ADMINISTRATOR, campus.school)
    for who in (auditor, campus.office):
        assert office.post(f"/people/{who.pk}/depart/", {"since": today, "reason": "resigned"}).status_code == 403
    another = holder(Role.ADMINISTRATOR, campus.school)
    actions.dismiss(post=Post.objects.get(person=another, superseded_at=None), at=clock.now(), by=None)
    with pytest.raises(Problem) as refused:
        actions.depart(person=last, reason="resigned", at=clock.now(), by=None)
    assert refused.value.code == "last-administrator"
    assert queries.in_force(Membership.objects.filter(person=last), clock.now()).exists()


# -- rooms without a head ------------------------------------------------------------------------------------------------


def test_a_room_that_is_lived_in_without_a_head_is_a_warning_and_no_hole(campus: Campus) -> None:
    unit(campus.floor, "room", "空房")
    audit = chain_audit.run(campus.school, at=clock.now())
    found = [finding for finding in audit.findings if finding.code == "room-without-head"]
    assert [(finding.unit_id, finding.is_hole) for finding in found] == [(room.pk, False) for room in campus.rooms]
    actions.appoint(person=campus.students[1], role=Role.ROOM_HEAD, unit=campus.rooms[0], at=clock.now(), by=None)
    after = chain_audit.run(campus.school, at=clock.now())
    assert after.counts["room-without-head"] == 1
    assert after.holes == audit.holes
    page = browse(campus.office).get("/people/chain/").content.decode()
    assert "寝室没有寝室长" in page
    assert campus.rooms[1].name in page

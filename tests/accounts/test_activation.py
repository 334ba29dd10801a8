"""A printed code becomes an account, once, in time, by its owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from linglou.foundation.accounts import actions, queries
from linglou.foundation.accounts.models import Account, ActivationCode
from linglou.foundation.accounts.problems import ACTIVATION_REFUSED, PASSWORD_REFUSED
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories import people
from tests.factories.accounts import PASSWORD, browser
from tests.factories.people import Campus, actor

pytestmark = pytest.mark.django_db
PAGE = "/account/activate/"


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def student(campus: Campus) -> Person:
    return campus.students[1]


def issue(campus: Campus, to: Person, *, days: int = 14) -> str:
    by = actor(campus.counsellor)
    return actions.issue_code(person=to, days=days, drop_second_factor=False, at=clock.now(), by=by).code


def fill(number: str, code: str, **changes: str) -> dict[str, str]:
    return {"number": number, "code": code, "password": PASSWORD, "again": PASSWORD} | changes


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_number_and_code_set_the_password_and_log_in(campus: Campus, student: Person, client: Client) -> None:
    code = issue(campus, student)
    answer = client.post(PAGE, fill(student.number.lower(), f" {code[:4].lower()}-{code[4:]} "))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    account = Account.objects.get(person=student)
    assert client.session["_auth_user_id"] == str(account.pk)
    assert account.check_password(PASSWORD)
    assert set(Entry.objects.filter(subject_person_id=student.pk).values_list("action", flat=True)) >= {
        "code.issue", "account.create", "account.activate", "account.login",
    }  # fmt: skip


def test_the_code_is_kept_only_as_a_hash(campus: Campus, student: Person) -> None:
    code = issue(campus, student)
    row = ActivationCode.objects.get(person=student)
    assert len(code) >= 10
    assert code not in str(vars(row))


def test_a_code_works_once(campus: Campus, student: Person, client: Client) -> None:
    code = issue(campus, student)
    assert client.post(PAGE, fill(student.number, code)).status_code == 302
    again = Client()
    assert again.post(PAGE, fill(student.number, code)).status_code == 422
    assert not is_in(again)


def test_issuing_again_makes_the_first_code_worthless(campus: Campus, student: Person, client: Client) -> None:
    first, second = issue(campus, student), issue(campus, student)
    assert client.post(PAGE, fill(student.number, first)).status_code == 422
    assert client.post(PAGE, fill(student.number, second)).status_code == 302


def test_a_code_expires(campus: Campus, student: Person) -> None:
    code, later = issue(campus, student, days=1), clock.now() + timedelta(days=1, seconds=1)
    with pytest.raises(Problem) as refused:
        actions.activate(number=student.number, code=code, password=PASSWORD, at=later)
    assert refused.value.kind is ACTIVATION_REFUSED


def test_a_code_is_bound_to_its_person(campus: Campus, client: Client) -> None:
    mine, other = campus.students[1], campus.students[2]
    issue(campus, mine)
    assert client.post(PAGE, fill(mine.number, issue(campus, other))).status_code == 422


def test_an_unknown_number_answers_as_a_wrong_code(campus: Campus, student: Person) -> None:
    issue(campus, student)
    wrong = Client().post(PAGE, fill(student.number, "WRONGCODE123")).content.decode()
    unknown = Client().post(PAGE, fill("no-such-number", "WRONGCODE123")).content.decode()
    never = Client().post(PAGE, fill(campus.students[3].number, "WRONGCODE123")).content.decode()
    said = "学号/工号或激活码不对"
    assert all(said in page for page in (wrong, unknown, never))


def test_what_was_typed_stays_but_the_passwords(campus: Campus, student: Person, client: Client) -> None:
    page = client.post(PAGE, fill(student.number, "WRONGCODE123")).content.decode()
    assert student.number in page
    assert PASSWORD not in page


@pytest.mark.parametrize("password", ["short1", "12345678", "password1"])
def test_a_weak_password_is_refused_and_the_code_lives(campus: Campus, student: Person, client: Client, password: str) -> None:
    code = issue(campus, student)
    answer = client.post(PAGE, fill(student.number, code, password=password, again=password))
    assert answer.status_code == PASSWORD_REFUSED.status
    assert client.post(PAGE, fill(student.number, code)).status_code == 302


def test_two_different_passwords_are_refused(campus: Campus, student: Person, client: Client) -> None:
    answer = client.post(PAGE, fill(student.number, issue(campus, student), again="something-else-1"))
    assert answer.status_code == 422
    assert "两次输入的密码不一样" in answer.content.decode()


def test_the_sixth_wrong_code_for_a_number_must_wait_even_when_right(campus: Campus, student: Person) -> None:
    code = issue(campus, student)
    statuses = [Client().post(PAGE, fill(student.number, "WRONGCODE123")).status_code for _ in range(5)]
    assert statuses == [422] * 5
    assert Client().post(PAGE, fill(student.number, code)).status_code == 429
    neighbour = campus.students[2]
    assert Client().post(PAGE, fill(neighbour.number, issue(campus, neighbour))).status_code == 302


def test_one_address_cannot_try_a_whole_school(campus: Campus) -> None:
    statuses = [Client().post(PAGE, fill(f"n{n}", "WRONGCODE123")).status_code for n in range(61)]
    assert statuses[:60] == [422] * 60
    assert statuses[60] == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(PAGE, fill("n99", "WRONGCODE123")).status_code == 422


def test_two_schools_may_share_a_number(campus: Campus) -> None:
    here = campus.students[1]
    other_school = people.school("另一所大学")
    there = people.person(people.unit(people.unit(other_school, "college"), "class"))
    Person.objects.filter(pk=there.pk).update(number=here.number)
    there.refresh_from_db()
    code_here = issue(campus, here)
    admin = people.holder(people.Role.ADMINISTRATOR, other_school)
    code_there = actions.issue_code(
        person=there, days=1, drop_second_factor=False, at=clock.now(), by=actor(admin)
    ).code  # fmt: skip
    logins = {
        actions.activate(number=here.number, code=code, password=PASSWORD, at=clock.now()).login
        for code in (code_here, code_there)
    }
    assert logins == {here.number.lower(), f"{other_school.pk}-{here.number.lower()}"}


def test_whoever_is_in_is_sent_home(student: Person) -> None:
    assert browser(student).get(PAGE).headers["Location"] == "/"


def test_the_count_of_a_unit_follows(campus: Campus, student: Person) -> None:
    code = issue(campus, student)
    issue(campus, campus.students[2])
    actions.activate(number=student.number, code=code, password=PASSWORD, at=clock.now())
    college, first, second = queries.progress([campus.college, *campus.classes], at=clock.now())
    assert (college.people, college.active, college.waiting, college.without) == (8, 1, 1, 6)
    assert (first.people, first.active, first.waiting) == (4, 1, 1)
    assert (second.people, second.active, second.waiting, second.without) == (3, 0, 0, 3)

"""An empty installation becomes a school once; and the command for whoever is locked out."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from linglou.foundation.access.roles import Role
from linglou.foundation.accounts import queries
from linglou.foundation.accounts.models import Account
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from tests.factories import people
from tests.factories.accounts import PASSWORD, account, browser

pytestmark = pytest.mark.django_db
WANTED = {
    "school_name": "零陵大学", "school_code": "4143010542", "person_name": "管理员甲", "number": "１０００１", "password": PASSWORD,
    "again": PASSWORD,
}  # fmt: skip


def test_while_there_is_no_school_home_is_the_wizard(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/setup/"
    assert client.get("/setup/").status_code == 200


def test_the_wizard_founds_the_school_and_logs_its_administrator_in(client: Client) -> None:
    answer = client.post("/setup/", WANTED)
    assert answer.headers["Location"] == "/setup/checklist/"
    page = client.get("/setup/checklist/").content.decode()
    assert "导入名册" in page
    school, person = Unit.objects.get(), Person.objects.get()
    assert (school.kind, school.name, school.code) == ("school", "零陵大学", "4143010542")
    assert (person.number, person.kind) == ("10001", "staff")
    assert queries.holds(person.pk, Role.ADMINISTRATOR, at=clock.now())
    assert Account.objects.get().login == "10001"


def test_with_the_second_factor_required_the_checklist_still_opens(client: Client, settings: object) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    page = client.post("/setup/", WANTED, follow=True).content.decode()
    assert "启用二次验证" in page
    assert client.get("/account/codes/").headers["Location"].startswith("/account/second-factor/set-up/")


def test_afterwards_there_is_no_wizard(client: Client) -> None:
    client.post("/setup/", WANTED)
    again = Client()
    assert again.get("/setup/").status_code == 404
    assert again.post("/setup/", WANTED | {"number": "10002"}).status_code == 404
    assert Unit.objects.count() == 1


def test_a_weak_password_is_said_in_place_and_nothing_is_founded(client: Client) -> None:
    answer = client.post("/setup/", WANTED | {"password": "12345678", "again": "12345678"})
    assert answer.status_code == 422
    assert "零陵大学" in answer.content.decode()
    assert not Unit.objects.exists()


def test_only_who_configures_sees_the_checklist() -> None:
    campus = people.Campus()
    assert browser(campus.students[1]).get("/setup/checklist/").status_code == 403
    administrator = people.holder(Role.ADMINISTRATOR, campus.school)
    assert browser(administrator).get("/setup/checklist/").status_code == 200


def make_admin(*arguments: str) -> None:
    call_command("create_admin", "--lang", "zh", "--number", "A1", "--name", "管理员", *arguments)


def test_the_command_makes_an_administrator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    school = people.school()
    monkeypatch.setenv("LINGLOU_ADMIN_PASSWORD", PASSWORD)
    make_admin()
    person = Person.objects.get(number="A1")
    assert (person.school_id, queries.holds(person.pk, Role.ADMINISTRATOR, at=clock.now())) == (school.pk, True)
    assert account(person).check_password(PASSWORD)
    assert PASSWORD not in capsys.readouterr().out


def test_the_command_lets_somebody_locked_out_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    people.school()
    for password in (PASSWORD, "another-horse-8"):
        monkeypatch.setenv("LINGLOU_ADMIN_PASSWORD", password)
        make_admin()
    assert Account.objects.get().check_password("another-horse-8")


def test_the_command_refuses_without_a_school_or_among_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGLOU_ADMIN_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="没有这所学校"):
        make_admin()
    _first, second = people.school(), people.school()
    with pytest.raises(CommandError, match="有多所学校"):
        make_admin()
    make_admin("--school", second.name)
    assert Person.objects.get(number="A1").school_id == second.pk


def test_the_command_refuses_a_weak_password(monkeypatch: pytest.MonkeyPatch) -> None:
    people.school()
    monkeypatch.setenv("LINGLOU_ADMIN_PASSWORD", "12345678")
    with pytest.raises(CommandError):
        make_admin()
    assert not Account.objects.exists()


def test_posts_are_done_when_none_that_is_needed_is_vacant() -> None:
    campus = people.Campus()
    administrator = browser(people.holder(Role.ADMINISTRATOR, campus.school))
    assert "还缺 2 个" in administrator.get("/setup/checklist/").content.decode()
    actions = people.actions
    actions.appoint(person=campus.students[3], role=Role.CLASS_MONITOR, unit=campus.classes[1], at=clock.now(), by=None)
    actions.appoint(person=campus.counsellor, role=Role.COUNSELLOR, unit=campus.college, at=clock.now(), by=None)
    assert "还缺" not in administrator.get("/setup/checklist/").content.decode()

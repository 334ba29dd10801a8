"""Codes are issued by unit on a sheet, or for one person; for an account it is a reset."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.test import Client

from linglou.foundation.access.roles import Role
from linglou.foundation.accounts import actions, sheets
from linglou.foundation.accounts.models import Account, ActivationCode
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions as people_actions
from linglou.foundation.people.models import Person, PersonKind
from linglou.kernel import clock, typesetting
from tests.factories import people
from tests.factories.accounts import PASSWORD, account, browser, token
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def counsellor(campus: Campus) -> Client:
    return browser(campus.counsellor)


@pytest.fixture
def administrator(campus: Campus) -> Client:
    return browser(people.holder(Role.ADMINISTRATOR, campus.school))


def sheet(client: Client, unit: people.Unit, **changes: str) -> object:
    wanted = {"whom": "members", "days": "14", "format": "xlsx"} | changes
    return client.post(f"/account/codes/unit/{unit.pk}/", wanted)


def rows(body: bytes) -> dict[str, str]:
    """Number -> code, of every worksheet."""
    book = openpyxl.load_workbook(io.BytesIO(body))
    return {str(row[0]): str(row[2]) for page in book for row in page.iter_rows(min_row=6, values_only=True)}


def test_the_sheet_has_a_code_for_everybody_and_each_works(campus: Campus, counsellor: Client) -> None:
    answer = sheet(counsellor, campus.classes[0])
    codes = rows(answer.content)
    assert set(codes) == {s.number for s in campus.students[:3]}  # the counsellor has an account
    for number, code in codes.items():
        actions.activate(number=number, code=code, password=PASSWORD, at=clock.now())


def test_the_sheet_says_who_took_it_and_is_in_the_trail(campus: Campus, counsellor: Client) -> None:
    answer = sheet(counsellor, campus.classes[0])
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    text = "\n".join(str(row[0]) for row in page.iter_rows(max_row=4, values_only=True))
    assert campus.counsellor.name in text
    assert f"{clock.day_of(clock.now())}" in text
    assert campus.counsellor.name in page.oddHeader.right.text
    taken = Entry.objects.get(action="code.sheet")
    assert (taken.actor_id, taken.subject_id, taken.detail["persons"]) == (campus.counsellor.pk, campus.classes[0].pk, 3)
    assert Entry.objects.filter(action="code.issue", subject_person_id=campus.students[1].pk).exists()
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_college_gets_a_worksheet_for_each_class(campus: Campus) -> None:
    counsellor = people.holder(Role.COUNSELLOR, campus.college)
    book = openpyxl.load_workbook(io.BytesIO(sheet(browser(counsellor), campus.college).content))
    assert [c.name for c in campus.classes] == book.sheetnames[1:] or set(book.sheetnames) >= {c.name for c in campus.classes}


def test_a_second_sheet_leaves_waiting_codes_alone_unless_renewed(campus: Campus, counsellor: Client) -> None:
    first = rows(sheet(counsellor, campus.classes[0]).content)
    assert sheet(counsellor, campus.classes[0]).status_code == 409
    renewed = rows(sheet(counsellor, campus.classes[0], renew="on").content)
    assert set(first) == set(renewed)
    assert not set(first.values()) & set(renewed.values())


def test_guardians_get_their_own_sheet(campus: Campus, counsellor: Client) -> None:
    mother = Person.objects.create(
        school=campus.school, number="G1", name="家长甲", kind=PersonKind.GUARDIAN, created_at=people.long_ago()
    )
    people_actions.appoint(person=mother, role=Role.GUARDIAN, ward=campus.students[1], at=people.long_ago(), by=None)
    assert set(rows(sheet(counsellor, campus.classes[0], whom="guardians").content)) == {"G1"}
    assert not Entry.objects.filter(action="code.issue", subject_person_id=campus.students[1].pk).exists()


def test_holders_of_posts_above_are_not_on_the_sheet(campus: Campus, counsellor: Client) -> None:
    high = people.person(campus.classes[0], kind="staff")
    people_actions.appoint(person=high, role=Role.AUDITOR, unit=campus.school, at=people.long_ago(), by=None)
    assert set(rows(sheet(counsellor, campus.classes[0]).content)) == {student.number for student in campus.students[:3]}
    answer = counsellor.post(f"/account/codes/person/{high.pk}/", {"days": "7"})
    assert answer.status_code == 403
    assert not ActivationCode.objects.filter(person=high).exists()


def test_a_unit_out_of_scope_does_not_exist(campus: Campus, counsellor: Client) -> None:
    mine, theirs = campus.classes
    assert counsellor.get(f"/account/codes/unit/{mine.pk}/").status_code == 200
    assert counsellor.get(f"/account/codes/unit/{theirs.pk}/").status_code == 404
    assert sheet(counsellor, theirs).status_code == 404
    assert counsellor.get("/account/codes/unit/999999/").status_code == 404


def test_a_person_out_of_scope_does_not_exist(campus: Campus, counsellor: Client) -> None:
    mine, theirs = campus.students[1], campus.students[4]
    assert counsellor.get(f"/account/codes/person/{mine.pk}/").status_code == 200
    assert counsellor.get(f"/account/codes/person/{theirs.pk}/").status_code == 404
    assert counsellor.post(f"/account/codes/person/{theirs.pk}/", {"days": "7"}).status_code == 404


def test_the_code_of_one_person_is_shown_once(campus: Campus, counsellor: Client) -> None:
    address = f"/account/codes/person/{campus.students[1].pk}/"
    page = counsellor.post(address, {"days": "7"}).content.decode()
    code = page.split('<code class="num">')[1].split("</code>")[0]
    assert code not in counsellor.get(address).content.decode()
    actions.activate(number=campus.students[1].number, code=code, password=PASSWORD, at=clock.now())


def test_only_the_schools_own_issuers_reset(campus: Campus, counsellor: Client, administrator: Client) -> None:
    whom = campus.students[1]
    account(whom)
    address = f"/account/codes/person/{whom.pk}/"
    assert counsellor.post(address, {"days": "7"}).status_code == 409
    assert account(whom).check_password(PASSWORD)
    assert administrator.post(address, {"days": "7"}).status_code == 200
    assert not account(whom).has_usable_password()


def test_a_reset_ends_every_session_and_token_and_is_audited(campus: Campus, administrator: Client) -> None:
    whom = campus.students[1]
    phone, secret = browser(whom), token(whom)
    assert phone.get("/account/").status_code == 200
    administrator.post(f"/account/codes/person/{whom.pk}/", {"days": "7"})
    assert phone.get("/account/").status_code == 302
    assert Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    entry = Entry.objects.get(action="account.reset")
    assert (entry.subject_person_id, entry.detail) == (whom.pk, {"second_factor_dropped": False})


def test_a_reset_can_drop_the_second_factor(campus: Campus, administrator: Client) -> None:
    browser(campus.counsellor, second_factor=True)
    address = f"/account/codes/person/{campus.counsellor.pk}/"
    administrator.post(address, {"days": "7"})
    from linglou.foundation.accounts import queries

    assert queries.is_enrolled(account(campus.counsellor).pk)
    administrator.post(address, {"days": "7", "drop_second_factor": "on"})
    assert not queries.is_enrolled(account(campus.counsellor).pk)


def test_after_a_reset_the_new_code_opens_the_same_account(campus: Campus, administrator: Client) -> None:
    whom = campus.students[1]
    before = account(whom).pk
    page = administrator.post(f"/account/codes/person/{whom.pk}/", {"days": "7"}).content.decode()
    code = page.split('<code class="num">')[1].split("</code>")[0]
    opened = actions.activate(number=whom.number, code=code, password="another-horse-8", at=clock.now())
    assert opened.pk == before
    assert Account.objects.get(pk=before).check_password("another-horse-8")


def test_one_unit_opens_at_once_and_a_number_finds_its_person(campus: Campus, counsellor: Client) -> None:
    assert counsellor.get("/account/codes/").headers["Location"] == f"/account/codes/unit/{campus.classes[0].pk}/"
    whom = campus.students[1]
    found = counsellor.get("/account/codes/", {"number": whom.number.lower()})
    assert found.headers["Location"] == f"/account/codes/person/{whom.pk}/"
    absent = counsellor.get("/account/codes/", {"number": campus.students[4].number})
    assert absent.status_code == 200
    assert "没有学号/工号为" in absent.content.decode()


def test_the_pdf_is_set_in_a_chinese_font(campus: Campus, counsellor: Client) -> None:
    if typesetting.chinese_font() is None:
        pytest.skip("no Chinese font on this machine")
    answer = sheet(counsellor, campus.classes[0], format="pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert Entry.objects.get(action="code.sheet").detail["format"] == "pdf"


def test_without_a_chinese_font_the_page_says_so_and_nothing_is_issued(
    campus: Campus, counsellor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rows(sheet(counsellor, campus.classes[0]).content)
    monkeypatch.setattr(typesetting, "CHINESE_FONTS", ())
    typesetting.chinese_font.cache_clear()
    try:
        page = counsellor.get(f"/account/codes/unit/{campus.classes[0].pk}/").content.decode()
        refused = sheet(counsellor, campus.classes[0], format="pdf", renew="on")
    finally:
        typesetting.chinese_font.cache_clear()
    assert "服务器上没有中文字体" in page
    assert (refused.status_code, "没有中文字体" in refused.content.decode()) == (409, True)
    number, code = next(iter(first.items()))
    actions.activate(number=number, code=code, password=PASSWORD, at=clock.now())


def test_names_of_worksheets_fit_excel() -> None:
    taken: set[str] = set()
    names = [sheets._sheet_name(name, taken) for name in ("软件[2401]/A", "软件 2401  A", "x" * 40, "X" * 40, "")]
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert len({name.lower() for name in names}) == 5

"""The product's main stories, in a real browser on the real product, from the first click to what the database then holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from playwright.sync_api import Page, expect

from linglou.server.postgres import Postgres
from tests.browser.conftest import DESK, PHONE, Product, Visits

Visit = Callable[..., Page]
MENDED_ID = "990101200801010012"
OFFICE, COUNSELLOR = "疫情防控办公室", "辅导员"
RECEIPT = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")


@pytest.fixture(scope="module")
def database(product: Product) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(Postgres(product.data / "postgres").url, autocommit=True) as connection:
        yield connection


def one(database: psycopg.Connection[Any], sql: str, *values: object) -> Any:
    row = database.execute(sql, values).fetchone()  # type: ignore[arg-type]
    assert row is not None, sql
    return row[0] if len(row) == 1 else row


def upload(visit: Visit, file: Path) -> Page:
    """Up to the preview."""
    page = visit("/people/import/", role=OFFICE, width=DESK)
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_role("button", name=re.compile("确认导入"))).to_be_visible(timeout=30_000)
    return page


def wait_for_import(page: Page) -> None:
    expect(page.get_by_role("link", name="再导入一份")).to_be_visible(timeout=30_000)


def answer_healthy(page: Page) -> None:
    page.check("input[name='temperature.is']")
    page.check("input[name=symptoms][value=none]")
    page.check("input[name=exposure][value=none]")
    if page.locator("input[name='where.kind'][value=campus]").is_visible():
        page.check("input[name='where.kind'][value=campus]")
    if not page.input_value("input[name='where.place']"):
        page.fill("input[name='where.place']", "1号楼 101")


MISSING_IN_CLASS = """
    SELECT p.number, p.id, m.unit_id, r.id FROM people_person p
    JOIN people_membership m ON m.person_id = p.id AND m.tree = 'administration' AND m.superseded_at IS NULL
    JOIN rounds_round r ON r.state = 'open' AND r.person_kind = 'student'
    WHERE p.kind = 'student' AND NOT EXISTS (SELECT FROM accounts_account a WHERE a.person_id = p.id)
      AND NOT EXISTS (SELECT FROM rounds_response x WHERE x.round_id = r.id AND x.respondent_id = p.id)
      AND NOT EXISTS (SELECT FROM rounds_roundexcuse x WHERE x.round_id = r.id AND x.respondent_id = p.id)
      AND EXISTS (SELECT FROM rounds_response x JOIN rounds_round o ON o.id = x.round_id WHERE x.respondent_id = p.id
                  AND x.severity = 0 AND x.day = r.day - 1 AND o.person_kind = 'student')
    ORDER BY p.id LIMIT 1
"""


def test_a_student_activates_reports_in_one_tap_corrects_and_shows_the_receipt(
    visit: Visit, visits: Visits, database: psycopg.Connection[Any], tmp_path: Path
) -> None:
    number, person_id, class_id, round_id = one(database, MISSING_IN_CLASS)

    codes = visit(f"/account/codes/unit/{class_id}/", role=OFFICE, width=DESK)
    with codes.expect_download() as download:
        codes.click("button[value=xlsx]")
    sheet = tmp_path / "codes.xlsx"
    download.value.save_as(sheet)
    rows = [
        [str(cell or "") for cell in row] for row in openpyxl.load_workbook(sheet).worksheets[0].iter_rows(values_only=True)
    ]
    code = next(row[row.index(number) + 2] for row in rows if number in row)

    phone = visit("/account/activate/", width=PHONE, fresh=True)
    phone.fill("[name=number]", number)
    phone.fill("[name=code]", code)
    phone.fill("[name=password]", "kaihua-7788")
    phone.fill("[name=again]", "kaihua-7788")
    phone.click("form.entrance button")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("您好")

    phone.get_by_role("button", name="情况没有变化").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("已计入")
    receipt = RECEIPT.search(phone.locator("main").inner_text())
    assert receipt
    revision, source = one(
        database, "SELECT revision, source FROM rounds_response WHERE round_id = %s AND respondent_id = %s", round_id, person_id
    )
    assert (revision, source) == (1, "self")

    phone.get_by_role("link", name="更正").click()
    phone.uncheck("input[name='temperature.is']")
    phone.fill("input[name=temperature]", "60")
    phone.get_by_role("button", name="提交更正").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    expect(phone.locator("input[name=temperature]")).to_have_value("60")
    phone.fill("input[name=temperature]", "38.4")
    phone.uncheck("input[name=symptoms][value=none]")
    phone.check("input[name=symptoms][value=cough]")
    phone.get_by_role("button", name="提交更正").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("已计入")
    corrected = RECEIPT.search(phone.locator("main").inner_text())
    assert corrected
    assert corrected[0] != receipt[0]

    public = visit(f"/receipt/{corrected[0]}/", width=PHONE)
    shown = public.locator("main").inner_text()
    assert "已计入" in shown or "计入" in shown
    assert number not in shown
    assert "38.4" not in public.content()
    assert (
        one(database, "SELECT count(*) FROM rounds_revision WHERE round_id = %s AND respondent_id = %s", round_id, person_id)
        == 2
    )
    assert one(database, "SELECT count(*) FROM signals_signal WHERE round_id = %s AND person_id = %s", round_id, person_id) >= 1
    phone.context.close()


def test_a_report_goes_through_without_javascript(visit: Visit, product: Product, database: psycopg.Connection[Any]) -> None:
    home = visit("/", role="学生", width=PHONE, script=False)
    home.get_by_role("link", name=re.compile("有变化|现在填报|更正")).first.click()
    answer_healthy(home)
    home.get_by_role("button", name=re.compile("提交")).click()
    expect(home.get_by_role("heading", level=1)).to_have_text("已计入")


def test_a_counsellor_logs_an_attempt_and_reports_for_somebody(
    visit: Visit, product: Product, database: psycopg.Connection[Any]
) -> None:
    work = visit("/work/", role=COUNSELLOR, width=PHONE)
    row = work.locator("[id^=person-]").first
    person_id = int((row.get_attribute("id") or "").removeprefix("person-"))
    row.get_by_role("button", name="已打电话").click()
    expect(row.locator("button[value=called]")).to_have_attribute("aria-pressed", "true")
    assert (
        one(database, "SELECT count(*) FROM rounds_contactattempt WHERE person_id = %s AND result = 'called'", person_id) == 1
    )

    work.locator(f"#person-{person_id}").get_by_role("link", name="代报").click()
    expect(work.locator("main")).to_contain_text("辅导员代报")
    answer_healthy(work)
    work.get_by_role("button", name="提交").click()
    expect(work.get_by_role("heading", level=1)).to_have_text("已计入")
    assert one(
        database, "SELECT source FROM rounds_response WHERE respondent_id = %s ORDER BY last_at DESC LIMIT 1", person_id
    ) == "counsellor"  # fmt: skip


def test_the_office_imports_a_roster_with_errors_mends_it_and_imports_again(
    visit: Visit, database: psycopg.Connection[Any], tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["云泽大学 2026 级补录名单"])
    sheet.append(["学号", "姓名", "性别", "身份证号", "学院", "班级"])
    sheet.append(["26990001", "林一诺", "女", "990101200801010020", "信息工程学院", "补录2601班"])
    sheet.append(["26990002", "江望舒", "男", "3.40524E+17", "信息工程学院", "补录2601班"])
    first = tmp_path / "补录.xlsx"
    book.save(first)

    page = upload(visit, first)
    page.get_by_role("link", name=re.compile("拒收")).last.click()
    expect(page.locator("main")).to_contain_text("26990002")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载拒收的行").click()
    errors = tmp_path / "errors.xlsx"
    download.value.save_as(errors)
    book = openpyxl.load_workbook(errors)
    refused = [row for row in book.worksheets[0].iter_rows() if any("2699" in str(cell.value) for cell in row)]
    assert [next(cell.value for cell in row if "2699" in str(cell.value)) for row in refused] == ["26990002"]
    page.get_by_role("button", name=re.compile("确认导入")).click()
    wait_for_import(page)
    assert one(database, "SELECT count(*) FROM people_person WHERE number = '26990001'") == 1
    assert one(database, "SELECT count(*) FROM people_person WHERE number = '26990002'") == 0

    next(cell for cell in refused[0] if "E+17" in str(cell.value)).value = MENDED_ID
    book.save(errors)
    page = upload(visit, errors)
    page.get_by_role("button", name=re.compile("确认导入")).click()
    wait_for_import(page)
    assert one(database, "SELECT count(*) FROM people_person WHERE number = '26990002'") == 1


def test_the_office_closes_a_round_and_the_figures_add_up(visit: Visit, database: psycopg.Connection[Any]) -> None:
    round_id = one(database, "SELECT id FROM rounds_round WHERE state = 'open' AND person_kind = 'staff' ORDER BY id LIMIT 1")
    page = visit(f"/closings/{round_id}/close/", role=OFFICE, width=DESK)
    page.get_by_role("button", name="确认结账").click()
    expect(page).to_have_url(re.compile(rf"/closings/{round_id}/$"))
    roster, responded, excused, missing = one(
        database, "SELECT roster, responded, excused, missing FROM rounds_closing WHERE round_id = %s", round_id
    )
    assert roster == responded + excused + missing
    tasks = one(database, "SELECT count(*) FROM tasks_task WHERE kind = 'missing' AND key LIKE %s", f"missing:{round_id}:%")
    assert tasks == missing

"""A list of risk areas from a file: a verdict on every row, an error file, and the same file twice changes nothing."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linglou.domains.movement import actions
from linglou.domains.movement.models import AreaImport
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.movement import area, today
from tests.factories.people import Campus, actor
from tests.races import at_once

UPLOAD = "/movement/risk-areas/import/"
CSV = """风险地区名单（11月23日）
区县,风险等级,开始日期,截止日期,发布单位
浙江省杭州市西湖区,高风险,2026-11-20,,省疾控
3301,中风险,2026-11-21,2026-11-30,省疾控
"""


def upload(campus: Campus, text: str, name: str = "名单.csv") -> AreaImport:
    file = SimpleUploadedFile(name, text.encode("gbk"))
    answer = browser(campus.office).post(UPLOAD, {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    return AreaImport.objects.latest("pk")


def confirm(campus: Campus, job: AreaImport, **said: Any) -> int:
    return browser(campus.office).post(f"{UPLOAD}{job.pk}/apply/", said).status_code


def standing() -> list[tuple[str, str, str]]:
    rows = RiskRegion.objects.filter(withdrawn_at=None).order_by("region", "from_day")
    return [(row.region, row.level, f"{row.from_day}–{row.to_day or ''}") for row in rows]


@pytest.mark.django_db
def test_the_same_file_twice_changes_nothing() -> None:
    campus = Campus()
    job = upload(campus, CSV)
    assert job.counts == {"new": 2}
    assert standing() == []
    assert confirm(campus, job) == 302
    first = standing()
    assert first == [("3301", "medium", "2026-11-21–2026-11-30"), ("330106", "high", "2026-11-20–")]
    assert confirm(campus, job) == 409
    again = upload(campus, CSV)
    assert again.counts == {"unchanged": 2}
    assert "名单已经是这样了" in browser(campus.office).get(f"{UPLOAD}{again.pk}/").content.decode()
    assert confirm(campus, again) == 302
    assert standing() == first
    assert RiskRegion.objects.count() == 2


@pytest.mark.django_db
def test_every_row_has_a_verdict_and_the_refused_ones_come_back_in_a_file() -> None:
    campus = Campus()
    job = upload(
        campus,
        "地区,级别,起始日期,截止日期\n西湖区,高,2026-11-20,\n火星,高风险,2026-11-20,\n杭州西湖区,天下第一,昨天,\n"
        "杭州西湖区,高风险,2026-11-20,2026-11-01\n杭州上城区,高风险,2026-11-20,\n杭州上城区,中风险,2026-11-20,\n,,,2026-11-30\n",
    )
    assert job.counts == {"rejected": 6, "new": 1}
    page = browser(campus.office).get(f"{UPLOAD}{job.pk}/").content.decode()
    assert "有几处同名" in page
    assert "与第 6 行重复" in page
    answer = browser(campus.office).get(f"{UPLOAD}{job.pk}/errors/")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 7
    assert rows[0][-1] == "未导入原因"
    assert "认不出" in rows[3][-1]
    assert "不是日期" in rows[3][-1]
    mended = io.BytesIO()
    sheet["A2"] = "杭州西湖区"
    sheet.delete_rows(3, 10)
    sheet.parent.save(mended)
    file = SimpleUploadedFile("改好.xlsx", mended.getvalue())
    browser(campus.office).post(UPLOAD, {"file": file})
    assert AreaImport.objects.latest("pk").counts == {"new": 1}


@pytest.mark.django_db
def test_a_changed_row_replaces_its_entry_and_a_whole_list_withdraws_the_others() -> None:
    campus = Campus()
    confirm(campus, upload(campus, CSV))
    other = area(campus.school, "42")
    job = upload(campus, CSV.replace("高风险", "中风险"))
    assert job.counts == {"changed": 1, "unchanged": 1}
    assert confirm(campus, job) == 302
    assert [row[:2] for row in standing()] == [("3301", "medium"), ("330106", "medium"), ("42", "high")]
    whole = upload(campus, CSV.replace("高风险", "中风险"))
    assert confirm(campus, whole, replace="on") == 302
    other.refresh_from_db()
    assert "新名单中没有" in other.withdrawn_reason
    assert [row[0] for row in standing()] == ["3301", "330106"]


@pytest.mark.django_db
def test_a_list_without_first_days_goes_on_from_day_to_day() -> None:
    campus = Campus()
    running = area(campus.school, "330106", from_day=today() - timedelta(days=3))
    job = upload(campus, "地区,级别\n杭州西湖区,高风险\n")
    assert job.counts == {"unchanged": 1}
    assert confirm(campus, upload(campus, "地区,级别\n杭州西湖区,中风险\n")) == 302
    running.refresh_from_db()
    assert running.withdrawn_at
    assert RiskRegion.objects.get(withdrawn_at=None).from_day == running.from_day


@pytest.mark.django_db
def test_a_list_with_a_misspelt_row_does_not_stand_for_the_whole() -> None:
    campus = Campus()
    entry = area(campus.school, "42")
    job = upload(campus, CSV + "胡北,高风险,2026-11-20,,\n")
    assert confirm(campus, job, replace="on") == 422
    entry.refresh_from_db()
    assert entry.withdrawn_at is None


@pytest.mark.django_db
def test_a_preview_that_the_list_has_overtaken_is_judged_again() -> None:
    campus = Campus()
    job = upload(campus, CSV)
    confirm(campus, upload(campus, CSV))
    before = standing()
    assert confirm(campus, job) == 302
    job.refresh_from_db()
    assert (job.state, job.counts) == ("previewed", {"unchanged": 2})
    assert standing() == before


@pytest.mark.django_db
def test_what_is_no_list_is_refused() -> None:
    campus = Campus()
    office = browser(campus.office)
    assert office.post(UPLOAD).status_code == 422
    no_list = SimpleUploadedFile("名册.csv", "学号,姓名\n1,张三\n".encode())
    answer = office.post(UPLOAD, {"file": no_list})
    assert answer.status_code == 422
    assert "至少要有“地区”和“级别”" in answer.content.decode()
    assert not AreaImport.objects.exists()
    assert office.get(f"{UPLOAD}template/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_list_everything_once() -> None:
    campus = Campus()
    job = upload(campus, CSV)
    by = actor(campus.office)

    def work() -> str:
        try:
            actions.apply_areas(job=job, replace=False, by=by, at=clock.now())
        except Problem as problem:
            return problem.code
        return "done"

    assert sorted(at_once(work)) == ["area-import-done", "done"]
    assert len(standing()) == 2

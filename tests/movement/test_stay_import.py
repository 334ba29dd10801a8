"""A file of stays: every row has its verdict, what is accepted is written once, what is refused goes home with its reasons."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from python_calamine import CalamineWorkbook

from linglou.domains.movement.models import Place, Seat, Stay, StayImport, StayImportRow
from linglou.domains.movement.stays import actions, kinds, queries, sheets
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories import people
from tests.factories.accounts import browser
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db
MONDAY = (clock.day_of(clock.now()) - timedelta(days=21)) - timedelta(days=clock.day_of(clock.now()).weekday())


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.CAMPUS_ZONE)


@pytest.fixture
def campus() -> Campus:
    return Campus()


def upload(campus: Campus, kind: str, text: str, **more: Any) -> StayImport:
    job = actions.receive(
        school=campus.school, kind=kind, file_name="f.csv", chunks=[text.encode()], at=clock.now(), by=None, term=MONDAY, **more
    )
    return actions.read(job, at=clock.now())


def bring(campus: Campus, kind: str, text: str, **more: Any) -> StayImport:
    job = actions.request_apply(upload(campus, kind, text, **more), at=clock.now(), by=None)
    return actions.apply_now(job, at=clock.now(), by=None)


def reasons(job: StayImport) -> list[list[str]]:
    return [[code for code, _values in row.reasons] for row in queries.rows_of(job, "rejected")]


TIMETABLE = (
    "班级,教室,星期,周次,节次\n软件2401A,东教 101,周一,1-2,1-2\n软件2401B,东教 102,周二,1,3-4节\n没有的班,东教 103,周三,1,1\n"
)


def test_a_timetable_by_class_and_weeks(campus: Campus) -> None:
    job = upload(campus, "timetable", TIMETABLE)
    assert job.counts == {"rows": 3, "new": 2, "rejected": 1}
    assert reasons(job) == [["class-unknown"]]
    job = actions.apply_now(actions.request_apply(job, at=clock.now(), by=None), at=clock.now(), by=None)
    assert job.counts["written"] == 3 * 2 + 3
    first = Stay.objects.filter(person_id=campus.students[0].pk).order_by("starts_at")
    assert [(s.starts_at, s.ends_at) for s in first] == [
        (moment(day, 8), moment(day, 9, 35)) for day in (MONDAY, MONDAY + timedelta(weeks=1))
    ]
    assert Place.objects.get(code="东教101").longest == 95
    assert Entry.objects.get(action="stays.import").detail["written"] == 9


def test_the_same_file_again_changes_nothing(campus: Campus) -> None:
    bring(campus, "timetable", TIMETABLE)
    job = upload(campus, "timetable", TIMETABLE)
    assert job.counts == {"rows": 3, "unchanged": 2, "rejected": 1}
    actions.apply_now(actions.request_apply(job, at=clock.now(), by=None), at=clock.now(), by=None)
    assert Stay.objects.count() == 9


@pytest.mark.parametrize("attendance_first", [True, False])
def test_who_was_absent_has_no_stay_whatever_the_timetable_says(campus: Campus, attendance_first: bool) -> None:
    here, absent = campus.students[:2]
    sheet = (
        f"学号,教室,日期,节次,出勤情况\n{here.number},东教101,{MONDAY},1-2,迟到\n{absent.number},东教101,{MONDAY},1-2,请假\n"
    )
    files = [("timetable", TIMETABLE), ("attendance", sheet)]
    for kind, text in reversed(files) if attendance_first else files:
        bring(campus, kind, text)
    lengths = {
        s.person_id: (s.source, s.ends_at - s.starts_at)
        for s in Stay.objects.filter(day=MONDAY, person_id__in=[here.pk, absent.pk])
    }
    assert lengths == {here.pk: ("attendance", timedelta(minutes=95)), absent.pk: ("attendance", timedelta(0))}
    assert upload(campus, "attendance", sheet).counts == {"rows": 2, "unchanged": 2}


def test_an_absence_counts_though_the_sheet_begins_at_another_minute(campus: Campus) -> None:
    absent = campus.students[0]
    bring(campus, "timetable", TIMETABLE)
    bring(campus, "attendance", f"学号,教室,日期,开始时间,结束时间,考勤\n{absent.number},东教101,{MONDAY},8:05,9:30,缺勤\n")
    assert {s.ends_at - s.starts_at for s in Stay.objects.filter(day=MONDAY, person_id=absent.pk)} == {timedelta(0)}


def test_cards_at_canteen_windows_and_gates(campus: Campus) -> None:
    number = campus.students[0].number
    bring(campus, "canteen", f"卡号,窗口,消费时间\n{number},一食堂 3 号窗,{MONDAY} 12:05:33\n", minutes=20)
    bring(campus, "gate", f"学号;闸机;通行时间\n{number};东门 2 号;{MONDAY} 18:20\n")
    assert [(s.source, s.ends_at - s.starts_at) for s in Stay.objects.order_by("starts_at")] == [
        ("canteen", timedelta(minutes=20)),
        ("gate", timedelta(minutes=1)),
    ]
    assert list(Place.objects.order_by("kind").values_list("kind", "code")) == [("canteen", "一食堂3号窗"), ("gate", "东门2号")]


def test_a_seat_chart_seats_the_stays_that_are_there_and_those_to_come(campus: Campus) -> None:
    student = campus.students[0]
    bring(campus, "timetable", TIMETABLE)
    chart = f"学号,教室,排,座\n{student.number},东教 101,3,7\n"
    job = bring(campus, "seat-chart", chart)
    assert (job.counts["new"], Seat.objects.count()) == (1, 1)
    bring(campus, "timetable", f"学号,教室,日期,节次\n{student.number},东教101,{MONDAY + timedelta(days=4)},5\n")
    assert set(Stay.objects.filter(person_id=student.pk).values_list("seat_row", "seat_col")) == {(3, 7)}
    assert upload(campus, "seat-chart", chart).counts == {"rows": 1, "unchanged": 1}


def test_a_gathering_signed_in_to_may_name_the_seat(campus: Campus) -> None:
    number = campus.students[0].number
    bring(campus, "sign-in", f"学号,活动,日期,开始时间,结束时间,排,座\n{number},大礼堂,{MONDAY},19:00,21:00,5,12\n")
    (stay,) = Stay.objects.all()
    assert (stay.source, stay.seat_row, stay.seat_col, stay.ends_at) == ("sign-in", 5, 12, moment(MONDAY, 21))


@pytest.mark.parametrize(
    ("kind", "row", "codes"),
    [
        ("attendance", "X1,东教101,2026-11-02,1-2,,,", ["number-unknown"]),
        ("attendance", ",东教101,2026-11-02,1-2,,,", ["who-missing"]),
        ("attendance", "2.02E+11,东教101,2026-11-02,1-2,,,", ["number-destroyed"]),
        ("attendance", "{number},,2026-11-02,1-2,,,", ["room-missing"]),
        ("attendance", "{number},东教101,昨天,1-2,,,", ["day-unreadable"]),
        ("attendance", "{number},东教101,,1-2,,,", ["day-missing"]),
        ("attendance", "{number},东教101,2026-11-02,,,,", ["time-missing"]),
        ("attendance", "{number},东教101,2026-11-02,一二节,,,", ["periods-unreadable"]),
        ("attendance", "{number},东教101,2026-11-02,,9:00,8:00,", ["ends-before-start"]),
        ("attendance", "{number},东教101,2026-11-02,,9点,10:00,", ["time-unreadable"]),
        ("attendance", "{number},东教101,2126-11-02,1-2,,,", ["in-future"]),
        ("attendance", "{number},东教101,2026-11-02,1-2,,,不清楚", ["status-unreadable"]),
        ("attendance", "X1,,昨天,1-2,,,不清楚", ["room-missing", "status-unreadable", "day-unreadable", "number-unknown"]),
        ("canteen", "{number},窗口,刚才,,,,", ["time-unreadable"]),
        ("canteen", "{number},窗口,,,,,", ["time-missing"]),
        ("canteen", "{number},窗口,2126-01-01 12:00,,,,", ["in-future"]),
        ("seat-chart", "{number},东教101,三,7,,,", ["seat-unreadable"]),
        ("timetable", ",{number},东教101,周一,一到三,,1-2", ["weeks-unreadable"]),
        ("timetable", ",{number},东教101,周八,1,,1-2", ["weekday-unreadable"]),
    ],
)
def test_every_refused_row_says_why(campus: Campus, kind: str, row: str, codes: list[str]) -> None:
    titles = ",".join(str(kinds.FIELDS[name]) for name in kinds.KINDS[kind].columns)
    number = campus.students[0].number
    job = upload(campus, kind, f"{titles}\n{row.format(number=number)}\n")
    assert reasons(job) == [codes]
    assert job.state == "refused"
    assert str(queries.refusal_of(job).kind.code) == "stays-nothing"  # type: ignore[union-attr]
    assert all("{" not in said for line in queries.lines(list(queries.rows_of(job, "rejected"))) for said in line["reasons"])


def test_weeks_need_to_know_when_the_term_begins(campus: Campus) -> None:
    job = actions.receive(
        school=campus.school, kind="timetable", file_name="t.csv", chunks=[TIMETABLE.encode()], at=clock.now(), by=None
    )
    job = actions.read(job, at=clock.now())
    assert reasons(job)[0] == ["term-missing"]


def test_two_classes_of_one_name_are_not_guessed(campus: Campus) -> None:
    people.unit(people.unit(campus.school, "college"), "class", "软件2401A")
    assert reasons(upload(campus, "timetable", TIMETABLE))[0] == ["class-ambiguous"]


def test_a_file_of_another_kind_is_refused_as_a_whole(campus: Campus) -> None:
    for text, code in (
        ("甲,乙\n1,2\n", "stays-header-missing"),
        ("学号,教室\n1,2\n", "stays-column-missing"),
        ("", "file-empty"),
    ):
        job = upload(campus, "attendance", text)
        assert (job.state, job.refusal["code"]) == ("refused", code)
    with pytest.raises(Problem) as refused:
        actions.receive(school=campus.school, kind="lunch", file_name="x", chunks=[], at=clock.now(), by=None)
    assert refused.value.code == "stays-kind-unknown"


@pytest.mark.parametrize("kind", list(kinds.KINDS))
def test_the_template_of_a_kind_is_read_as_that_kind(campus: Campus, kind: str) -> None:
    job = actions.receive(
        school=campus.school,
        kind=kind,
        file_name="t.xlsx",
        chunks=[sheets.template(kind)],
        at=clock.now(),
        by=None,
        term=MONDAY,
    )
    job = actions.read(job, at=clock.now())
    assert (job.counts["rows"], reasons(job)) in ((1, [["number-unknown"]]), (1, []))


def test_the_error_file_mended_can_come_again(campus: Campus) -> None:
    job = upload(campus, "timetable", TIMETABLE)
    content = sheets.errors(job)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[0][-1] == "未导入原因"
    assert rows[1][:2] == ["没有的班", "东教 103"]
    assert "没有名为“没有的班”的班级" in rows[1][-1]
    again = actions.receive(
        school=campus.school, kind="timetable", file_name="e.xlsx", chunks=[content], at=clock.now(), by=None, term=MONDAY
    )
    assert actions.read(again, at=clock.now()).titles == ["班级", "教室", "星期", "周次", "节次"]


def test_nothing_is_applied_twice_or_before_it_is_read(campus: Campus) -> None:
    job = upload(campus, "timetable", TIMETABLE)
    with pytest.raises(Problem, match="stays-not-ready"):
        actions.apply_now(job, at=clock.now(), by=None)
    job = actions.request_apply(job, at=clock.now(), by=None)
    actions.apply_now(job, at=clock.now(), by=None)
    for again in (actions.apply_now, actions.request_apply):
        with pytest.raises(Problem, match="stays-not-ready"):
            again(job, at=clock.now(), by=None)
    with pytest.raises(Problem, match="stays-not-ready"):
        actions.discard(job, by=None)


def test_the_worker_takes_what_is_large_and_forgets_what_is_old(campus: Campus) -> None:
    at = clock.now()
    job = actions.receive(
        school=campus.school,
        kind="timetable",
        file_name="t.csv",
        chunks=[TIMETABLE.encode()],
        at=at,
        by=None,
        term=MONDAY,
        inline=False,
    )
    assert actions.run_pending(at) == 1
    job.refresh_from_db()
    assert job.state == "previewed"
    actions.request_apply(job, at=at, by=people.actor(campus.office), inline=False)
    assert actions.run_pending(at) == 1
    job.refresh_from_db()
    assert (job.state, job.file_key) == ("applied", "")
    old = upload(campus, "timetable", TIMETABLE)
    assert actions.run_pending(at + timedelta(days=8)) == 0
    old.refresh_from_db()
    assert (old.state, old.file_key) == ("discarded", "")
    assert not StayImportRow.objects.exists()


def test_pages_from_upload_to_apply(campus: Campus) -> None:
    office: Client = browser(campus.office)
    assert office.get("/movement/stays/").status_code == 200
    sent = {"kind": "timetable", "term": MONDAY.isoformat(), "file": SimpleUploadedFile("课表.csv", TIMETABLE.encode())}
    answer = office.post("/movement/stays/", sent, follow=True)
    page = answer.content.decode()
    assert "没有名为“没有的班”的班级" in page
    job = StayImport.objects.get()
    done = office.post(f"/movement/stays/imports/{job.pk}/apply/", follow=True).content.decode()
    assert "写入 9 条" in done
    refused = office.get(f"/movement/stays/imports/{job.pk}/errors/")
    assert refused.headers["Content-Type"] == sheets.XLSX
    assert Entry.objects.filter(action="stays.error-file").exists()
    assert office.get("/movement/stays/template/gate/").status_code == 200
    assert office.get("/movement/stays/template/lunch/").status_code == 404


def test_a_file_that_is_no_such_list_leaves_nothing_behind(campus: Campus) -> None:
    office = browser(campus.office)
    answer = office.post("/movement/stays/", {"kind": "gate", "file": SimpleUploadedFile("x.csv", "甲,乙\n1,2\n".encode())})
    assert answer.status_code == 422
    assert "没有找到表头" in answer.content.decode()
    assert office.post("/movement/stays/", {"kind": "gate"}).status_code == 422
    assert set(StayImport.objects.values_list("state", flat=True)) == {"discarded"}


def test_where_somebody_was_is_shown_day_by_day_and_each_look_is_on_the_trail(campus: Campus) -> None:
    yesterday = clock.day_of(clock.now()) - timedelta(days=1)
    student = campus.students[0]
    bring(campus, "timetable", f"学号,教室,日期,节次\n{student.number},东教101,{yesterday},1-2\n")
    page = browser(campus.counsellor).get(f"/movement/stays/{student.pk}/")
    assert "东教101" in page.content.decode()
    assert Entry.objects.filter(action="stays.read", subject_person_id=student.pk, actor_id=campus.counsellor.pk).count() == 1
    assert browser(campus.counsellor).get(f"/movement/stays/{campus.students[5].pk}/").status_code == 404
    assert browser(campus.monitor).get(f"/movement/stays/{student.pk}/").status_code in (403, 404)


def test_the_command_previews_and_with_apply_writes(campus: Campus, tmp_path: Any) -> None:
    file, refused = tmp_path / "课表.csv", tmp_path / "refused.xlsx"
    file.write_text(TIMETABLE)
    out = io.StringIO()
    call_command("import_stays", "timetable", str(file), term=MONDAY, errors=refused, stdout=out)
    assert Stay.objects.count() == 0
    assert refused.exists()
    call_command("import_stays", "timetable", str(file), apply=True, term=MONDAY, json=True, stdout=out)
    assert Stay.objects.count() == 9
    with pytest.raises(CommandError, match="stays-header-missing"):
        call_command("import_stays", "gate", str(refused), stdout=out)


def test_the_schools_own_system_sends_files_through_the_api(campus: Campus) -> None:
    office = browser(campus.office)
    student = campus.students[0]
    rows = f"学号,闸机,时间\n{student.number},东门,{MONDAY} 08:00\nX,东门,{MONDAY} 08:00\n".encode()
    sent = {"kind": "gate", "file": SimpleUploadedFile("gate.csv", rows)}
    job = office.post("/api/v1/stays/imports", sent).json()
    assert (job["state"], job["counts"]) == ("previewed", {"rows": 2, "new": 1, "rejected": 1})
    refused = office.get(f"/api/v1/stays/imports/{job['id']}/verdicts").json()
    assert [row["line"] for row in refused["rows"]] == [3]
    done = office.post(f"/api/v1/stays/imports/{job['id']}/apply").json()
    assert (done["state"], done["counts"]["written"]) == ("applied", 1)
    assert office.post(f"/api/v1/stays/imports/{job['id']}/discard").json()["code"] == "stays-not-ready"
    assert [one["id"] for one in office.get("/api/v1/stays/imports").json()] == [job["id"]]

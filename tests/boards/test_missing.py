"""The missing list names whom to call, page by page; numbers in clear are recorded; one tap logs an attempt."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from linglou.engines.rounds import missing
from linglou.engines.rounds.models import ContactAttempt
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from tests.factories.boards import PHONE, Morning, excuse, looking
from tests.factories.people import Campus, holder, person, unit
from tests.factories.rounds import open_round, submission, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def morning() -> Morning:
    return Morning()


def listed(morning: Morning, unit: Unit, who: Person, status: int = 200) -> str:
    answer = looking(who).get(f"/missing/{unit.pk}/?round={morning.round.pk}")
    assert answer.status_code == status
    return answer.content.decode()


def test_who_answered_or_is_excused_is_not_on_the_list(morning: Morning) -> None:
    shown = listed(morning, morning.campus.school, morning.campus.office)
    names = [student.name for student in morning.campus.students if student.name in shown]
    assert names == [student.name for student in morning.missing]


def test_a_building_and_a_room_list_who_lives_there(morning: Morning) -> None:
    campus = morning.campus
    assert all(s.name in listed(morning, campus.building, campus.office) for s in morning.missing)
    room = listed(morning, campus.rooms[1], campus.office)
    assert [s.name in room for s in morning.missing] == [False, True, True]


def test_numbers_are_shown_and_recorded_only_for_whoever_may_call(morning: Morning) -> None:
    campus = morning.campus
    shown = listed(morning, campus.classes[0], campus.monitor)
    assert morning.missing[0].name in shown
    assert PHONE not in shown
    assert not Entry.objects.filter(action="person.read-contact").exists()
    assert f"tel:{PHONE}" in listed(morning, campus.classes[0], campus.counsellor)
    (read,) = Entry.objects.filter(action="person.read-contact")
    assert (read.subject_person_id, read.actor_id, read.is_read) == (morning.missing[0].pk, campus.counsellor.pk, True)


def test_only_whoever_may_see_whether_sees_the_list(morning: Morning) -> None:
    campus = morning.campus
    listed(morning, campus.classes[0], holder(Role.GATE, campus.school), status=403)
    listed(morning, campus.classes[1], campus.monitor, status=404)
    listed(morning, campus.school, Campus().office, status=404)


def test_what_a_counsellor_noted_is_not_a_monitors_to_read(morning: Morning) -> None:
    campus, who = morning.campus, morning.missing[0]
    head = holder(Role.ROOM_HEAD, campus.rooms[0])
    for by, result, noted in ((campus.counsellor, "reached", "发热，在校医院"), (campus.monitor, "called", "没人接")):
        url = f"/attempts/{morning.round.pk}/{who.pk}/"
        assert looking(by).post(url, {"result": result, "note": noted}, headers={"HX-Request": "true"}).status_code == 200
    answers = f"/api/v1/rounds/{morning.round.pk}/missing?unit_id={campus.classes[0].pk}"
    for address in (f"/missing/{campus.classes[0].pk}/?round={morning.round.pk}", answers, "/work/"):
        shown, whole = (looking(by).get(address).content.decode("unicode-escape" if "api" in address else "utf-8")
                        for by in (campus.monitor, campus.counsellor))  # fmt: skip
        assert "发热" not in shown
        assert "没人接" in shown
        assert "发热" in whole
    rooms = looking(head).get(f"/missing/{campus.rooms[0].pk}/?round={morning.round.pk}").content.decode()
    assert who.name in rooms
    assert "发热" not in rooms
    assert "没人接" not in rooms
    logged = looking(campus.monitor).post(url, {"result": "called"}, headers={"HX-Request": "true"}).content.decode()
    assert "发热" not in logged


def test_one_tap_leads_back_to_a_page_of_ours_only(morning: Morning) -> None:
    url = f"/attempts/{morning.round.pk}/{morning.missing[0].pk}/"
    for back in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example"):
        answer = looking(morning.campus.monitor).post(url, {"result": "called", "back": back})
        assert answer.headers["Location"] == "/work/"
    assert looking(morning.campus.monitor).post(url, {"result": "called", "back": "/board/"}).headers["Location"] == "/board/"


@pytest.mark.parametrize("typed", ["²", "9" * 5000, "-1", "x"])
def test_an_address_that_somebody_bent_is_no_error_of_ours(morning: Morning, typed: str) -> None:
    unit = morning.campus.classes[0].pk
    for address in (f"/missing/{unit}/?round=", f"/board/{unit}/?from=0&round=", f"/board/{unit}/?from=", "/work/?round="):
        assert looking(morning.campus.counsellor).get(address + typed).status_code == 200


def test_one_tap_logs_an_attempt(morning: Morning) -> None:
    campus, who = morning.campus, morning.missing[0]
    url = f"/attempts/{morning.round.pk}/{who.pk}/"
    answer = looking(campus.monitor).post(url, {"result": "called"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "已打电话" in answer.content.decode()
    assert 'hx-swap-oob="true"' in answer.content.decode()
    plain = looking(campus.monitor).post(url, {"result": "reached", "back": "/work/"})
    assert (plain.status_code, plain.headers["Location"]) == (302, "/work/")
    abroad = looking(campus.monitor).post(url, {"result": "reached", "back": "//elsewhere.example/"})
    assert abroad.headers["Location"] == "/work/"
    results = list(ContactAttempt.objects.filter(person=who).order_by("pk").values_list("result", "by_id"))
    assert results == [(name, campus.monitor.pk) for name in ("called", "reached", "reached")]
    assert Entry.objects.filter(action="contact.log", subject_person_id=who.pk).count() == 3
    assert "已联系上" in listed(morning, campus.classes[0], campus.monitor)


def test_an_attempt_is_refused_with_a_reason(morning: Morning) -> None:
    campus = morning.campus
    url = f"/attempts/{morning.round.pk}/{{}}/"
    client = looking(campus.monitor)
    assert client.post(url.format(morning.missing[0].pk), {"result": "shouted"}).status_code == 422
    assert client.post(url.format(morning.missing[1].pk), {"result": "called"}).status_code == 404
    assert client.post(url.format(campus.counsellor.pk), {"result": "called"}).status_code == 404
    stranger = looking(campus.counsellor).post(url.format(campus.counsellor.pk), {"result": "called"})
    assert stranger.status_code == 404
    assert looking(campus.students[3]).post(url.format(morning.missing[0].pk), {"result": "called"}).status_code == 403
    assert not ContactAttempt.objects.exists()


def test_pages_follow_each_other_without_gap_or_repeat() -> None:
    campus = Campus()
    more = [person(campus.classes[n % 2], room=campus.rooms[n % 2]) for n in range(17)]
    clerks = [person(campus.college) for _ in range(4)]
    empty = unit(campus.college, "class", "软件2401C")
    round_ = open_round(campus.school)
    submit(submission(round_, more[3]), submission(round_, campus.students[0]))
    expected = {p.pk for p in [*campus.students, *more, *clerks]} - {more[3].pk, campus.students[0].pk}
    for where, people in (
        (campus.school, expected),
        (campus.college, expected),
        (campus.classes[0], {s.pk for s in [*campus.students[1:3], *more[0::2]]}),
        (campus.building, expected - {p.pk for p in clerks}),
        (campus.floor, expected - {p.pk for p in clerks}),
        (campus.rooms[1], {s.pk for s in [*campus.students[3:], *more[1::2]]} - {more[3].pk}),
        (empty, set()),
    ):
        for size in (1, 2, 5, 50):
            seen: list[int] = []
            after = ""
            while True:
                page = missing.page(round_, where, after=after, limit=size)
                seen += [row.person_id for row in page.rows]
                after = page.after
                if not after:
                    break
                assert len(page.rows) == size
            assert len(seen) == len(set(seen)), (where.name, size)
            assert set(seen) == people, (where.name, size)
    assert missing.page(round_, campus.school, after="nonsense", limit=3).rows
    assert missing.page(round_, campus.school, after="1-999999", limit=3).rows


def test_the_list_goes_on_where_somebody_answered_meanwhile() -> None:
    campus = Campus()
    round_ = open_round(campus.school)
    page = missing.page(round_, campus.school, limit=3)
    submit(*(submission(round_, student) for student in campus.students[:3]))
    rest = missing.page(round_, campus.school, after=page.after, limit=50)
    assert {row.person_id for row in rest.rows} == {s.pk for s in campus.students[3:]}


def test_a_late_answer_stays_on_the_list_marked(morning: Morning) -> None:
    submit(submission(morning.round, morning.missing[0], at=morning.round.closes_at + timedelta(days=150)))
    assert "已迟报" in listed(morning, morning.campus.classes[0], morning.campus.counsellor)


def test_the_file_is_marked_and_audited(morning: Morning) -> None:
    campus = morning.campus
    url = f"/missing/{campus.college.pk}/export/?round={morning.round.pk}"
    answer = looking(campus.secretary).get(url)
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert campus.secretary.name in rows[1][0]
    assert campus.secretary.name in (sheet.oddHeader.right.text or "")
    assert {row[1] for row in rows[3:]} == {student.name for student in morning.missing}
    assert {row[4] for row in rows[3:]} == {PHONE}
    (entry,) = Entry.objects.filter(action="missing.export")
    assert (entry.actor_id, entry.detail["persons"]) == (campus.secretary.pk, 3)
    assert Entry.objects.filter(action="person.read-contact").count() == 3
    assert looking(campus.monitor).get(f"/missing/{campus.classes[0].pk}/export/").status_code == 403
    assert looking(campus.counsellor).get(f"/missing/{campus.classes[1].pk}/export/").status_code == 404


def test_everybody_in_is_said_so(morning: Morning) -> None:
    submit(*(submission(morning.round, student) for student in morning.missing))
    assert "全部到齐" in listed(morning, morning.campus.school, morning.campus.office)
    assert clock.now() > morning.round.opens_at


def test_excused_during_the_round_leaves_the_list(morning: Morning) -> None:
    excuse(morning.missing[2], morning.campus.counsellor)
    later = open_round(morning.campus.school, title="第二次")
    rows = missing.page(later, morning.campus.school).rows
    assert morning.missing[2].pk not in {row.person_id for row in rows}

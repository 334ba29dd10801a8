"""A unit's zero report: confirmed against what the system counts, by who may, corrected until the close."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from linglou.domains.daily import zero_report
from linglou.engines.rounds import publishing
from linglou.engines.rounds.models import Response, Round, UnitCount
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Unit
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.daily import health_round
from tests.factories.people import Campus, actor, holder, long_ago, unit
from tests.factories.rounds import open_round, submission, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    made = Campus()
    publishing.publish_form(school_id=made.school.pk, key="unit-zero", title="单位零报告", questions=[], by=None, at=long_ago())
    return made


def zero_round(campus: Campus, kind: str = "college") -> Round:
    return open_round(
        campus.school, asks="units", unit_kind=kind, person_kind="", purpose="unit-zero", form_key="unit-zero",
        title="学院零报告",
    )  # fmt: skip


def confirm(client: Client, round_: Round, at: Unit, abnormal: object, note: str = "", key: str = "confirmed-1") -> int:
    data = {"abnormal": abnormal, "note": note, "key": key}
    return client.post(f"/unit-report/{round_.pk}/{at.pk}/", data).status_code


def test_the_secretary_confirms_what_the_system_counts(campus: Campus) -> None:
    health = health_round(campus.school)
    submit(submission(health, campus.students[1], severity=2), submission(health, campus.students[2]))
    round_ = zero_round(campus)
    secretary = browser(campus.secretary)
    page = secretary.get(f"/unit-report/{round_.pk}/{campus.college.pk}/").content.decode()
    assert "还有 4 人未报" in page
    assert 'name="abnormal" value="1"' in page
    assert confirm(secretary, round_, campus.college, 1) == 302
    row = Response.objects.get(round_id=round_.pk)
    assert row.answers == {"abnormal": 1, "counted": 1, "note": ""}
    assert (row.respondent_id, row.by_id, row.severity) == (campus.college.pk, campus.secretary.pk, 2)
    count = UnitCount.objects.get(round_id=round_.pk, unit_id=campus.school.pk)
    assert (count.roster, count.responded, count.abnormal) == (1, 1, 1)


def test_a_difference_needs_a_note(campus: Campus) -> None:
    health = health_round(campus.school)
    submit(submission(health, campus.students[1], severity=2))
    round_ = zero_round(campus)
    secretary = browser(campus.secretary)
    assert confirm(secretary, round_, campus.college, 0) == 422
    assert not Response.objects.filter(round_id=round_.pk).exists()
    assert confirm(secretary, round_, campus.college, 0, note="该生已由校医院排除") == 302
    assert Response.objects.get(round_id=round_.pk).answers["note"] == "该生已由校医院排除"


def test_zero_is_a_report_and_can_be_corrected(campus: Campus) -> None:
    health_round(campus.school)
    round_ = zero_round(campus)
    secretary = browser(campus.secretary)
    assert "待确认" in secretary.get("/unit-report/").content.decode()
    assert "去确认" in secretary.get("/").content.decode()
    confirm(secretary, round_, campus.college, 0)
    assert "已确认：0 例异常" in secretary.get("/unit-report/").content.decode()
    confirm(secretary, round_, campus.college, 2, note="新增两例", key="confirmed-2")
    row = Response.objects.get(round_id=round_.pk)
    assert (row.revision, row.answers["abnormal"]) == (2, 2)


def test_the_same_post_twice_is_one(campus: Campus) -> None:
    round_ = zero_round(campus)
    secretary = browser(campus.secretary)
    for _ in range(2):
        assert confirm(secretary, round_, campus.college, 0) == 302
    assert Response.objects.get().revision == 1


@pytest.mark.parametrize("abnormal", ["", "-1", "many", "1000000"])
def test_a_number_is_needed(campus: Campus, abnormal: str) -> None:
    assert confirm(browser(campus.secretary), zero_round(campus), campus.college, abnormal) == 422
    assert not Response.objects.exists()


def test_only_who_may_confirm_this_unit(campus: Campus) -> None:
    other = unit(campus.school, "college", "外语学院")
    round_ = zero_round(campus)
    stranger = holder(Role.COLLEGE_SECRETARY, other)
    assert confirm(browser(stranger), round_, campus.college, 0) == 404
    assert confirm(browser(campus.secretary), round_, other, 0) == 404
    assert confirm(browser(campus.monitor), round_, campus.college, 0) == 403
    assert browser(campus.students[2]).get("/unit-report/").status_code == 403
    assert confirm(browser(campus.office), round_, other, 0) == 302
    assert not Response.objects.filter(respondent_id=campus.college.pk).exists()


def test_a_unit_that_is_not_asked_is_refused(campus: Campus) -> None:
    round_ = zero_round(campus)
    assert confirm(browser(campus.office), round_, campus.classes[0], 0) == 404


def test_a_closed_round_takes_no_correction(campus: Campus) -> None:
    round_ = zero_round(campus)
    secretary = browser(campus.secretary)
    confirm(secretary, round_, campus.college, 0)
    Round.objects.filter(pk=round_.pk).update(state="closed")
    assert confirm(secretary, round_, campus.college, 0, key="too-late-12") == 409


def test_a_party_branch_reports_without_a_count(campus: Campus) -> None:
    branch = unit(unit(campus.school, "committee"), "branch", "学生第一党支部")
    head = holder(Role.BRANCH_SECRETARY, branch)
    round_ = zero_round(campus, "branch")
    client = browser(head)
    assert "系统没有这个单位的统计" in client.get(f"/unit-report/{round_.pk}/{branch.pk}/").content.decode()
    assert confirm(client, round_, branch, 3) == 302
    assert Response.objects.get().answers == {"abnormal": 3, "counted": None, "note": ""}


def test_a_round_that_is_not_there_or_not_open(campus: Campus) -> None:
    round_ = zero_round(campus)
    secretary = browser(campus.secretary)
    assert confirm(secretary, health_round(campus.school), campus.college, 0) == 404  # a round of people
    with time_machine.travel(round_.closes_at + timedelta(hours=25), tick=False):
        assert confirm(secretary, round_, campus.college, 0) == 409


def test_a_long_note_is_refused_below_the_form_too(campus: Campus) -> None:
    with pytest.raises(Problem, match="invalid-input") as caught:
        zero_report.confirm(
            round_=zero_round(campus), unit=campus.college, abnormal=-1, note="长" * 201, key="confirmed-1",
            by=actor(campus.secretary), at=clock.now(),
        )  # fmt: skip
    assert [error.field for error in caught.value.errors] == ["abnormal", "note"]

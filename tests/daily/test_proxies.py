"""Who may report for whom, as what, seeing what; and that the person sees it."""

from __future__ import annotations

import pytest
from django.test import Client

from linglou.engines.rounds.access import CAPACITIES
from linglou.engines.rounds.models import Response, UnitCount
from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Person
from tests.factories.accounts import browser
from tests.factories.daily import answers, health_round, typed
from tests.factories.people import Campus, holder, long_ago, person, school, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def guardian_of(campus: Campus, ward: Person) -> Person:
    made = person(campus.school, kind="guardian")
    people.appoint(person=made, role=Role.GUARDIAN, ward=ward, at=long_ago(), by=None)
    return made


def report_for(by: Person, round_id: int, whom: Person, **changes: str) -> int:
    return browser(by).post(f"/report/{round_id}/for/{whom.pk}/", typed(**changes)).status_code


@pytest.mark.parametrize("who", ["monitor", "counsellor", "office", "guardian"])
def test_a_proxy_report_is_marked_and_shown_to_the_person(campus: Campus, who: str) -> None:
    round_ = health_round(campus.school)
    student = campus.students[1]
    proxy = guardian_of(campus, student) if who == "guardian" else getattr(campus, who)
    assert report_for(proxy, round_.pk, student) == 302
    row = Response.objects.get()
    assert (row.source, row.by_id, row.respondent_id) == (who, proxy.pk, student.pk)
    assert UnitCount.objects.get(unit_id=campus.school.pk).proxied == 1
    home = browser(student).get("/").content.decode()
    assert proxy.name in home
    assert row.get_source_display() in home


def test_nobody_reports_for_someone_outside_their_scope(campus: Campus) -> None:
    round_ = health_round(campus.school)
    inside, outside = campus.students[1], campus.students[3]
    for proxy in (campus.monitor, campus.counsellor, guardian_of(campus, inside), campus.students[2]):
        assert report_for(proxy, round_.pk, outside) == 404
        assert browser(proxy).get(f"/report/{round_.pk}/for/{outside.pk}/").status_code == 404
    assert report_for(campus.students[2], round_.pk, inside) == 404
    assert report_for(campus.secretary, round_.pk, inside) == 404  # sees, but does not report for
    stranger = holder(Role.COUNSELLOR, unit(unit(school("别的大学"), "college"), "class"))
    assert report_for(stranger, round_.pk, inside) == 404
    assert not Response.objects.exists()


def test_a_monitor_never_sees_answers_and_does_not_replace_them(campus: Campus) -> None:
    round_ = health_round(campus.school)
    student = campus.students[1]
    monitor = browser(campus.monitor)
    blank = monitor.get(f"/report/{round_.pk}/for/{student.pk}/").content.decode()
    assert student.name in blank
    assert "3号楼" not in blank
    assert "checked" not in blank
    browser(student).post(f"/report/{round_.pk}/", typed(note="只给辅导员看"))
    refused = monitor.get(f"/report/{round_.pk}/for/{student.pk}/")
    assert refused.status_code == 409
    assert "只给辅导员看" not in refused.content.decode()
    assert report_for(campus.monitor, round_.pk, student, key="monitor-again-1") == 409
    assert Response.objects.get().source == "self"


def test_a_ticket_kept_from_before_does_not_let_a_monitor_replace_an_answer(campus: Campus) -> None:
    round_ = health_round(campus.school)
    student, other = campus.students[1:3]
    monitor = browser(campus.monitor)

    def ticket(whom: Person) -> str:
        return monitor.get(f"/api/v1/rounds/{round_.pk}/tickets/{whom.pk}").json()["ticket"]

    def send(ticket: str, key: str) -> tuple[int, str]:
        answer = Client().post(
            f"/api/v1/rounds/{round_.pk}/responses", answers(), content_type="application/json",
            headers={"Ticket": ticket, "Idempotency-Key": key},
        )  # fmt: skip
        return answer.status_code, answer.json().get("code", "")

    kept, used = ticket(student), ticket(other)
    browser(student).post(f"/report/{round_.pk}/", typed(temperature="38.9"))
    assert send(kept, "monitor-kept-1") == (409, "already-reported")
    row = Response.objects.get(respondent_id=student.pk)
    assert (row.source, row.revision, row.answers["temperature"]) == ("self", 1, 38.9)
    assert send(used, "monitor-used-1") == (201, "")
    assert send(used, "monitor-used-1") == (200, "")
    assert send(used, "monitor-used-2") == (409, "already-reported")


def test_what_a_monitor_reported_a_monitor_sees_only_as_counted(campus: Campus) -> None:
    round_ = health_round(campus.school)
    student = campus.students[1]
    report_for(campus.monitor, round_.pk, student, temperature="39.0")
    page = browser(campus.monitor).get(f"/report/{round_.pk}/for/{student.pk}/done/").content.decode()
    assert "已计入" in page
    assert "校医院" not in page  # the advice would tell what was answered


def test_a_counsellor_sees_the_answers_and_leaves_a_trail(campus: Campus) -> None:
    round_ = health_round(campus.school)
    student = campus.students[1]
    browser(student).post(f"/report/{round_.pk}/", typed(note="夜里咳嗽"))
    page = browser(campus.counsellor).get(f"/report/{round_.pk}/for/{student.pk}/").content.decode()
    assert "夜里咳嗽" in page
    (entry,) = Entry.objects.filter(action="response.read")
    assert (entry.actor_id, entry.subject_person_id, entry.is_read) == (campus.counsellor.pk, student.pk, True)
    assert report_for(campus.counsellor, round_.pk, student, key="counsellor-mends", temperature="38.0") == 302
    assert Response.objects.get().source == "counsellor"


def test_the_page_after_a_report_tells_what_to_do_and_so_leaves_a_trail_too(campus: Campus) -> None:
    round_ = health_round(campus.school)
    student = campus.students[1]
    browser(student).post(f"/report/{round_.pk}/", typed(temperature="39.0"))
    page = browser(campus.counsellor).get(f"/report/{round_.pk}/for/{student.pk}/done/").content.decode()
    assert "校医院" in page
    (entry,) = Entry.objects.filter(action="response.read")
    assert (entry.actor_id, entry.subject_person_id) == (campus.counsellor.pk, student.pk)
    browser(campus.monitor).get(f"/report/{round_.pk}/for/{student.pk}/done/")
    assert Entry.objects.filter(action="response.read").count() == 1


def test_looking_at_ones_own_leaves_no_trail(campus: Campus) -> None:
    round_ = health_round(campus.school)
    own = browser(campus.students[1])
    own.post(f"/report/{round_.pk}/", typed())
    own.get(f"/report/{round_.pk}/")
    assert not Entry.objects.filter(action="response.read").exists()


def test_a_guardian_finds_the_ward_on_the_first_page(campus: Campus) -> None:
    round_ = health_round(campus.school)
    ward = campus.students[1]
    client = browser(guardian_of(campus, ward))
    page = client.get("/").content.decode()
    assert ward.name in page
    assert f"/report/{round_.pk}/for/{ward.pk}/" in page
    assert "现在没有要您填报的轮次" not in page


def test_absent_and_forbidden_look_alike(campus: Campus) -> None:
    round_ = health_round(campus.school)
    client: Client = browser(campus.monitor)
    forbidden = client.get(f"/report/{round_.pk}/for/{campus.students[4].pk}/")
    absent = client.get(f"/report/{round_.pk}/for/99999999/")
    assert forbidden.status_code == absent.status_code == 404


def test_every_post_that_reports_for_others_has_a_capacity() -> None:
    reporting = {role for role, grants in POLICY.items() if Verb.REPORT_FOR in grants.verbs} - {Role.GUARDIAN}
    assert reporting == {role for role, _source in CAPACITIES}

"""What goes in comes out as a receipt, once per key, after the commit."""

from __future__ import annotations

import json

import pytest
from django.db import transaction

from linglou.domains.daily.intake import service
from linglou.engines.rounds.models import Response, Revision, UnitCount
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock, ids
from linglou.kernel.problems import Problem
from tests.intake.conftest import HEALTHY, School, send

pytestmark = pytest.mark.usefixtures("running")


def test_an_answer_is_counted_and_gets_a_receipt(school: School) -> None:
    student = school.campus.students[0]
    (reply,) = send(school.post(student, "first-key"))
    assert reply.status == 201
    assert reply.body["revision"] == 1
    assert reply.body["title"] == "每日健康填报"
    assert reply.body["day"] == str(school.round.day)
    kept = Response.objects.get(respondent_id=student.pk)
    assert kept.answers == {**HEALTHY, "unchanged": False, "note": ""}
    assert ids.parse_receipt(reply.body["receipt"]) == kept.receipt
    assert clock.local(kept.last_at).isoformat(timespec="seconds") == reply.body["counted_at"]
    assert UnitCount.objects.get(unit_id=school.campus.school.pk).responded == 1
    entry = Entry.objects.get(action="response.submit")
    assert (entry.actor_id, entry.subject_person_id, entry.actor_label) == (student.pk, student.pk, "本人填报")


def test_the_same_key_again_is_the_same_receipt_and_nothing_more(school: School) -> None:
    student = school.campus.students[0]
    (first,) = send(school.post(student, "one-key-"))
    (again,) = send(school.post(student, "one-key-", {**HEALTHY, "temperature": 37.0}))
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert Revision.objects.count() == 1


def test_a_storm_of_one_key_is_one_revision(school: School) -> None:
    student = school.campus.students[0]
    replies = send(*[school.post(student, "storm-key")] * 40)
    assert sorted(reply.status for reply in replies) == [200] * 39 + [201]
    assert len({reply.body["receipt"] for reply in replies}) == 1
    assert Revision.objects.count() == 1
    assert UnitCount.objects.get(unit_id=school.campus.school.pk).responded == 1


def test_two_answers_of_one_person_at_once_are_two_revisions_of_one_response(school: School) -> None:
    student = school.campus.students[0]
    replies = send(school.post(student, "phone-aaa"), school.post(student, "phone-bbb", {**HEALTHY, "temperature": 36.9}))
    assert sorted(reply.body["revision"] for reply in replies) == [1, 2]
    assert replies[0].body["receipt"] != replies[1].body["receipt"]
    last = max(replies, key=lambda reply: reply.body["revision"])
    assert Response.objects.get().receipt == ids.parse_receipt(last.body["receipt"])
    assert UnitCount.objects.get(unit_id=school.campus.school.pk).responded == 1


def test_a_proxy_answer_is_marked(school: School) -> None:
    student, monitor = school.campus.students[1], school.campus.monitor
    (reply,) = send(school.post(student, "proxy-key", ticket=school.ticket(student, by=monitor, source="monitor")))
    kept = Response.objects.get(respondent_id=student.pk)
    assert (reply.status, kept.source, kept.by_id) == (201, "monitor", monitor.pk)
    assert Entry.objects.get(action="response.submit").actor_label == "班长代报"


def test_after_the_close_a_first_answer_is_late_and_a_correction_refused(school: School) -> None:
    on_time, late = school.campus.students[:2]
    send(school.post(on_time, "in-time-key"))
    school.round.state, school.round.closed_at = "closed", clock.now()
    school.round.save()
    correction, first = send(school.post(on_time, "too-late-key"), school.post(late, "late-key"))
    assert (correction.status, correction.body["code"]) == (409, "no-correction-after-close")
    assert (first.status, first.body["late"]) == (201, True)
    assert UnitCount.objects.get(unit_id=school.campus.school.pk).responded == 1


def test_a_page_goes_through_the_same_writer(school: School, running: service.Running) -> None:
    student = school.campus.students[0]
    given = service.submit_from_thread(school.ticket(student), "page-key", HEALTHY, clock.now())
    assert (given.revision, running.writer.meter.accepted) == (1, 1)
    (api,) = send(school.post(student, "page-key"))
    assert (api.status, api.body["receipt"]) == (200, given.code)


def test_inside_a_transaction_a_page_does_not_wait_for_itself(school: School, running: service.Running) -> None:
    with transaction.atomic():
        given = service.submit_from_thread(school.ticket(school.campus.students[0]), "undone-key", HEALTHY, clock.now())
        transaction.set_rollback(True)
    assert given.revision == 1
    assert running.writer.meter.accepted == 0
    assert not Response.objects.exists()


def test_without_a_server_a_page_writes_at_once(school: School, running: service.Running) -> None:
    service.stop()
    given = service.submit_from_thread(school.ticket(school.campus.students[0]), "alone-key", HEALTHY, clock.now())
    assert (given.revision, given.title, running.writer.meter.accepted) == (1, "每日健康填报", 0)
    assert json.loads(json.dumps(Response.objects.get().answers))["temperature"] == 36.5


def test_once_stopped_the_intake_asks_to_come_again(school: School) -> None:
    post = school.post(school.campus.students[0], "after-stop")
    service.stop()
    (reply,) = send(post)
    assert (reply.status, reply.body["code"], reply.headers["retry-after"]) == (503, "busy", "2")


def test_a_page_shows_what_is_wrong_as_a_problem(school: School) -> None:
    with pytest.raises(Problem) as refused:
        service.submit_from_thread(school.ticket(school.campus.students[0]), "page-key", {"temperature": 60}, clock.now())
    assert refused.value.code == "invalid-input"
    assert "temperature" in {error.field for error in refused.value.errors}

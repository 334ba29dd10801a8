"""A ticket opens one round for one person, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from linglou.domains.daily.intake import ticket as tickets
from linglou.engines.rounds.models import Response
from linglou.kernel.problems import Problem
from tests.factories.people import person
from tests.factories.rounds import open_round
from tests.intake.conftest import Post, School, send

pytestmark = pytest.mark.usefixtures("running")


def forged(ticket: str, expires: int) -> str:
    """The same ticket with another expiry, under the old signature."""
    *words, _expires, mac = ticket.split(".")
    return ".".join([*words, str(expires), mac])


def refusals(*posts: Post) -> list[tuple[int, str]]:
    found = [(reply.status, reply.body["code"]) for reply in send(*posts)]
    assert not Response.objects.exists()
    return found


def test_a_ticket_that_was_tampered_with_is_void(school: School) -> None:
    student = school.campus.students[0]
    good = school.ticket(student)
    bad = [None, "", "x", ".", good[:-1], good[1:], good + "A", forged(good, 2**33), good.replace(".", ""), "票据"]
    posts = [school.post(student, f"tamper-{n}-key", ticket=ticket) for n, ticket in enumerate(bad) if ticket != "票据"]
    assert refusals(*posts) == [(401, "bad-ticket")] * len(posts)


def test_a_ticket_may_come_as_authorization(school: School) -> None:
    student = school.campus.students[0]
    right = school.post(student, "auth-key-1", ticket=None, headers={"authorization": "Ticket " + school.ticket(student)})
    wrong = school.post(student, "auth-key-2", ticket=None, headers={"authorization": "Bearer " + school.ticket(student)})
    assert [reply.status for reply in send(right, wrong)] == [201, 401]


def test_a_ticket_of_another_round_is_refused(school: School) -> None:
    other = open_round(school.campus.school, purpose="evening")
    student = school.campus.students[0]
    assert refusals(school.post(student, "other-round-key", round_id=other.pk)) == [(403, "ticket-for-another-round")]


def test_a_ticket_lives_until_a_day_after_the_close(school: School) -> None:
    student = school.campus.students[0]
    post = school.post(student, "expiry-key")
    with time_machine.travel(school.round.closes_at + tickets.GRACE + timedelta(seconds=2), tick=False):
        assert refusals(post) == [(401, "expired-ticket")]
    with time_machine.travel(school.round.closes_at + tickets.GRACE - timedelta(seconds=2), tick=False):
        (reply,) = send(post)
    assert (reply.status, reply.body["late"]) == (201, True)


def test_nobody_outside_the_roster_gets_one(school: School) -> None:
    stranger = person(school.campus.college, kind="staff")
    with pytest.raises(Problem) as refused:
        school.ticket(stranger)
    assert refused.value.code == "not-on-roster"


def test_a_ticket_says_who_answers_for_whom_by_id_and_names_nobody(school: School) -> None:
    student, monitor = school.campus.students[1], school.campus.monitor
    text = school.ticket(student, by=monitor, source="monitor")
    read = tickets.read(text, now=0)
    assert (read.respondent_id, read.by_id, read.source, read.round_id) == (student.pk, monitor.pk, "monitor", school.round.pk)
    assert student.name not in text
    assert student.number not in text.split(".")

"""Confirmed contacts are screened for as long as the rule of the disease says, with one task each; and leave when they are none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.domains.cases import actions as cases
from linglou.domains.cases.models import Contact
from linglou.domains.movement.models import ReportedContact, Screening
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks.models import Task
from linglou.flows import contact_confirmed_joins_screening
from linglou.flows.tick import tick
from linglou.kernel import clock
from tests.cases.test_contacts import Ward
from tests.factories.cases import case

MEASLES_DAYS = 21


@pytest.fixture
def ward(db: None) -> Ward:
    found = Ward()
    found.propose()
    found.decide("confirm", found.contact(0), found.contact(1))
    return found


def screened(contact: Contact) -> list[str]:
    return list(Screening.objects.filter(person_id=contact.person_id).order_by("pk").values_list("state", flat=True))


def test_screened_until_the_last_day_of_watching(ward: Ward) -> None:
    assert contact_confirmed_joins_screening.run(at=ward.at) == 2
    contact = ward.contact(0)
    reported = ReportedContact.objects.get(person_id=contact.person_id)
    assert reported.key == f"contact:{contact.pk}"
    assert reported.last_day == clock.day_of(contact.last_at)
    assert reported.until_day == reported.last_day + timedelta(days=MEASLES_DAYS)
    assert contact_confirmed_joins_screening.run(at=ward.at) == 0


def test_one_task_and_one_message_each(ward: Ward) -> None:
    done = tick(ward.at)
    assert (done["contact_confirmed_is_told"], done["contact_confirmed_joins_screening"]) == (2, 2)
    for n in range(2):
        person = ward.others[n]
        (task,) = Task.objects.filter(about_id=person.pk)
        assert (task.kind, task.owner_id, task.state) == ("screening", ward.campus.counsellor.pk, "open")
        assert Notification.objects.filter(person=person, topic__in=["contact", "screening", "care"]).count() == 1
    words = " ".join(f"{one.subject} {one.body}" for one in Notification.objects.filter(topic="screening"))
    assert ward.patient.name not in words
    assert set(tick(ward.at).values()) == {0}


def test_one_who_is_none_after_all_leaves_and_may_come_back(ward: Ward) -> None:
    tick(ward.at)
    ward.decide("reject", ward.contact(0))
    assert tick(ward.at)["contact_confirmed_joins_screening"] == 1
    assert (screened(ward.contact(0)), screened(ward.contact(1))) == (["lifted"], ["open"])
    assert Task.objects.get(about_id=ward.others[0].pk).state == "cancelled"
    ward.decide("confirm", ward.contact(0))
    tick(ward.at)
    assert screened(ward.contact(0)) == ["lifted", "open"]


def test_contacts_of_an_excluded_case_leave_and_come_back_when_that_is_taken_back(ward: Ward) -> None:
    tick(ward.at)
    cases.decide(case=ward.case, event="exclude", diagnosed_at=ward.at, reason="风疹", by=ward.doctor, at=ward.at)
    assert tick(ward.at)["contact_confirmed_joins_screening"] == 2
    assert screened(ward.contact(0)) == ["lifted"]
    cases.undo(case=ward.case, reason="标本弄混", by=ward.doctor, at=ward.at)
    assert tick(ward.at)["contact_confirmed_joins_screening"] == 2
    assert screened(ward.contact(0)) == ["lifted", "open"]


def test_whoever_falls_ill_is_a_patient_and_no_contact_any_more(ward: Ward) -> None:
    tick(ward.at)
    own = case(ward.others[0], ward.campus.classes[0], by=ward.doctor, at=ward.at)
    assert tick(ward.at)["contact_confirmed_joins_screening"] == 1
    assert (screened(ward.contact(0)), screened(ward.contact(1))) == (["lifted"], ["open"])
    cases.decide(case=own, event="exclude", diagnosed_at=ward.at, reason="风疹", by=ward.doctor, at=ward.at)
    assert tick(ward.at)["contact_confirmed_joins_screening"] == 1
    assert screened(ward.contact(0)) == ["lifted", "open"]


def test_it_ends_with_the_last_day(ward: Ward) -> None:
    tick(ward.at)
    last = clock.day_of(ward.contact(0).last_at) + timedelta(days=MEASLES_DAYS)
    assert contact_confirmed_joins_screening.run(at=clock.moment(last, ward.lesson.timetz())) == 0
    after = clock.moment(last + timedelta(days=1), ward.lesson.timetz())
    assert tick(after)["contact_confirmed_joins_screening"] == 2
    assert screened(ward.contact(0)) == ["lifted"]
    assert contact_confirmed_joins_screening.run(at=after) == 0


def test_a_later_meeting_counts_from_there(ward: Ward) -> None:
    tick(ward.at)
    contact = ward.contact(0)
    Contact.objects.filter(pk=contact.pk).update(last_at=contact.last_at + timedelta(days=1))
    assert contact_confirmed_joins_screening.run(at=ward.at) == 1
    reported = ReportedContact.objects.get(person_id=contact.person_id)
    assert reported.last_day == clock.day_of(contact.last_at) + timedelta(days=1)

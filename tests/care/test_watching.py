"""Contacts, patients and returnees come under observation by the rules of the day, each with one plan; what changes is followed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from linglou.domains.care.models import Certificate, Observation, ObservationEvent, Plan
from linglou.domains.care.observation import actions, queries
from linglou.domains.care.problems import NOT_LATER, NOT_WATCHED, WHY
from linglou.domains.cases import actions as cases
from linglou.domains.cases.contacts import actions as contacts
from linglou.domains.cases.models import Contact
from linglou.engines.notifications.models import Notification
from linglou.flows import (
    case_isolates_patient,
    contact_confirmed_is_told,
    contact_confirmed_is_watched,
    observation_is_told,
    plan_is_never_without_people,
)
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Post
from linglou.foundation.rulebook.rules.criteria import Answer
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.care import watched
from tests.factories.cases import case, clinic
from tests.factories.people import Campus, holder, person
from tests.races import at_once


class Outbreak:
    """A case of measles; two of its class are confirmed contacts, last met two days ago."""

    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.doctor = clinic(self.campus.school)
        self.supporter = holder(Role.COUNSELLING, self.campus.school)
        self.patient, self.one, self.other, *_ = self.campus.students
        self.case = case(self.patient, self.campus.classes[0], by=self.doctor, at=self.at)
        self.met = self.at - timedelta(days=2)
        self.contacts = [self.add(person) for person in (self.one, self.other)]

    def add(self, person: object, met: datetime | None = None) -> Contact:
        met = met or self.met
        return contacts.add(
            case=self.case, person=person, where="named", first_at=met, last_at=met, note="", by=self.doctor, at=self.at
        )  # type: ignore[arg-type]  # fmt: skip

    def flow(self, at: datetime | None = None) -> int:
        at = at or self.at
        return case_isolates_patient.run(at=at) + contact_confirmed_is_watched.run(at=at)

    def of(self, person: object, ground: str = "close-contact") -> Observation:
        return Observation.objects.get(person=person, ground=ground)


@pytest.fixture
def outbreak(db: None) -> Outbreak:
    return Outbreak()


def test_a_confirmed_contact_is_watched_from_the_last_contact_for_the_days_of_the_rule(outbreak: Outbreak) -> None:
    assert outbreak.flow() == 3  # the patient too
    one = outbreak.of(outbreak.one)
    since = clock.day_of(outbreak.met)
    assert (one.since, one.last_day, one.checks_per_day, one.disease) == (since, since + timedelta(days=21), 2, "measles")
    assert one.rule_id
    assert one.rule_edition
    assert outbreak.flow() == 0


def test_everybody_watched_has_one_plan_with_an_owner_and_a_psychological_supporter(outbreak: Outbreak) -> None:
    outbreak.flow()
    plans = list(Plan.objects.all())
    assert {plan.person_id for plan in plans} == {outbreak.patient.pk, outbreak.one.pk, outbreak.other.pk}
    assert {plan.responsible_id for plan in plans} == {outbreak.campus.counsellor.pk}
    assert {plan.supporter_id for plan in plans} == {outbreak.supporter.pk}
    assert {plan.clinician_id for plan in plans} == {outbreak.doctor.person_id}


def test_a_second_ground_joins_the_same_plan_and_the_later_last_day_leads(outbreak: Outbreak) -> None:
    outbreak.flow()
    later = watched(outbreak.one, outbreak.campus.classes[0], day=0, disease="varicella")
    assert Plan.objects.filter(person=outbreak.one).count() == 1
    assert queries.watching(outbreak.one.pk)[0] == later


def test_nobody_is_watched_who_turns_out_to_be_no_contact(outbreak: Outbreak) -> None:
    outbreak.flow()
    contacts.decide(
        case=outbreak.case, contact_ids=[outbreak.contacts[0].pk], event="reject", by=outbreak.doctor, at=outbreak.at
    )  # fmt: skip
    assert outbreak.flow() == 1
    assert outbreak.of(outbreak.one).state == "withdrawn"
    contacts.decide(
        case=outbreak.case, contact_ids=[outbreak.contacts[0].pk], event="confirm", by=outbreak.doctor, at=outbreak.at
    )  # fmt: skip
    assert outbreak.flow() == 1
    assert outbreak.of(outbreak.one).state == "watching"
    assert [event.event for event in ObservationEvent.objects.filter(observation__person=outbreak.one).order_by("pk")] == [
        "start", "withdraw", "resume",
    ]  # fmt: skip


def test_an_excluded_case_frees_its_patient_and_its_contacts(outbreak: Outbreak) -> None:
    outbreak.flow()
    cases.decide(
        case=outbreak.case, event="exclude", diagnosed_at=outbreak.at, reason="检验阴性", by=outbreak.doctor, at=outbreak.at
    )
    assert outbreak.flow() == 3
    assert set(Observation.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_contacts_of_a_case_that_was_merged_are_still_watched(outbreak: Outbreak) -> None:
    outbreak.flow()
    stranger = person(outbreak.campus.classes[0])
    twin = case(stranger, outbreak.campus.classes[0], by=outbreak.doctor, at=outbreak.at)
    cases.merge(case=outbreak.case, into=twin, by=outbreak.doctor, at=outbreak.at, reason="同一人登记两次")
    outbreak.flow()
    assert outbreak.of(outbreak.one).state == "watching"
    cases.decide(
        case=twin, event="exclude", diagnosed_at=outbreak.at, reason="检验阴性", by=outbreak.doctor, at=outbreak.at
    )  # fmt: skip
    outbreak.flow()
    assert outbreak.of(outbreak.one).state == "withdrawn"


def test_a_later_last_contact_moves_the_days(outbreak: Outbreak) -> None:
    outbreak.flow()
    outbreak.add(outbreak.one, outbreak.at - timedelta(hours=1))
    outbreak.flow()
    assert outbreak.of(outbreak.one).since == clock.day_of(outbreak.at - timedelta(hours=1))


def test_an_extension_by_hand_survives_new_evidence(outbreak: Outbreak) -> None:
    outbreak.flow()
    one = outbreak.of(outbreak.one)
    assert one.last_day
    longer = one.last_day + timedelta(days=7)
    actions.extend(observation=one, last_day=longer, reason="家中又有人发病", by=outbreak.doctor, at=outbreak.at)
    outbreak.add(outbreak.one, outbreak.at - timedelta(hours=1))
    outbreak.flow()
    assert outbreak.of(outbreak.one).last_day == longer


def test_whose_days_are_over_when_confirmed_is_not_watched(outbreak: Outbreak) -> None:
    stranger = outbreak.campus.students[4]
    outbreak.add(stranger, outbreak.at - timedelta(days=22))
    outbreak.flow()
    assert not Observation.objects.filter(person=stranger).exists()


def test_a_contact_who_falls_ill_goes_on_as_a_case(outbreak: Outbreak) -> None:
    outbreak.flow()
    own = case(outbreak.one, outbreak.campus.classes[0], by=outbreak.doctor, at=outbreak.at)
    assert outbreak.flow() == 2
    assert outbreak.of(outbreak.one).state == "converted"
    patient = outbreak.of(outbreak.one, "suspected")
    assert (patient.state, patient.last_day, patient.plan) == ("watching", None, outbreak.of(outbreak.one).plan)
    cases.decide(case=own, event="exclude", diagnosed_at=outbreak.at, reason="检验阴性", by=outbreak.doctor, at=outbreak.at)
    outbreak.flow()
    assert (outbreak.of(outbreak.one).state, outbreak.of(outbreak.one, "suspected").state) == ("watching", "withdrawn")


def test_a_confirmed_case_changes_the_ground_and_the_dead_are_not_watched(outbreak: Outbreak) -> None:
    outbreak.flow()
    cases.decide(
        case=outbreak.case, event="confirm", diagnosed_at=outbreak.at, reason="外院确诊", by=outbreak.doctor, at=outbreak.at
    )
    assert outbreak.flow() == 1
    assert outbreak.of(outbreak.patient, "case").state == "watching"
    cases.decide(case=outbreak.case, event="die", diagnosed_at=outbreak.at, by=outbreak.doctor, at=outbreak.at)
    outbreak.flow()
    assert outbreak.of(outbreak.patient, "case").state == "ended"


def test_covid_since_2023_watches_nobody(db: None) -> None:
    campus, at = Campus(), clock.now()
    doctor = clinic(campus.school)
    ill = case(
        campus.students[0], campus.classes[0], by=doctor, at=at, disease="covid-19", event="confirm", reason="抗原阳性"
    )  # fmt: skip
    contacts.add(
        case=ill, person=campus.students[1], where="named", first_at=at, last_at=at, note="", by=doctor, at=at
    )  # fmt: skip
    assert contact_confirmed_is_watched.run(at=at) == 0


# -- letting go ----------------------------------------------------------------------------------------------------------


def test_release_is_judged_by_the_criteria_and_kept_with_what_they_said(outbreak: Outbreak) -> None:
    one = watched(outbreak.one, outbreak.campus.classes[0], day=22)
    judged = queries.judged(one, at=outbreak.at)
    assert (judged.answer, judged.asked) == (Answer.UNKNOWN, ("no-symptoms",))
    actions.release(observation=one, said={"no-symptoms": True}, reason="", by=outbreak.doctor, at=outbreak.at)
    event = ObservationEvent.objects.get(observation=one, event="release")
    assert (event.answer, event.by_id, event.rule_id) == ("met", outbreak.doctor.person_id, one.rule_id)
    assert Entry.objects.filter(action="observation.release", subject_person_id=outbreak.one.pk).count() == 1
    with pytest.raises(Problem) as refused:
        actions.release(observation=one, said={}, reason="再来", by=outbreak.doctor, at=outbreak.at)
    assert refused.value.kind is NOT_WATCHED


def test_early_release_needs_a_reason_and_nothing_is_changed_without(outbreak: Outbreak) -> None:
    one = watched(outbreak.one, outbreak.campus.classes[0], day=5)
    with pytest.raises(Problem) as refused:
        actions.release(observation=one, said={"no-symptoms": True}, reason=" ", by=outbreak.doctor, at=outbreak.at)
    assert refused.value.kind is WHY
    one.refresh_from_db()
    assert one.state == "watching"
    actions.release(observation=one, said={"no-symptoms": True}, reason="规则已调整", by=outbreak.doctor, at=outbreak.at)
    assert ObservationEvent.objects.get(observation=one, event="release").answer == "not-met"


def test_a_patient_goes_by_the_rule_of_the_disease(outbreak: Outbreak) -> None:
    outbreak.flow()
    judged = queries.judged(outbreak.of(outbreak.patient, "suspected"), at=outbreak.at)
    assert judged.rule is not None
    assert judged.rule.rule_id == "MEAS-RETURN"
    assert judged.answer == Answer.UNKNOWN  # when the rash began is not recorded


def test_an_extension_is_later_and_says_why(outbreak: Outbreak) -> None:
    one = watched(outbreak.one, outbreak.campus.classes[0])
    assert one.last_day
    with pytest.raises(Problem) as refused:
        actions.extend(observation=one, last_day=one.last_day, reason="再看看", by=outbreak.doctor, at=outbreak.at)
    assert refused.value.kind is NOT_LATER
    with pytest.raises(Problem) as refused:
        actions.extend(
            observation=one, last_day=one.last_day + timedelta(days=1), reason="", by=outbreak.doctor, at=outbreak.at
        )  # fmt: skip
    assert refused.value.kind is WHY


def test_a_release_by_mistake_is_resumed(outbreak: Outbreak) -> None:
    one = watched(outbreak.one, outbreak.campus.classes[0], day=22)
    actions.release(observation=one, said={"no-symptoms": True}, reason="", by=outbreak.doctor, at=outbreak.at)
    actions.resume(observation=one, reason="点错了", by=outbreak.doctor, at=outbreak.at)
    one.refresh_from_db()
    assert (one.state, one.ended_at) == ("watching", None)
    assert Certificate.objects.get(person=outbreak.one).revoked_because == "点错了"


def test_the_last_release_of_a_plan_gives_a_certificate_that_names_no_disease(outbreak: Outbreak) -> None:
    first = watched(outbreak.one, outbreak.campus.classes[0], day=22)
    second = watched(outbreak.one, outbreak.campus.classes[0], day=22, disease="varicella")
    actions.release(observation=first, said={"no-symptoms": True}, reason="", by=outbreak.doctor, at=outbreak.at)
    assert not Certificate.objects.exists()
    actions.release(observation=second, said={"no-symptoms": True}, reason="", by=outbreak.doctor, at=outbreak.at)
    given = Certificate.objects.get(person=outbreak.one)
    assert (given.kind, given.revoked_at) == ("release", None)
    assert "水痘" not in str(given.content)
    assert "麻疹" not in str(given.content)


# -- told ----------------------------------------------------------------------------------------------------------------


def test_the_person_learns_the_days_and_the_carers_that_there_is_somebody_and_no_message_names_the_disease(
    outbreak: Outbreak,
) -> None:
    outbreak.flow()
    assert observation_is_told.run(at=outbreak.at) == 3
    messages = Notification.objects.filter(topic="care")
    carers = {outbreak.campus.counsellor.pk, outbreak.supporter.pk, outbreak.doctor.person_id}
    people_told = {outbreak.patient.pk, outbreak.one.pk, outbreak.other.pk}
    assert set(messages.values_list("person_id", flat=True)) == carers | people_told
    for message in messages:
        assert "麻疹" not in message.subject + message.body
        assert outbreak.patient.name not in message.subject + message.body
    assert observation_is_told.run(at=outbreak.at) == 0


def test_a_contact_who_is_watched_learns_both_by_one_message_and_one_who_is_not_by_that_of_the_contact(
    outbreak: Outbreak,
) -> None:
    contact_confirmed_is_told.run(at=outbreak.at)  # nobody is watched yet: the contact alone
    before = Notification.objects.filter(person__in=[outbreak.one, outbreak.other]).count()
    Contact.objects.update(flowed_at=None)
    Notification.objects.all().delete()
    outbreak.flow()
    contact_confirmed_is_told.run(at=outbreak.at)
    observation_is_told.run(at=outbreak.at)
    assert before == 2
    for who in (outbreak.one, outbreak.other):
        (message,) = Notification.objects.filter(person=who)
        watched_for = Observation.objects.get(person=who)
        assert "密切接触者" in message.subject
        assert "医学观察" in message.subject
        for day in (watched_for.since, watched_for.last_day):
            assert day is not None
            assert f"{day.month}月{day.day}日" in message.body


def test_a_release_is_told(outbreak: Outbreak) -> None:
    one = watched(outbreak.one, outbreak.campus.classes[0], day=22)
    observation_is_told.run(at=outbreak.at)
    actions.release(observation=one, said={"no-symptoms": True}, reason="", by=outbreak.doctor, at=outbreak.at)
    assert observation_is_told.run(at=outbreak.at) == 1
    assert Notification.objects.filter(person=outbreak.one, subject__contains="解除").exists()


# -- safe to repeat ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_processes_open_one_plan_for_one_person(transactional_db: None) -> None:
    campus, at = Campus(), clock.now()
    at_once(lambda: watched(campus.students[0], campus.classes[0], at=at))
    assert Plan.objects.count() == 1
    assert Observation.objects.count() == 2


def test_without_a_counselling_centre_the_plan_still_has_a_supporter(db: None) -> None:
    campus = Campus()
    one = watched(campus.students[0], campus.classes[0])
    assert one.plan.supporter_id == campus.counsellor.pk


def test_a_plan_follows_its_posts(outbreak: Outbreak) -> None:
    outbreak.flow()
    assert plan_is_never_without_people.run(at=outbreak.at) == 0
    new = holder(Role.COUNSELLOR, outbreak.campus.classes[0])
    people.dismiss(post=Post.objects.get(person=outbreak.campus.counsellor), at=outbreak.at, by=None)
    later = outbreak.at + timedelta(minutes=1)
    assert plan_is_never_without_people.run(at=later) == 3
    assert set(Plan.objects.values_list("responsible_id", flat=True)) == {new.pk}
    assert Notification.objects.filter(person=new, topic="care").count() == 3

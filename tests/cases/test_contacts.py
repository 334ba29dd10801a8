"""Contacts: proposed from stays by the definition in force, reviewed in bulk, traced to the second degree, and told no names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from linglou.domains.cases import actions as cases
from linglou.domains.cases.actions import NewFindings
from linglou.domains.cases.contacts import actions, queries, rules
from linglou.domains.cases.contacts.queries import Filter
from linglou.domains.cases.models import Case, Contact
from linglou.domains.cases.problems import NO_WINDOW, NOT_TRACED, NOT_YET_HAPPENED
from linglou.domains.movement import telling
from linglou.domains.movement.models import Trip
from linglou.domains.movement.telling import NewTrip, Teller
from linglou.engines.notifications.models import Notification
from linglou.flows import contact_confirmed_is_told
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook.rules.diseases import InfectiousWindow
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.cases import SUSPECTED, case, clinic
from tests.factories.people import Campus, actor
from tests.factories.stays import place, stay


class Ward:
    """A case of measles whose rash began yesterday, and a class with which it sat two days ago."""

    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.doctor = clinic(self.campus.school)
        self.patient, *self.others = self.campus.students
        self.room, self.lab = place(self.campus.school), place(self.campus.school)
        self.lesson = clock.moment(clock.day_of(self.at) - timedelta(days=2), time(9))
        for person in (self.patient, self.others[0], self.others[1]):
            stay(person, self.room, self.lesson)
        self.case = case(
            self.patient, self.campus.classes[0], by=self.doctor, at=self.at,
            findings=NewFindings(said=SUSPECTED, since={"rash-onset": self.at - timedelta(days=1)}),
        )  # fmt: skip

    def propose(self) -> int:
        return actions.propose(case=self.case, by=self.doctor, at=self.at)

    def contact(self, n: int) -> Contact:
        return Contact.objects.get(case=self.case, person=self.others[n])

    def decide(self, event: str, *contacts: Contact) -> int:
        return actions.decide(case=self.case, contact_ids=[one.pk for one in contacts], event=event, by=self.doctor, at=self.at)


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def test_everybody_who_sat_with_the_case_is_proposed_with_the_reason(ward: Ward) -> None:
    assert ward.propose() == 2
    contact = ward.contact(0)
    assert (contact.state, contact.is_close, contact.where, contact.minutes) == ("proposed", True, "class-session", 45)
    assert (contact.place, contact.rule_id, contact.last_at) == (
        ward.room.name, "MEAS-CONTACT", ward.lesson + timedelta(minutes=45),
    )  # fmt: skip
    assert contact.meetings[0]["meetings"] == 1
    assert Entry.objects.filter(action="contact.propose").count() == 2


def test_what_lies_outside_the_window_is_not_looked_at(ward: Ward) -> None:
    stay(ward.others[3], ward.lab, ward.lesson - timedelta(days=9))
    stay(ward.patient, ward.lab, ward.lesson - timedelta(days=9))
    ward.propose()
    assert not Contact.objects.filter(person=ward.others[3]).exists()


def test_the_neighbour_of_a_train_trip_is_proposed_and_lapses_with_the_trip(ward: Ward) -> None:
    day = clock.day_of(ward.lesson)
    ticket = NewTrip(
        day=day, from_region="330106", to_region="110108", means="train", vehicle="G35", carriage="05", seat_row=12
    )
    neighbour, elsewhere = ward.others[3], ward.others[4]
    tellers = {one.pk: Teller(one, actor(one)) for one in (ward.patient, neighbour, elsewhere)}
    for person, carriage in ((ward.patient, "05"), (neighbour, "5"), (elsewhere, "06")):
        telling.add_trip(teller=tellers[person.pk], trip=replace(ticket, carriage=carriage), key=carriage, at=ward.at)
    assert ward.propose() == 3
    contact = ward.contact(3)
    assert (contact.state, contact.is_close, contact.where, contact.place) == (
        "proposed", True, "vehicle", f"G35 · 5 车厢 · {day}",
    )  # fmt: skip
    page = browser(Person.objects.get(pk=ward.doctor.person_id)).get(f"/cases/{ward.case.pk}/contacts/").content.decode()
    assert "同车" in page
    assert "23 小时" not in page  # nobody knows for how long
    assert clock.day_of(contact.last_at) == day
    assert not Contact.objects.filter(person=elsewhere).exists()
    trip = Trip.objects.get(person_id=neighbour.pk)
    telling.drop_trip(teller=tellers[neighbour.pk], trip_id=trip.id, key="back", at=ward.at)
    assert ward.propose() == 2
    assert ward.contact(3).state == "lapsed"


@pytest.mark.parametrize(("mine", "theirs"), [("05", ""), ("", "05")])
def test_in_the_same_train_without_a_carriage_is_not_close_and_to_be_reviewed(ward: Ward, mine: str, theirs: str) -> None:
    day = clock.day_of(ward.lesson)
    ticket = NewTrip(day=day, from_region="330106", to_region="110108", means="train", vehicle="G35", seat_row=12)
    fellow, other_train, other_day = ward.others[3:6] if len(ward.others) > 5 else (*ward.others[3:5], None)
    told = [(ward.patient, mine, {}), (fellow, theirs, {}), (other_train, theirs, {"vehicle": "G351"})]
    if other_day:
        told.append((other_day, theirs, {"day": day - timedelta(days=1)}))
    for person, carriage, changes in told:
        telling.add_trip(
            teller=Teller(person, actor(person)),
            trip=replace(ticket, carriage=carriage, **changes),
            key=f"{person.pk}",
            at=ward.at,
        )
    assert ward.propose() == 3
    contact = ward.contact(3)
    assert (contact.state, contact.is_close, contact.missed, contact.where) == ("proposed", False, "carriage", "vehicle")
    assert "G35" in contact.place
    assert not Contact.objects.filter(person=other_train).exists()
    doctor = browser(Person.objects.get(pk=ward.doctor.person_id))
    page = doctor.get(f"/cases/{ward.case.pk}/contacts/").content.decode()
    assert "车厢不明" in page
    assert "23 小时" not in page
    told_again = replace(ticket, carriage="5")
    for person in (ward.patient, fellow):
        for trip in Trip.objects.filter(person_id=person.pk, superseded_at=None):
            telling.drop_trip(teller=Teller(person, actor(person)), trip_id=trip.id, key=f"d{person.pk}", at=ward.at)
        telling.add_trip(teller=Teller(person, actor(person)), trip=told_again, key=f"a{person.pk}", at=ward.at)
    ward.propose()
    assert (ward.contact(3).is_close, ward.contact(3).missed) == (True, "")


def test_without_the_time_that_days_are_counted_from_nobody_is_guessed(ward: Ward) -> None:
    cases.record_findings(case=ward.case, findings=NewFindings(since={"rash-onset": None}), by=ward.doctor, at=ward.at)
    with pytest.raises(Problem) as refused:
        ward.propose()
    assert refused.value.kind is NO_WINDOW
    assert refused.value.values["event"] == "出疹"


@pytest.mark.parametrize("disease", ["dengue"])
def test_a_disease_without_person_contacts_has_none(ward: Ward, disease: str) -> None:
    other = case(ward.others[4], ward.campus.classes[1], by=ward.doctor, disease=disease, findings=NewFindings(), reason="x")
    with pytest.raises(Problem) as refused:
        actions.propose(case=other, by=ward.doctor, at=ward.at)
    assert refused.value.kind is NOT_TRACED


def test_after_january_2023_no_contact_of_covid_is_determined(ward: Ward) -> None:
    def covid(day: date, n: int) -> Case:
        return case(
            ward.others[n], ward.campus.classes[0], by=ward.doctor, disease="covid-19", event="confirm", reason="x",
            diagnosed_at=clock.moment(day, time(9)), findings=NewFindings(since={"onset": clock.moment(day, time(8))}),
        )  # fmt: skip

    assert actions.definition_of(covid(date(2020, 2, 3), 2)).tracing == "persons"
    with pytest.raises(Problem) as refused:
        actions.definition_of(covid(date(2023, 1, 8), 3))
    assert refused.value.kind is NOT_TRACED


def test_reviewed_in_bulk_and_traced_again(ward: Ward) -> None:
    ward.propose()
    first, second = ward.contact(0), ward.contact(1)
    assert ward.decide("confirm", first) == 1
    assert ward.decide("reject", second) == 1
    assert ward.decide("confirm", first) == 0  # it is
    stay(ward.others[2], ward.room, ward.lesson)
    assert ward.propose() == 1
    assert [ward.contact(n).state for n in range(3)] == ["confirmed", "rejected", "proposed"]
    assert ward.decide("confirm", second) == 1
    assert Entry.objects.filter(action="contact.confirm").count() == 2


def test_who_is_no_longer_found_lapses_and_may_come_back(ward: Ward) -> None:
    ward.propose()
    earlier = {"rash-onset": ward.at - timedelta(days=30)}
    cases.record_findings(case=ward.case, findings=NewFindings(since=earlier), by=ward.doctor, at=ward.at)
    ward.decide("confirm", ward.contact(0))
    ward.propose()
    assert [ward.contact(n).state for n in range(2)] == ["confirmed", "lapsed"]
    cases.record_findings(
        case=ward.case, findings=NewFindings(since={"rash-onset": ward.at - timedelta(days=1)}), by=ward.doctor, at=ward.at
    )
    ward.propose()
    assert [ward.contact(n).state for n in range(2)] == ["confirmed", "proposed"]


def test_contacts_of_another_case_are_not_decided_here(ward: Ward) -> None:
    ward.propose()
    other = case(ward.others[4], ward.campus.classes[1], by=ward.doctor)
    done = actions.decide(case=other, contact_ids=[ward.contact(0).pk], event="confirm", by=ward.doctor, at=ward.at)
    assert done == 0
    assert ward.contact(0).state == "proposed"


def test_the_second_degree_counts_from_the_first_exposure(ward: Ward) -> None:
    """COVID-19 of 2022 traces contacts of contacts: who met a confirmed contact after the contact met the case."""
    day = date(2022, 6, 10)
    morning, noon = clock.moment(day, time(9)), clock.moment(day, time(13))
    patient, close, before, after, far = ward.others
    index = case(
        patient, ward.campus.classes[0], by=ward.doctor, disease="covid-19", event="confirm", reason="x",
        diagnosed_at=clock.moment(day, time(20)), findings=NewFindings(since={"onset": morning}),
    )  # fmt: skip
    for person in (patient, close):
        stay(person, ward.room, noon)
    for person in (close, before):
        stay(person, ward.lab, morning)
    for person in (close, after):
        stay(person, ward.lab, noon + timedelta(hours=2))
    stay(far, ward.lab, noon + timedelta(hours=6))
    at = clock.moment(day, time(21))
    actions.propose(case=index, by=ward.doctor, at=at)
    actions.propose_second(case=index, by=ward.doctor, at=at)
    assert not Contact.objects.filter(case=index, degree=2).exists()  # nobody is confirmed yet
    first = Contact.objects.get(case=index, person=close)
    actions.decide(case=index, contact_ids=[first.pk], event="confirm", by=ward.doctor, at=at)
    assert actions.propose_second(case=index, by=ward.doctor, at=at) == 1
    second = Contact.objects.get(case=index, degree=2)
    assert (second.person, second.via, second.state) == (after, first, "proposed")


def test_named_by_hand(ward: Ward) -> None:
    met = ward.at - timedelta(hours=20)
    person = ward.others[4]
    contact = actions.add(
        case=ward.case, person=person, where="named", first_at=met + timedelta(hours=1), last_at=met, note="一起吃饭",
        by=ward.doctor, at=ward.at,
    )  # fmt: skip
    assert (contact.state, contact.by_hand, contact.first_at, contact.unit_id) == (
        "confirmed", True, met, ward.campus.classes[1].pk,
    )  # fmt: skip
    ward.propose()
    assert ward.contact(4).note == "一起吃饭"
    with pytest.raises(Problem) as refused:
        actions.add(
            case=ward.case, person=person, where="named", first_at=met, last_at=ward.at + timedelta(days=1), note="",
            by=ward.doctor, at=ward.at,
        )  # fmt: skip
    assert refused.value.kind is NOT_YET_HAPPENED


def test_a_contact_is_told_the_date_and_not_the_name(ward: Ward) -> None:
    ward.propose()
    ward.decide("confirm", ward.contact(0), ward.contact(1))
    assert contact_confirmed_is_told.run(at=ward.at) == 2
    told = Notification.objects.get(person=ward.others[0], topic="contact")
    last = clock.local(ward.lesson)
    assert f"{last.month}月{last.day}日" in told.body
    for message in Notification.objects.filter(topic="contact"):
        assert ward.patient.name not in message.subject + message.body
        assert "麻疹" not in message.subject + message.body
    assert contact_confirmed_is_told.run(at=ward.at) == 0
    ward.decide("reject", ward.contact(0))
    contact_confirmed_is_told.run(at=ward.at)
    assert Notification.objects.filter(person=ward.others[0], topic="contact").count() == 2


def test_one_who_was_never_told_is_not_told_that_they_are_none(ward: Ward) -> None:
    ward.propose()
    ward.decide("reject", ward.contact(0))
    contact_confirmed_is_told.run(at=ward.at)
    assert not Notification.objects.filter(topic="contact").exists()


def test_the_counsellor_sees_who_and_when_and_not_of_whom(ward: Ward) -> None:
    ward.propose()
    ward.decide("confirm", ward.contact(0))
    mine = queries.mine(actor(ward.campus.counsellor))
    assert [contact.person for contact in mine] == [ward.others[0]]
    page = browser(ward.campus.counsellor).get("/cases/contacts/").content.decode()
    assert ward.others[0].name in page
    assert ward.patient.name not in page
    assert "麻疹" not in page


def test_the_page_filters_confirms_and_adds(ward: Ward) -> None:
    doctor = browser(Person.objects.get(pk=ward.doctor.person_id))
    url = f"/cases/{ward.case.pk}/contacts/"
    assert doctor.post(url + "propose/").status_code == 302
    page = doctor.get(url + "?state=proposed&where=class-session&close=close&text=T").content.decode()
    assert ward.others[0].name in page
    assert ward.others[1].name in page
    assert ward.others[0].name not in doctor.get(url + "?state=proposed&close=not").content.decode()
    answer = doctor.post(url + "decide/?state=proposed", {"contact": [ward.contact(0).pk], "event": "confirm", "note": "同桌"})
    assert answer.headers["Location"] == url + "?state=proposed"
    assert (ward.contact(0).state, ward.contact(0).note) == ("confirmed", "同桌")
    when = f"{clock.local(ward.lesson):%Y-%m-%dT%H:%M}"
    typed = {"number": ward.others[4].number, "where": "household", "first_at": when, "last_at": when}
    assert doctor.post(url + "add/", typed | {"number": ward.patient.number}).status_code == 422
    assert doctor.post(url + "add/", typed).status_code == 302
    assert ward.contact(4).state == "confirmed"
    assert queries.filtered(ward.case, Filter(state="confirmed", degree="1")).count() == 2


ROW = {
    "rule_id": "X", "title": {"zh": "x", "en": "x"}, "issuer": "x", "doc_no": "", "edition": "1", "effective_from": None,
    "effective_to": None, "jurisdiction": "CN", "source": "", "verified": False, "kind": "infectious-window",
}  # fmt: skip
ONSET = datetime(2020, 1, 20, 6, 0, tzinfo=clock.CAMPUS_ZONE)


@pytest.mark.parametrize(
    ("row", "is_asymptomatic", "since", "at_day", "expected"),
    [
        ({"anchor": "onset", "from_days": -2, "until_days": 10}, False, "onset", 25, (18, 25)),  # still running: until now
        ({"anchor": "onset", "from_days": -2, "until_days": 3}, False, "onset", 30, (18, 24)),  # the last day wholly
        ({"anchor": "onset", "from_days": 0, "until_days": None}, False, "onset", 30, (20, 30)),
        ({"anchor": "onset", "from_days": -2, "until_days": 10}, True, "onset", 25, "sample"),
        ({"anchor": "onset", "from_days": -2, "until_days": 10, "asymptomatic_from_days": -2}, True, "sample", 25, (18, 25)),
        ({"anchor": "rash-onset", "from_days": -4, "until_days": 4}, False, "onset", 25, "rash-onset"),
    ],
)  # fmt: skip
def test_the_infectious_window(
    row: dict[str, object], is_asymptomatic: bool, since: str, at_day: int, expected: tuple[int, int] | str
) -> None:
    at = ONSET.replace(day=at_day, hour=9)
    window = rules.window_of(InfectiousWindow.model_validate(ROW | row), {since: ONSET}, is_asymptomatic=is_asymptomatic, at=at)
    if isinstance(expected, str):
        assert window == expected
        return
    assert isinstance(window, rules.Window)
    assert window.from_at == clock.moment(date(2020, 1, expected[0]), time.min)
    assert window.until_at == (at if expected[1] == at_day else clock.moment(date(2020, 1, expected[1]), time.min))


def test_which_state_an_event_needs() -> None:
    assert rules.states_before("confirm") == ["proposed", "rejected"]
    assert rules.states_before("lapse") == ["proposed"]

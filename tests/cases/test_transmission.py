"""The picture of an outbreak: a chain of three generations, both rates with both numbers, by memberships as they stood."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linglou.domains.cases import actions as cases
from linglou.domains.cases.actions import NewFindings
from linglou.domains.cases.contacts import actions as contacts
from linglou.domains.cases.models import Case, Contact
from linglou.domains.cases.transmission import queries
from linglou.domains.cases.transmission.queries import Transmission
from linglou.domains.cases.transmission.rules import Rate
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions as enrolment
from linglou.foundation.people.models import Membership, Person
from linglou.kernel import clock
from tests.factories import people
from tests.factories.accounts import browser
from tests.factories.cases import SUSPECTED, case, clinic
from tests.factories.people import Campus, actor

PAGE, API = "/cases/transmission/", "/api/v1/transmission"


class Outbreak:
    """``first`` (ill 25 days ago) met two of class A; one of them fell ill after eleven days, and a friend of class B after that."""

    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.today = clock.day_of(self.at)
        self.doctor = clinic(self.campus.school)
        self.first, self.second, self.well, _mate, self.third = self.campus.students[:5]
        self.cases = {
            n: self.case(person, days)
            for n, (person, days) in enumerate([(self.first, 25), (self.second, 14), (self.third, 3)])
        }
        for n, person, days, where in (
            (0, self.second, 25, "household"), (0, self.well, 25, "gathering"), (1, self.third, 14, "gathering"),
        ):  # fmt: skip
            self.met(self.cases[n], person, days, where)

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def case(self, person: Person, days: int, event: str = "confirm", **changes: Any) -> Case:
        ill = self.at - timedelta(days=days)
        unit = Membership.objects.get(person=person, tree="administration").unit
        findings = NewFindings(said=SUSPECTED, since={"onset": ill, "rash-onset": ill})
        return case(
            person, unit, by=self.doctor, at=self.at, event=event, diagnosed_at=ill + timedelta(hours=1), reason="x",
            findings=findings, **changes,
        )  # fmt: skip

    def met(self, of: Case, person: Person, days: int, where: str = "named") -> Contact:
        last = self.at - timedelta(days=days)
        return contacts.add(
            case=of,
            person=person,
            where=where,
            first_at=last - timedelta(days=1),
            last_at=last,
            note="",
            by=self.doctor,
            at=self.at,
        )

    def shown(self, since: int = 26, until: int = 0, disease: str = "measles") -> Transmission:
        who = actor(self.campus.office)
        return queries.transmission(who, disease, since=self.ago(since), until=self.ago(until), at=self.at)


@pytest.fixture
def outbreak(db: None) -> Outbreak:
    return Outbreak()


def test_the_chain(outbreak: Outbreak) -> None:
    shown = outbreak.shown()
    assert [node.case.person for node in shown.nodes] == [outbreak.first, outbreak.second, outbreak.third]
    assert [(e.source.case.person, e.target.case.person, e.days, e.contact.where) for e in shown.edges] == [
        (outbreak.first, outbreak.second, 11, "household"), (outbreak.second, outbreak.third, 11, "gathering"),
    ]  # fmt: skip
    assert (shown.serial_intervals, shown.serial_interval) == ([11, 11], 11)
    assert shown.nodes[0].contacts == 2
    (entry,) = Entry.objects.filter(action="case.transmission", subject_person_id=outbreak.first.pk)
    assert entry.actor_id == outbreak.campus.office.pk


def test_both_rates_name_both_numbers(outbreak: Outbreak) -> None:
    shown = outbreak.shown()
    whole = Membership.objects.filter(tree="administration", unit__path__startswith=outbreak.campus.school.path).count()
    assert shown.attack == Rate(3, whole)
    assert shown.secondary == Rate(2, 3)
    assert shown.watched == 0
    by_class = {row.name: (row.attack, row.secondary) for row in shown.rates["class"]}
    a, b = (Membership.objects.filter(unit=one).count() for one in outbreak.campus.classes[:2])
    assert by_class == {
        outbreak.campus.classes[0].name: (Rate(2, a), Rate(1, 2)), outbreak.campus.classes[1].name: (Rate(1, b), Rate(1, 1)),
    }  # fmt: skip
    assert dict(shown.by_kind) == {"household": Rate(1, 1), "gathering": Rate(1, 2)}
    rooms = {row.name: row.attack.denominator for row in shown.rates["room"]}
    assert all(
        Membership.objects.filter(unit__name=name.split()[-1], tree="residence").count() == n for name, n in rooms.items()
    )
    assert all(row.attack.denominator >= row.attack.numerator for rows in shown.rates.values() for row in rows)


def test_a_suspicion_is_shown_and_not_counted(outbreak: Outbreak) -> None:
    outbreak.case(outbreak.well, 6, "suspect")
    shown = outbreak.shown()
    assert (shown.counted, shown.suspected, shown.attack.numerator) == (3, 1, 3)
    assert outbreak.well in [edge.target.case.person for edge in shown.edges]
    assert shown.secondary == Rate(2, 3)


def test_excluded_and_merged_cases_and_other_diseases_are_not_there(outbreak: Outbreak) -> None:
    outbreak.case(outbreak.well, 2, disease="varicella")
    cases.decide(
        case=outbreak.cases[1], event="exclude", diagnosed_at=outbreak.at, reason="风疹", by=outbreak.doctor, at=outbreak.at
    )
    shown = outbreak.shown()
    assert [node.case.person for node in shown.nodes] == [outbreak.first, outbreak.third]
    assert shown.edges == []
    assert shown.secondary == Rate(0, 2)


def test_what_was_merged_keeps_its_contacts(outbreak: Outbreak) -> None:
    twin = outbreak.case(outbreak.campus.students[5], 14)
    cases.merge(case=outbreak.cases[1], into=twin, by=outbreak.doctor, at=outbreak.at, reason="两个学号")
    (edge,) = [edge for edge in outbreak.shown().edges if edge.target.case == outbreak.cases[2]]
    assert edge.source.case == twin
    assert edge.source.contacts == 1


def test_who_is_ill_when_the_period_begins_is_not_at_risk(outbreak: Outbreak) -> None:
    whole = outbreak.shown().attack.denominator
    later = outbreak.shown(since=20)
    assert later.attack == Rate(2, whole - 1)
    assert [node.case.person for node in later.nodes] == [outbreak.second, outbreak.third]
    assert later.secondary == Rate(1, 1)


def test_who_was_ill_before_the_contact_is_no_secondary_case(outbreak: Outbreak) -> None:
    outbreak.met(outbreak.cases[2], outbreak.second, 3)
    shown = outbreak.shown()
    assert len(shown.edges) == 2
    assert dict(shown.by_kind)["named"] == Rate(0, 0)
    assert shown.secondary == Rate(2, 3)


def test_contacts_still_watched_are_told(outbreak: Outbreak) -> None:
    outbreak.met(outbreak.cases[2], outbreak.campus.students[5], 3)
    shown = outbreak.shown()
    assert (shown.watched, shown.secondary) == (1, Rate(2, 4))


def test_memberships_as_they_stood_when_the_period_began(outbreak: Outbreak) -> None:
    before = outbreak.shown().attack
    newcomer = Person.objects.create(
        school=outbreak.campus.school, number="N1", name="新来", kind="student", created_at=outbreak.at
    )
    enrolment.join(person=newcomer, unit=outbreak.campus.classes[0], at=outbreak.at - timedelta(days=5), by=None)
    outbreak.case(newcomer, 1)
    shown = outbreak.shown()
    assert (shown.attack, shown.not_enrolled) == (before, 1)
    assert shown.counted == 4


def test_a_period_before_anybody_belonged_has_no_rate(outbreak: Outbreak) -> None:
    shown = outbreak.shown(since=120)
    assert (shown.attack, shown.attack.value, shown.not_enrolled) == (Rate(0, 0), None, 3)
    page = browser(outbreak.campus.office).get(PAGE, {"since": f"{outbreak.ago(120)}"}).content.decode()
    assert "期初在册 0 人，不计" in page


def test_the_page_draws_it_and_says_the_same_in_tables(outbreak: Outbreak) -> None:
    answer = browser(outbreak.campus.office).get(PAGE, {"by": "status"})
    page = unescape(answer.content.decode())
    network, timeline = (json.loads(text) for text in re.findall(r"data-chart='([^']+)'", page))
    (graph,) = network["series"]
    assert [node["name"] for node in graph["data"]] == [one.name for one in (outbreak.first, outbreak.second, outbreak.third)]
    assert [(link["source"], link["target"]) for link in graph["links"]] == [
        (str(outbreak.cases[0].pk), str(outbreak.cases[1].pk)), (str(outbreak.cases[1].pk), str(outbreak.cases[2].pk)),
    ]  # fmt: skip
    assert sum(sum(one["data"]) for one in timeline["series"]) == 3
    assert "用表格看（2 条）" in page
    assert "2 人续发 / 3 名密接" in page
    assert re.search(r"2/3\s*</span>|2 人续发", page)
    for by in ("class", "room", "building", ""):
        assert browser(outbreak.campus.office).get(PAGE, {"by": by}).status_code == 200


def test_the_page_for_nothing_and_for_a_wrong_period(outbreak: Outbreak) -> None:
    office = browser(outbreak.campus.office)
    none = office.get(PAGE, {"since": f"{outbreak.ago(80)}", "until": f"{outbreak.ago(60)}"})
    assert "这段时间没有这种病的病例" in none.content.decode()
    wrong = office.get(PAGE, {"since": f"{outbreak.ago(1)}", "until": f"{outbreak.ago(9)}"})
    assert (wrong.status_code, "起止日期颠倒" in wrong.content.decode()) == (422, True)
    assert browser(outbreak.campus.counsellor).get(PAGE).status_code == 403
    assert "还没有病例" in browser(Campus().office).get(PAGE).content.decode()


def test_a_long_period_is_drawn_by_weeks_and_many_classes_share_a_colour(outbreak: Outbreak) -> None:
    for _n in range(6):
        unit = people.unit(outbreak.campus.college, "class")
        outbreak.case(people.person(unit), 80)
    page = browser(outbreak.campus.office).get(PAGE, {"since": f"{outbreak.ago(90)}"}).content.decode()
    timeline = json.loads(unescape(re.findall(r"data-chart='([^']+)'", page)[1]))
    assert "其他" in [one["name"] for one in timeline["series"]]
    assert len(timeline["xAxis"]["data"]) == 13


def test_the_api_tells_the_same(outbreak: Outbreak) -> None:
    office = browser(outbreak.campus.office)
    told = office.get(API, {"disease": "measles"}).json()
    assert told["since"] == f"{outbreak.ago(25)}"
    assert [one["person_id"] for one in told["cases"]] == [outbreak.first.pk, outbreak.second.pk, outbreak.third.pk]
    assert [(one["days"], one["state"], one["where"]) for one in told["edges"]] == [
        (11, "confirmed", "household"), (11, "confirmed", "gathering"),
    ]  # fmt: skip
    assert (told["secondary"]["numerator"], told["secondary"]["denominator"]) == (2, 3)
    assert {row["name"] for row in told["by_class"]} == {one.name for one in outbreak.campus.classes[:2]}
    refused = office.get(API, {"disease": "measles", "since": f"{outbreak.ago(1)}", "until": f"{outbreak.ago(9)}"})
    assert (refused.status_code, refused.json()["code"]) == (422, "case-no-period")
    assert browser(outbreak.campus.counsellor).get(API, {"disease": "measles"}).status_code == 403
    assert office.get(API, {"disease": "mumps"}).json()["cases"] == []


def test_more_cases_cost_no_more_queries(outbreak: Outbreak) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries_made:
            outbreak.shown()
        return len(queries_made)

    few = asked()
    room = outbreak.campus.rooms[0]
    for _n in range(8):
        person = people.person(outbreak.campus.classes[0], room=room)
        outbreak.met(outbreak.case(person, 9), people.person(outbreak.campus.classes[0], room=room), 9)
    assert len(outbreak.shown().nodes) == 11
    assert asked() == few

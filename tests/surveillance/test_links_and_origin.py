"""Rules that count linked people count groups that share something the school knows of; rules of local cases leave out the imported."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linglou.domains.cases import actions as cases
from linglou.domains.cases.actions import NewFindings
from linglou.domains.cases.contacts import actions as contacts
from linglou.domains.surveillance import actions, links
from linglou.domains.surveillance.links import by_kind, grouped, linked
from linglou.domains.surveillance.models import Alert, Occurrence
from linglou.domains.surveillance.rules import Seen, decide
from linglou.flows import case_counts_towards_thresholds
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook import actions as rulebook_actions
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.cases import case, clinic
from tests.factories.people import Campus, actor, person
from tests.factories.surveillance import days, recorded

DAY = date(2026, 11, 24)
RULES = {row.rule_id: row for row in rulebook.thresholds(DAY)}

TIES = st.lists(st.sampled_from(["class:1", "class:2", "room:1", "building:1", "contact:1-2", "contact:2-3"]), max_size=2)


@given(st.dictionaries(st.integers(1, 9), TIES, max_size=9))
def test_groups_are_those_that_ties_connect(people: dict[int, list[str]]) -> None:
    together = {frozenset(pair) for pair in itertools.combinations(people, 2) if set(people[pair[0]]) & set(people[pair[1]])}
    reached = {one: {one} for one in people}
    for _step in people:
        for pair in together:
            one, other = pair
            union = reached[one] | reached[other]
            for member in union:
                reached[member] = reached[member] | union
    group = grouped(people.items())
    for one, other in itertools.combinations(people, 2):
        assert (group[one] == group[other]) is (other in reached[one])


def seen(person_id: int, *ties: str, **changes: object) -> Seen:
    fields: dict[str, object] = {"disease": "tuberculosis", "ties": frozenset(ties)} | changes
    return Seen(person_id, DAY, **fields)  # type: ignore[arg-type]


def test_ten_of_a_term_count_only_when_they_are_linked() -> None:
    rule = RULES["TB-10"]
    alone = [seen(n) for n in range(10)]
    assert decide(rule, alone) == []
    nine = [seen(n, "class:1") for n in range(9)]
    assert decide(rule, [*nine, seen(9), seen(10, "class:2")]) == []
    chained = [*nine[:8], seen(8, "class:1", "contact:8-9"), seen(9, "contact:8-9")]
    (found,) = decide(rule, [*chained, seen(11)])
    assert set(found.persons) == set(range(10))
    assert by_kind((one.person_id, one.ties) for one in chained) == {"class": 9, "contact": 2}
    assert len(linked([*chained, seen(11)], 10)) == 10


def test_a_death_needs_no_link() -> None:
    (found,) = decide(RULES["TB-10"], [seen(1, outcome="dead")])
    assert found.counted == "disease=tuberculosis;dead"


@pytest.mark.parametrize(
    ("acquired", "reached"), [(["", "", ""], True), (["local", "", "local"], True), (["imported", "", "local"], False)]
)
def test_an_imported_case_is_no_local_one_and_one_not_known_is(acquired: list[str], reached: bool) -> None:
    found = [seen(n, disease="dengue", acquired=one) for n, one in enumerate(acquired)]
    assert bool(decide(RULES["CL-DEN"], found)) is reached


@pytest.mark.django_db
def test_the_alert_says_what_links_them(campus: Campus) -> None:
    now = clock.now()
    rulebook_actions.add_term(
        name="本学期",
        first_day=clock.day_of(now) - days(60),
        last_day=clock.day_of(now) + days(30),
        by=actor(campus.office),
        at=now,
    )
    ill = [person(campus.classes[0]) for _n in range(6)]
    ill += [person(campus.classes[1], room=campus.rooms[n % 2]) for n in range(3)]
    loner = person(campus.classes[1])
    ties = {ill[0].pk: ill[6].pk, ill[6].pk: ill[0].pk}
    for n, one in enumerate(ill):
        recorded(one, at=now - days(30 - n), disease="tuberculosis", linked_to=[ties[one.pk]] if one.pk in ties else ())
    actions.evaluate(at=now)
    assert not Alert.objects.filter(rule_id="TB-10").exists()  # nine, and before the term nobody
    recorded(loner, at=now - days(70), disease="tuberculosis")
    actions.evaluate(at=now)
    assert not Alert.objects.filter(rule_id="TB-10").exists()
    recorded(loner, at=now, disease="tuberculosis")
    actions.evaluate(at=now)
    found = Alert.objects.get(rule_id="TB-10")
    assert (found.n, found.needed, found.first_day) == (10, 10, clock.day_of(now) - days(60))
    assert found.basis["class"] == 10
    assert found.basis["contact"] == 2
    shown = browser(campus.office).get(f"/alerts/{found.pk}/").content.decode()
    assert "关联依据" in shown
    assert "已确认的密切接触" in shown


@pytest.mark.django_db
def test_without_a_calendar_the_half_year_counts(campus: Campus) -> None:
    ill = [person(campus.classes[0]) for _n in range(10)]
    recorded(*ill, disease="tuberculosis")
    actions.evaluate(at=clock.now())
    assert Alert.objects.get(rule_id="TB-10").n == 10


@pytest.mark.django_db
def test_confirmed_contacts_who_are_cases_of_the_same_are_linked_both_ways(campus: Campus) -> None:
    doctor, at = clinic(campus.school), clock.now()
    first, second, third = campus.students[:3]
    mine = case(first, campus.classes[0], by=doctor, at=at, disease="tuberculosis", reason="x")
    contact = contacts.add(
        case=mine, person=second, where="named", first_at=at - timedelta(hours=9), last_at=at - timedelta(hours=8), note="",
        by=doctor, at=at,
    )  # fmt: skip
    contacts.add(
        case=mine, person=third, where="named", first_at=at - timedelta(hours=9), last_at=at - timedelta(hours=8), note="",
        by=doctor, at=at,
    )  # fmt: skip
    case_counts_towards_thresholds.run(at=at)
    assert Occurrence.objects.get(person=first).linked_to == []
    case(second, campus.classes[0], by=doctor, at=at, disease="tuberculosis", reason="x")
    case(third, campus.classes[0], by=doctor, at=at)  # measles: another thing
    assert contact.state == "confirmed"
    case_counts_towards_thresholds.run(at=at)
    linked_to = {one.person_id: one.linked_to for one in Occurrence.objects.all()}
    assert linked_to == {first.pk: [second.pk], second.pk: [first.pk], third.pk: []}
    assert case_counts_towards_thresholds.run(at=at) == 0
    assert links.contact(second.pk, first.pk) == links.contact(first.pk, second.pk)


@pytest.mark.django_db
def test_the_clinician_says_where_it_was_caught_and_the_alert_says_who_was_not_asked(campus: Campus) -> None:
    doctor, at = clinic(campus.school), clock.now()
    ill = [case(one, campus.classes[0], by=doctor, at=at, disease="dengue", reason="x") for one in campus.students[:2]]
    third = case(person(campus.classes[1]), campus.classes[1], by=doctor, at=at, disease="dengue", reason="x")
    cases.record_findings(case=ill[0], findings=NewFindings(said={"infected-elsewhere": False}), by=doctor, at=at)

    def run() -> Alert | None:
        case_counts_towards_thresholds.run(at=clock.now())
        actions.evaluate(at=clock.now())
        return Alert.objects.filter(rule_id="CL-DEN").first()

    found = run()
    assert found is not None
    assert (found.n, found.basis) == (3, {"local": 1, "unknown": 2})
    shown = browser(campus.office).get(f"/alerts/{found.pk}/").content.decode()
    assert "感染来源未填的按本地感染计入" in shown
    cases.record_findings(case=third, findings=NewFindings(said={"infected-elsewhere": True}), by=doctor, at=clock.now())
    found = run()
    assert found is not None
    assert (found.state, found.n) == ("withdrawn", 2)
    assert Occurrence.objects.get(person=third.person).acquired == "imported"


@pytest.mark.django_db
def test_the_question_stands_on_the_page_of_a_case_only_where_a_rule_asks(campus: Campus) -> None:
    doctor = clinic(campus.school)
    dengue = case(campus.students[0], campus.classes[0], by=doctor, disease="dengue", reason="x")
    measles = case(campus.students[1], campus.classes[0], by=doctor)
    seen_by = browser(Person.objects.get(pk=doctor.person_id))
    pages = [seen_by.get(f"/cases/{one.pk}/").content.decode() for one in (dengue, measles)]
    assert ["输入病例" in page for page in pages] == [True, False]

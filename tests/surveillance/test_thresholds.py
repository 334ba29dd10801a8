"""Every threshold of the pack, count by count: one fewer does not alert, as many do; the window's edge is inside, a day later is not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linglou.domains.surveillance import rules
from linglou.domains.surveillance.rules import Seen, decide
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.school import Counted, Threshold

DAY = date(2026, 11, 23)
THRESHOLDS = {row.rule_id: row for row in rulebook.thresholds(DAY)}

# rule, which of its counts -> (scopes, days of the window or its kind, how many, key of what is counted)
TABLE: dict[tuple[str, int], tuple[tuple[str, ...], Any, int, str]] = {
    ("SCH-2006-1", 0): (("room", "class"), 1, 3, "symptoms=fever"),
    ("SCH-2006-1", 1): (("room", "class"), 1, 3, "event=shared-source"),
    ("SCH-2006-2", 0): (("room", "class"), 3, 5, "symptoms=fever"),
    ("SCH-2006-2", 1): (("room", "class"), 3, 5, "event=shared-source"),
    ("SCH-2006-3", 0): (("school",), "none", 1, "disease=covid-19"),
    ("SCH-2006-4", 0): (("person",), "none", 1, "event=unexplained-severe"),
    ("SCH-2006-5", 0): (("school",), "none", 1, "event=unexplained-group"),
    ("ILI-10", 0): (("school",), 7, 10, "rule=TRIAGE-ILI"),
    ("ILI-30", 0): (("school",), 7, 30, "rule=TRIAGE-ILI"),
    ("ILI-30", 1): (("school",), 7, 5, "rule=TRIAGE-ILI;hospitalised"),
    ("ILI-30", 2): (("school",), 7, 2, "rule=TRIAGE-ILI;dead"),
    ("ILI-CLOSE", 0): (("class",), 1, 5, "rule=TRIAGE-ILI"),
    ("ILI-CLOSE", 1): (("class",), "currently", 12, "rule=TRIAGE-ILI;currently"),  # 30 % of 40
    ("ILI-CLOSE-SEVERE", 0): (("class",), 7, 2, "disease=influenza;hospitalised"),
    ("ILI-CLOSE-SEVERE", 1): (("class",), 7, 2, "disease=influenza;dead"),
    ("GI-20", 0): (("school",), 7, 20, "disease=infectious-diarrhoea+norovirus"),
    ("RESP-10", 0): (("school",), 7, 10, "disease=measles"),
    ("HEP-5", 0): (("school",), 7, 5, "disease=hepatitis-a+hepatitis-e"),
    ("TYPH-5", 0): (("school",), 7, 5, "disease=typhoid"),
    ("FOOD-SCHOOL", 0): (("school",), "event", 5, "event=food-poisoning#7"),
    ("FOOD-SCHOOL", 1): (("school",), "event", 1, "event=food-poisoning#7;dead"),
    ("NOVEL-1", 0): (("school",), "none", 1, "disease=plague"),
    ("CL-HFMD", 0): (("school",), 7, 5, "disease=hfmd"),
    ("CL-HFMD-CLASS", 0): (("room", "class"), 7, 2, "disease=hfmd"),
    ("CL-HFMD-OUTBREAK", 0): (("school",), 7, 10, "disease=hfmd"),
    ("CL-NORO", 0): (("school",), 7, 10, "disease=norovirus"),
    ("CL-DYS", 0): (("school",), 3, 10, "disease=dysentery"),
    ("CL-DYS", 1): (("school",), 3, 2, "disease=dysentery;dead"),
    ("CL-AHC", 0): (("school",), 7, 3, "disease=conjunctivitis"),
    ("CL-SF", 0): (("school",), 7, 10, "disease=scarlet-fever"),
    ("CL-MEAS", 0): (("school",), 10, 2, "disease=measles"),
    ("CL-RUB-MUM-VZV", 0): (("school",), 7, 5, "disease=rubella"),
    ("CL-DEN", 0): (("school",), 14, 3, "disease=dengue"),
    ("TB-10", 0): (("school",), "term", 10, "disease=tuberculosis"),
    ("TB-10", 1): (("school",), "term", 1, "disease=tuberculosis;dead"),
    ("MEN-3", 0): (("school",), 3, 3, "disease=meningococcal"),
    ("MEN-3", 1): (("school",), 3, 2, "disease=meningococcal;dead"),
}  # fmt: skip
PEOPLE = 40


def one(count: Counted, person: int, day: date) -> Seen:
    """Somebody who counts: by the first of the symptoms or diseases."""
    return Seen(
        person,
        day,
        symptoms=frozenset(count.symptoms[0][:1] if count.symptoms else ()),
        rule_ids=frozenset([count.rule] if count.rule else ()),
        disease=count.diseases[0] if count.diseases else "",
        event=count.event,
        event_id=7 if count.event else None,
        outcome=count.outcome,
        until=day,
        ties=frozenset({"class:1"}) if count.linked else frozenset(),
    )


def reached(rule_id: str, n: int, days: list[date]) -> set[str]:
    """The keys reached when one person falls ill on each of ``days``."""
    threshold = THRESHOLDS[rule_id]
    seen = [one(threshold.counts[n], person, day) for person, day in enumerate(days)]
    return {found.counted for found in decide(threshold, seen, people=PEOPLE)}


def test_the_table_has_every_row_and_every_count() -> None:
    assert len(THRESHOLDS) == 27
    assert set(TABLE) == {(rule_id, n) for rule_id, row in THRESHOLDS.items() for n in range(len(row.counts))}
    for (rule_id, _n), (scopes, *_rest) in TABLE.items():
        assert THRESHOLDS[rule_id].scopes == scopes


@pytest.mark.parametrize(("rule_id", "n"), TABLE)
def test_as_many_alert_and_one_fewer_does_not(rule_id: str, n: int) -> None:
    _scopes, _window, enough, key = TABLE[rule_id, n]
    assert key in reached(rule_id, n, [DAY] * enough)
    assert key not in reached(rule_id, n, [DAY] * (enough - 1))


@pytest.mark.parametrize(("rule_id", "n"), [row for row in TABLE if isinstance(TABLE[row][1], int) and TABLE[row][2] > 1])
def test_both_ends_of_the_window_are_inside_and_a_day_later_is_not(rule_id: str, n: int) -> None:
    _scopes, window_days, enough, key = TABLE[rule_id, n]
    edge = [DAY] * (enough - 1) + [DAY + timedelta(days=window_days - 1)]
    assert key in reached(rule_id, n, edge)
    assert key not in reached(rule_id, n, [*edge[:-1], DAY + timedelta(days=window_days)])


@pytest.mark.parametrize("rule_id", THRESHOLDS)
def test_a_person_counts_once_however_often_they_were_seen(rule_id: str) -> None:
    for n, count in enumerate(THRESHOLDS[rule_id].counts):
        enough = TABLE[rule_id, n][2]
        seen = [one(count, 1, DAY) for _times in range(enough)]
        found = {x.counted for x in decide(THRESHOLDS[rule_id], seen, people=PEOPLE)}
        assert (TABLE[rule_id, n][3] in found) == (enough == 1)


@pytest.mark.parametrize("rule_id", THRESHOLDS)
def test_something_else_does_not_count(rule_id: str) -> None:
    seen = [Seen(n, DAY, frozenset({"headache"}), frozenset({"A-RULE"}), "", "", None, "", DAY) for n in range(60)]
    assert decide(THRESHOLDS[rule_id], seen, people=PEOPLE) == []
    assert not any(rules.concerns(THRESHOLDS[rule_id], some) for some in seen)


def test_each_group_of_symptoms_and_each_disease_by_itself() -> None:
    mixed = [Seen(n, DAY, frozenset({code})) for n, code in enumerate(("fever", "fever", "rash", "rash", "jaundice"))]
    assert decide(THRESHOLDS["SCH-2006-1"], mixed) == []
    both = [Seen(n, DAY, disease=slug) for n, slug in enumerate(["measles"] * 9 + ["rubella"] * 9)]
    assert decide(THRESHOLDS["RESP-10"], both) == []


def test_diseases_that_are_counted_together_are() -> None:
    seen = [Seen(n, DAY, disease="norovirus" if n % 2 else "infectious-diarrhoea") for n in range(20)]
    (found,) = decide(THRESHOLDS["GI-20"], seen)
    assert found.counted == "disease=infectious-diarrhoea+norovirus"
    assert len(found.persons) == 20


def test_severe_vomiting_or_diarrhoea_is_of_both_groups() -> None:
    seen = [Seen(n, DAY, frozenset({code})) for n, code in enumerate(("vomiting", "diarrhoea", "severe-vomiting-diarrhoea"))]
    assert decide(THRESHOLDS["SCH-2006-1"], seen) == []
    seen += [Seen(3, DAY, frozenset({"vomiting"}))]
    assert [found.counted for found in decide(THRESHOLDS["SCH-2006-1"], seen)] == ["symptoms=vomiting"]


def test_two_events_do_not_add_up_where_the_rule_speaks_of_one() -> None:
    seen = [Seen(n, DAY, event="food-poisoning", event_id=n % 2) for n in range(8)]
    assert decide(THRESHOLDS["FOOD-SCHOOL"], seen) == []
    assert [found.counted for found in decide(THRESHOLDS["FOOD-SCHOOL"], [*seen, Seen(8, DAY, event="food-poisoning", event_id=0)])] == [
        "event=food-poisoning#0"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("people", "ill", "reached_"), [(40, 12, True), (40, 11, False), (10, 3, True), (7, 3, True), (7, 2, False), (0, 5, False)]
)
def test_a_share_is_of_the_people_there(people: int, ill: int, reached_: bool) -> None:
    seen = [Seen(n, DAY - timedelta(days=1), rule_ids=frozenset({"TRIAGE-ILI"})) for n in range(ill)]
    found = [x for x in decide(THRESHOLDS["ILI-CLOSE"], seen, people=people) if x.counted.endswith("currently")]
    assert bool(found) is reached_


def test_currently_ill_are_those_still_ill_and_nobody_who_has_recovered() -> None:
    long_ago = DAY - timedelta(days=9)
    ili = frozenset({"TRIAGE-ILI"})
    still = [Seen(n, long_ago, rule_ids=ili) for n in range(2)]
    over = [Seen(n, long_ago, rule_ids=ili, until=DAY - timedelta(days=1)) for n in range(2, 4)]
    today = [Seen(4, DAY, rule_ids=ili, until=DAY)]

    def at_once(people: int) -> list[date]:
        found = decide(THRESHOLDS["ILI-CLOSE"], [*still, *over, *today], people=people)
        return [one.last for one in found if one.counted.endswith("currently")]

    assert at_once(13) == [long_ago]  # four then, three today: four of thirteen are needed
    assert at_once(10) == [long_ago, DAY]


def test_a_term_is_half_of_the_academic_year_where_no_calendar_is_kept_and_the_next_begins_anew() -> None:
    assert "disease=tuberculosis" in reached("TB-10", 0, [date(2026, 8, 1)] * 5 + [date(2027, 1, 31)] * 5)
    assert "disease=tuberculosis" not in reached("TB-10", 0, [date(2027, 1, 31)] * 5 + [date(2027, 2, 1)] * 5)
    both = [one(THRESHOLDS["TB-10"].counts[0], n, date(2027, 1, 31) if n < 10 else date(2027, 2, 1)) for n in range(20)]
    assert [(found.first, len(found.persons)) for found in decide(THRESHOLDS["TB-10"], both)] == [
        (date(2026, 8, 1), 10), (date(2027, 2, 1), 10),
    ]  # fmt: skip


def test_windows_that_overlap_or_follow_on_the_next_day_are_one_chain() -> None:
    fever = frozenset({"fever"})

    def chains(*days: int) -> list[tuple[int, int, int]]:
        seen = [Seen(10 * day + n, DAY + timedelta(days=day), fever) for day in days for n in range(3)]
        return [((c.first - DAY).days, (c.last - DAY).days, len(c.persons)) for c in decide(THRESHOLDS["SCH-2006-1"], seen)]

    assert chains(0) == [(0, 0, 3)]
    assert chains(0, 1, 2) == [(0, 2, 9)]
    assert chains(0, 2) == [(0, 0, 3), (2, 2, 3)]


def test_somebody_counts_from_the_first_day_on_which_they_were_seen() -> None:
    fever = frozenset({"fever"})
    days = [0, 0, 0, 1, 1, 1]
    seen = [Seen(n % 4, DAY + timedelta(days=day), fever) for n, day in enumerate(days)]
    (chain,) = decide(THRESHOLDS["SCH-2006-1"], seen)
    assert {person: (day - DAY).days for person, day in chain.persons.items()} == {0: 0, 1: 0, 2: 0, 3: 1}


# -- against brute force -------------------------------------------------------------------------------------------------


def windows(days: int) -> Iterator[tuple[date, date]]:
    for n in range(-days, 40):
        first = DAY + timedelta(days=n)
        yield first, first + timedelta(days=days - 1)


def by_hand(threshold: Threshold, seen: list[Seen]) -> dict[str, set[int]]:
    """Rolling windows, tried one by one: who counts in any that is reached, by what."""
    found: dict[str, set[int]] = {}
    for series in rules.series_of(threshold, seen):
        for first, last in windows(threshold.window_days or 1):
            inside = {one.person_id for one in series.seen if first <= one.day <= last}
            if len(inside) >= (series.count.n or 99):
                found.setdefault(series.counted, set()).update(inside)
    return found


ROLLING = [row for row in THRESHOLDS.values() if row.window == "rolling" and all(count.n for count in row.counts)]


def few(threshold: Threshold) -> Threshold:
    """The same with small numbers."""
    counts = [count.model_copy(update={"n": min(count.n or 1, 4)}) for count in threshold.counts]
    return threshold.model_copy(update={"counts": tuple(counts)})


FEW = [few(row) for row in ROLLING]
SIGHTINGS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 25)), max_size=40)


@given(st.integers(0, len(FEW) - 1), SIGHTINGS)
def test_it_is_what_trying_every_window_finds(which: int, sightings: list[tuple[int, int, int]]) -> None:
    threshold = FEW[which]
    counts = threshold.counts
    seen = [one(counts[n % len(counts)], person, DAY + timedelta(days=day)) for n, person, day in sightings]
    chains = decide(threshold, seen)
    got: dict[str, set[int]] = {}
    for chain in chains:
        got.setdefault(chain.counted, set()).update(chain.persons)
    assert got == by_hand(threshold, seen)
    for key in got:
        mine = sorted((chain.first, chain.last) for chain in chains if chain.counted == key)
        assert all(later[0] > earlier[1] + timedelta(days=1) for earlier, later in itertools.pairwise(mine))


# -- the rest of the table-like decisions --------------------------------------------------------------------------------


def test_half_of_the_rules_time_is_the_schools_own() -> None:
    assert [rules.task_minutes(n) for n in (None, 0, 20, 120, 1440)] == [240, 15, 15, 60, 720]
    assert [rules.climbs_every(n) for n in (None, 0, 120, 1440)] == [120, 15, 30, 360]


def test_what_must_be_reported_at_once_stands_with_the_events() -> None:
    assert rules.rank(THRESHOLDS["NOVEL-1"]) == 5
    assert rules.rank(THRESHOLDS["SCH-2006-3"]) == rules.rank(THRESHOLDS["GI-20"]) == 4
    assert rules.rank(THRESHOLDS["SCH-2006-1"]) == 1
    assert rules.rank(THRESHOLDS["ILI-CLOSE"]) == 3


def test_the_states() -> None:
    states, events = {"new", "handling", "settled", "withdrawn"}, {"grow", "handle", "withdraw", "settle", "reach"}
    possible = {(state, event): rules.follow(state, event) for state in states for event in events}
    assert {pair: after for pair, after in possible.items() if after} == rules.TRANSITIONS
    assert set(rules.TRANSITIONS.values()) == states
    assert rules.follow("handling", "withdraw") is None


def test_a_task_knows_its_alert() -> None:
    key = rules.task_key(12, 2, "clinic")
    assert key.startswith(rules.tasks_of(12))
    assert rules.page_of(key) == "/alerts/12/"

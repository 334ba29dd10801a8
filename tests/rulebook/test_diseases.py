"""One code, many diseases, many dates: what a pack says on a day, and that no date is left between two editions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from linglou.foundation.rulebook import queries
from linglou.foundation.rulebook.rules.criteria import Answer, Known, assess
from linglou.foundation.rulebook.rules.diseases import Classification, Parameter

WUHAN = date(2020, 1, 25)
FEBRUARY = date(2020, 2, 10)
DELTA = date(2021, 8, 1)
LATE = date(2022, 11, 1)
NOW = date(2026, 11, 23)
SLUGS = [
    "covid-19", "dengue", "hfmd", "influenza", "measles", "meningococcal", "mpox", "mumps", "norovirus", "tuberculosis",
    "varicella",
]  # fmt: skip


def test_every_disease_of_the_list_has_a_pack() -> None:
    assert [disease.slug for disease in queries.diseases()] == SLUGS
    assert {disease.slug for disease in queries.diseases()} <= set(queries.words().diseases)


@pytest.mark.parametrize("slug", SLUGS)
def test_today_every_disease_can_be_recognised_traced_and_ended(slug: str) -> None:
    definitions = queries.case_definitions(slug, NOW)
    assert "confirmed" in definitions
    assert queries.contact_definition(slug, NOW) is not None
    assert queries.release(slug, "return", NOW) is not None
    assert queries.infectious_window(slug, NOW) is not None
    assert queries.parameters(slug)


@pytest.mark.parametrize(
    ("on", "facts", "expected"),
    [
        (WUHAN, {"fever", "pneumonia-imaging", "wbc-or-lymphocytes-low", "epi-wuhan"}, Answer.MET),
        (WUHAN, {"fever", "pneumonia-imaging", "epi-wuhan"}, Answer.NOT_MET),  # edition 2: all three
        (FEBRUARY, {"fever-or-respiratory", "pneumonia-imaging", "epi-wuhan"}, Answer.MET),  # edition 3: any two
        (FEBRUARY, {"fever-or-respiratory", "pneumonia-imaging", "wbc-or-lymphocytes-low"}, Answer.NOT_MET),
        (DELTA, {"fever-or-respiratory", "pneumonia-imaging", "wbc-or-lymphocytes-low"}, Answer.MET),  # no history: all three
        (DELTA, {"fever-or-respiratory", "pneumonia-imaging", "igm-positive"}, Answer.MET),
        (DELTA, {"fever-or-respiratory", "igm-positive"}, Answer.NOT_MET),
        (DELTA, {"fever-or-respiratory", "pneumonia-imaging", "epi-contact"}, Answer.MET),
    ],
)
def test_a_suspected_case_of_covid_by_the_edition_of_the_day(on: date, facts: set[str], expected: Answer) -> None:
    definition = queries.case_definitions("covid-19", on)["suspected"]
    asked = definition.criterion.facts()
    known = Known(datetime(2026, 1, 1, tzinfo=UTC), {code: code in facts for code in asked})
    assert assess(definition.criterion, known).answer is expected


def test_nobody_is_suspected_of_covid_before_there_was_a_definition_nor_since_2023() -> None:
    assert queries.case_definitions("covid-19", date(2020, 1, 21)) == {}
    assert "suspected" not in queries.case_definitions("covid-19", NOW)


@pytest.mark.parametrize(
    ("on", "managed", "look_back", "tracing", "degrees", "observed"),
    [
        (WUHAN, "A", 0, "persons", 1, 14),
        (FEBRUARY, "A", 0, "persons", 1, 14),
        (DELTA, "A", -2, "persons", 2, 14),
        (LATE, "A", -2, "persons", 2, 10),
        (date(2023, 1, 7), "A", -2, "persons", 2, 10),
        (date(2023, 1, 8), "B", -2, "none", 0, None),
        (NOW, "B", -2, "none", 0, None),
    ],
)
def test_covid_is_handled_as_its_day_demands(
    on: date, managed: str, look_back: int, tracing: str, degrees: int, observed: int | None
) -> None:
    (classed,) = queries.disease_rows("covid-19", Classification, on)
    window, contact = queries.infectious_window("covid-19", on), queries.contact_definition("covid-19", on)
    watched = queries.observation("covid-19", "close-contact", on)
    assert window is not None
    assert contact is not None
    assert (classed.managed_as, window.from_days) == (managed, look_back)
    assert (contact.tracing, contact.degrees) == (tracing, degrees)
    assert (watched.days if watched else None) == observed


def test_no_day_lies_between_two_editions() -> None:
    """Where a rule has a later edition, it takes over on the day after the former one ends."""
    for disease in queries.diseases():
        by_rule: dict[str, list[tuple[date, date | None]]] = {}
        for row in disease.rows:
            if row.effective_from:
                by_rule.setdefault(row.rule_id, []).append((row.effective_from, row.effective_to))
        for rule_id, spans in by_rule.items():
            for (_from, until), (later, _until) in zip(sorted(spans), sorted(spans)[1:], strict=False):
                assert until is not None, rule_id
                assert later == until + timedelta(days=1), (rule_id, until, later)


def test_dengue_has_places_and_no_contacts() -> None:
    dengue, contact = queries.disease("dengue"), queries.contact_definition("dengue", NOW)
    assert dengue is not None
    assert contact is not None
    assert (dengue.carried_by, contact.tracing, contact.close) == ("vector", "places", ())
    assert queries.observation("dengue", "close-contact", NOW) is None


@pytest.mark.parametrize(
    ("slug", "since", "span", "others"),
    [
        ("measles", "rash-onset", timedelta(days=5), {}),
        ("mumps", "swelling-onset", timedelta(days=9), {}),
        ("norovirus", "symptoms-end", timedelta(hours=72), {}),
        ("hfmd", "onset", timedelta(days=14), {"lesions-crusted": True}),
    ],
)
def test_return_to_class_is_allowed_on_the_hour_and_not_before(
    slug: str, since: str, span: timedelta, others: dict[str, bool]
) -> None:
    rule = queries.release(slug, "return", NOW)
    assert rule is not None
    began = datetime(2026, 11, 1, 8, tzinfo=UTC)
    early = Known(began + span - timedelta(minutes=1), others, {since: began})
    on_time = Known(began + span, others, {since: began})
    assert assess(rule.criterion, early).answer is Answer.NOT_MET
    assert assess(rule.criterion, on_time).answer is Answer.MET


def test_a_number_of_natural_history_names_its_study() -> None:
    for disease in queries.diseases():
        for row in disease.rows:
            if isinstance(row, Parameter):
                assert row.doi or row.source or not row.verified, row.rule_id
    lauer = {row.rule_id: row for row in queries.parameters("covid-19")}["COVID-INCUBATION-LAUER"]
    assert (lauer.median, lauer.quantiles, lauer.doi) == (5.1, {"2.5": 2.2, "97.5": 11.5}, "10.7326/M20-0504")


def test_an_unknown_disease_has_nothing() -> None:
    assert queries.disease("x") is None
    assert queries.parameters("x") == []
    assert queries.contact_definition("x", NOW) is None

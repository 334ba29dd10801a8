"""Packs are checked when they are read; what was not verified says so."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from linglou.foundation.rulebook import queries, reading

ROW: dict[str, Any] = {
    "rule_id": "X-1", "title": {"zh": "甲", "en": "x"}, "issuer": "某委", "doc_no": "", "edition": "1", "effective_from": None,
    "effective_to": None, "jurisdiction": "CN", "source": "example.org", "verified": True, "severity": 1, "when": {"symptoms": ["rash"]},
}  # fmt: skip


def pack(*rows: dict[str, Any], kind: str = "triage") -> str:
    return yaml.safe_dump({"kind": kind, "rows": list(rows)}, allow_unicode=True)


def test_the_packs_that_ship_are_in_order() -> None:
    out = StringIO()
    call_command("rules_check", stdout=out)
    assert "triage.yaml: 12 rules" in out.getvalue()
    assert "thresholds.yaml: 27 rules, 2 unverified" in out.getvalue()
    assert out.getvalue().count("diseases/") == 11


def test_what_has_no_source_is_unverified_and_says_why() -> None:
    for rule in [row for pack in reading.shelf().packs for row in pack.rows]:
        if not rule.source:
            assert not rule.verified
        if not rule.verified:
            assert rule.caveat, rule.rule_id


def test_a_rule_is_found_by_id_and_edition() -> None:
    found = queries.triage_rule("SCH-2006-4", "2006")
    assert found is not None
    assert [(clock.role, clock.minutes) for clock in found.tasks] == [("counsellor", 15), ("clinic", 30)]
    assert queries.triage_rule("SCH-2006-4", "1999") is None


def test_only_rules_of_the_day_are_given() -> None:
    before = {rule.rule_id for rule in queries.triage_rules(date(2019, 12, 31))}
    after = {rule.rule_id for rule in queries.triage_rules(date(2026, 11, 23))}
    assert "TRIAGE-FEVER" not in before
    assert "TRIAGE-FEVER" in after


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (pack(ROW, ROW), "twice"),
        (pack(ROW, kind="other"), "starts with 'kind:'"),
        ("- just a list", "starts with 'kind:'"),
        (pack(ROW | {"outranks": ["Y"]}), "outranks"),
        (pack(ROW | {"effective_to": "2020-05-01"}, ROW | {"edition": "2", "effective_from": "2020-05-01"}), "on the same day"),
        (pack({"rule_id": "X-1", "document": "lost"}), "no document 'lost'"),
        (pack(ROW | {"when": {}}), "X-1: .*one key"),
        (pack(ROW | {"severity": 4}), "severity"),
        (pack(ROW | {"colour": "red"}), "colour"),
        (pack(ROW | {"source": ""}), "names its source"),
        (pack(ROW | {"effective_from": "2020-02-02", "effective_to": "2020-01-01"}), "before effective_from"),
        (pack(ROW | {"when": {"plague": True}}), "unknown criterion"),
        (pack(ROW | {"tasks": [{"role": "poet", "minutes": 5}]}), "role"),
        (pack(ROW | {"title": {"zh": "甲"}}), "en"),
    ],
)
def test_a_pack_that_is_not_in_order_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with pytest.raises(CommandError, match=complaint):
        call_command("rules_check", str(file), stdout=StringIO())


THRESHOLD: dict[str, Any] = {key: value for key, value in ROW.items() if key not in ("severity", "when")} | {
    "scopes": ["class"], "window_days": 3, "tier": "report", "action": {"zh": "报告", "en": "report"}, "counts": [{"n": 3, "diseases": ["measles"]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"counts": [{"n": 3, "diseases": ["dragon-pox"]}]}, "not in the vocabulary: dragon-pox"),
        ({"counts": [{"n": 3, "rule": "NONE"}]}, "triage rule that is not there: NONE"),
        ({"counts": [{"n": 3}]}, "exactly one of"),
        ({"counts": [{"n": 3, "rule": "TRIAGE-ILI", "diseases": ["measles"]}]}, "exactly one of"),
        ({"counts": [{"diseases": ["measles"]}]}, "either n or share"),
        ({"window": "term"}, "a rolling window has days"),
        ({"window_days": None}, "a rolling window has days"),
        ({"counts": []}, "at least 1"),
    ],
)
def test_a_threshold_that_cannot_be_counted_is_refused(changes: dict[str, Any], complaint: str) -> None:
    shipped = reading.shipped()
    reading.read_shelf([*shipped, ("own.yaml", pack(THRESHOLD, kind="thresholds"))])
    with pytest.raises(ValueError, match=complaint):
        reading.read_shelf([*shipped, ("own.yaml", pack(THRESHOLD | changes, kind="thresholds"))])


BASE: dict[str, Any] = {key: value for key, value in ROW.items() if key not in ("severity", "when")}


def disease(*rows: dict[str, Any]) -> str:
    head = {"kind": "disease", "slug": "own", "name": {"zh": "甲", "en": "x"}, "carried_by": "person"}
    return yaml.safe_dump(head | {"rows": [BASE | row for row in rows]}, allow_unicode=True)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"kind": "poem"}, "kind|tag"),
        ({"kind": "case-definition", "status": "confirmed", "when": {"has": "wings"}}, "not in the vocabulary: wings"),
        (
            {"kind": "case-definition", "status": "confirmed", "when": {"elapsed": {"since": "christmas", "days": 1}}},
            "christmas",
        ),
        ({"kind": "contact-definition", "tracing": "persons"}, "persons need settings"),
        ({"kind": "contact-definition", "tracing": "none", "degrees": 1}, "none has degree 0"),
        ({"kind": "parameter", "name": "incubation", "unit": "days"}, "a mean, a median or quantiles"),
        (
            {"kind": "observation", "of": "returnee", "since": "onset", "days": 3, "checks_per_day": 1, "places": []},
            "at least 1",
        ),
    ],
)
def test_a_disease_that_is_not_in_order_is_refused(row: dict[str, Any], complaint: str) -> None:
    good = {"kind": "case-definition", "status": "confirmed", "when": {"has": "pcr-positive"}}
    reading.read_shelf([*reading.shipped(), ("own.yaml", disease(good))])
    with pytest.raises(ValueError, match=complaint):
        reading.read_shelf([*reading.shipped(), ("own.yaml", disease(row))])


def test_a_fact_stands_once_in_the_vocabulary() -> None:
    fact = {"fever": {"zh": "发热", "en": "Fever"}}
    text = yaml.safe_dump({"kind": "words", "facts": {"clinical": fact, "history": fact}}, allow_unicode=True)
    with pytest.raises(ValueError, match="stands twice"):
        reading.read_shelf([("words.yaml", text)])

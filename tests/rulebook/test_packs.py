"""Packs are checked when they are read; what was not verified says so."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from linglou.foundation.rulebook import queries

ROW: dict[str, Any] = {
    "rule_id": "X-1", "title": {"zh": "甲", "en": "x"}, "issuer": "某委", "doc_no": "", "edition": "1", "effective_from": None,
    "effective_to": None, "jurisdiction": "CN", "source": "S:C1", "verified": True, "severity": 1, "when": {"symptoms": ["rash"]},
}  # fmt: skip


def pack(*rows: dict[str, Any], kind: str = "triage") -> str:
    return yaml.safe_dump({"kind": kind, "rows": list(rows)}, allow_unicode=True)


def test_the_packs_that_ship_are_in_order() -> None:
    out = StringIO()
    call_command("rules_check", stdout=out)
    assert "triage.yaml: 12 rules" in out.getvalue()


def test_what_has_no_source_is_unverified_and_says_why() -> None:
    for rule in queries.all_rules():
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
        (pack(ROW, kind="other"), "kind: triage"),
        (pack(ROW | {"outranks": ["Y"]}), "outranks"),
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

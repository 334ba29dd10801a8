"""Pure rules, one idea a file: rows (what each says of its origin), triage (what a report means), criteria (a definition
assessed point by point), diseases (a disease's pack), school (thresholds, clocks, levels)."""

from linglou.foundation.rulebook.rules.rows import Clock, Row, Text
from linglou.foundation.rulebook.rules.triage import Finding, TriageRule, compile_criteria, judge

__all__ = ["Clock", "Finding", "Row", "Text", "TriageRule", "compile_criteria", "judge"]

"""Pure decisions of the daily report, one idea a file: answers (whether a set of answers is one), judging (what a report means,
and whether it may be repeated), publishing (what a form may ask)."""

from __future__ import annotations

from linglou.domains.daily.rules.answers import (
    EXPOSURES,
    FEVER,
    HIGHEST,
    NORMAL,
    PLACE_LIMIT,
    SYMPTOMS,
    Question,
    parse_questions,
    read_answers,
)
from linglou.domains.daily.rules.judging import fingerprint, repeat, severity, triage
from linglou.domains.daily.rules.publishing import FORM_KEY, STANDARD_FORM, UNIT_FORM_KEY, check_form, option_code

__all__ = [
    "EXPOSURES",
    "FEVER",
    "FORM_KEY",
    "HIGHEST",
    "NORMAL",
    "PLACE_LIMIT",
    "STANDARD_FORM",
    "SYMPTOMS",
    "UNIT_FORM_KEY",
    "Question",
    "check_form",
    "fingerprint",
    "option_code",
    "parse_questions",
    "read_answers",
    "repeat",
    "severity",
    "triage",
]

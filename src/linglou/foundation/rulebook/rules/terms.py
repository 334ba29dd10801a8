"""Which term a day belongs to: of the school's calendar, else the half of the academic year that the product takes for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
LONGEST_VACATION = timedelta(days=100)


@dataclass(frozen=True, order=True, slots=True)
class TermDays:
    """The first and the last day of a term."""

    first: date
    last: date


def is_within_reach(first: date, last: date) -> bool:
    """Whether the days of a term can be counted with: a typed year 9999 has no vacation after it."""
    return first.year >= 1900 and last.year <= 2999


def term_of(day: date, terms: Sequence[TermDays] = ()) -> tuple[date, date]:
    """The first and last day that count as the same term as ``day``. A vacation belongs to the term before it, up to the first day
    of the next one; where the calendar says nothing, it is the half year that the day lies in, as far as no term of the calendar
    takes part of it."""
    spans = _with_vacations(sorted(terms))
    for first, last in spans:
        if first <= day <= last:
            return first, last
    begin, end = half_year_of(day)
    before = [last + DAY for _first, last in spans if last < day]
    after = [first - DAY for first, _last in spans if first > day]
    return max([begin, *before]), min([end, *after])


def _with_vacations(terms: list[TermDays]) -> list[tuple[date, date]]:
    spans = []
    for n, term in enumerate(terms):
        vacation = term.last + LONGEST_VACATION
        spans.append((term.first, min(vacation, terms[n + 1].first - DAY) if n + 1 < len(terms) else vacation))
    return spans


def half_year_of(day: date) -> tuple[date, date]:
    """From August to January, or from February to July."""
    if 2 <= day.month <= 7:
        return date(day.year, 2, 1), date(day.year, 7, 31)
    year = day.year if day.month >= 8 else day.year - 1
    return date(year, 8, 1), date(year + 1, 1, 31)

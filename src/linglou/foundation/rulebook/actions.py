"""Writes of the rulebook: a school lists and withdraws risk regions, keeps its terms, adds and withdraws rules of its own. The packs change only with a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.rulebook import queries
from linglou.foundation.rulebook.models import OwnRule, RiskRegion, Term
from linglou.foundation.rulebook.problems import (
    ALREADY_LISTED,
    ALREADY_WITHDRAWN,
    NO_SUCH_NUMBER,
    NOT_STRICTER,
    OWN_RULE_WITHDRAWN,
    TERM_WITHDRAWN,
    TERMS_OVERLAP,
    UNKNOWN_RULE,
)
from linglou.foundation.rulebook.rules import own as own_numbers
from linglou.foundation.rulebook.rules.rows import Row
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import FieldError, Kind, Problem


@transaction.atomic
def list_risk_region(
    *, region: str, level: str, from_day: date, to_day: date | None, issuer: str, source: str, by: Actor, at: datetime,
    place: str = "",
) -> RiskRegion:  # fmt: skip
    """List a region (six digits, or the two or four that begin a province or prefecture) as a risk area from one day to
    another, both included. It bears on reports from then on; a past triage is never judged again. Raises
    ``Problem(ALREADY_LISTED)`` when it stands on the list from that day."""
    lock_risk_regions(by.school_id)
    if RiskRegion.objects.filter(
        school_id=by.school_id, region=region, place=place, from_day=from_day, withdrawn_at=None
    ).exists():
        raise Problem(ALREADY_LISTED)
    listed = RiskRegion.objects.create(
        school_id=by.school_id, region=region, place=place, level=level, from_day=from_day, to_day=to_day, issuer=issuer,
        source=source, recorded_at=at, recorded_by=by.person_id,
    )  # fmt: skip
    _audit(listed, by, at, "risk-region.list")
    return listed


@transaction.atomic
def withdraw_risk_region(*, region_id: int, reason: str, by: Actor, at: datetime) -> RiskRegion:
    """Withdraw an entry; it stays on record with the reason. Raises ``Problem`` (NOT_FOUND, ALREADY_WITHDRAWN)."""
    lock_risk_regions(by.school_id)
    listed = RiskRegion.objects.select_for_update().filter(pk=region_id, school_id=by.school_id).first()
    if listed is None:
        raise Problem(NOT_FOUND)
    if listed.withdrawn_at:
        raise Problem(ALREADY_WITHDRAWN)
    listed.withdrawn_at, listed.withdrawn_by, listed.withdrawn_reason = at, by.person_id, reason
    listed.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    _audit(listed, by, at, "risk-region.withdraw")
    return listed


@transaction.atomic
def add_own_rule(
    *, rule_id: str, text: str, document: str, from_day: date, to_day: date | None, by: Actor, at: datetime,
    **numbers: int | None,
) -> OwnRule:  # fmt: skip
    """What the school asks beside a row of the packs; ``numbers`` are of ``rules/own.NUMBERS``. It bears on what is decided from then on,
    and stands beside the row, never over it: less than the row asks is refused. Raises ``Problem`` (UNKNOWN_RULE,
    NO_SUCH_NUMBER, NOT_STRICTER)."""
    rows = [row for row in queries.rows_named(rule_id) if row.holds_on(from_day)] or queries.rows_named(rule_id)
    if not rows:
        raise Problem(UNKNOWN_RULE, rule_id=rule_id)
    for row in rows:
        _refuse(NO_SUCH_NUMBER, row, own_numbers.unsuited(row, numbers), numbers)
        _refuse(NOT_STRICTER, row, own_numbers.laxer(row, numbers), numbers)
    own = OwnRule.objects.create(
        school_id=by.school_id, rule_id=rule_id, text=text.strip(), document=document.strip(), from_day=from_day, to_day=to_day,
        recorded_at=at, recorded_by=by.person_id, **numbers,
    )  # fmt: skip
    audit.record(
        by=by, school_id=by.school_id, at=at, action="rule.add", subject_type="own-rule", subject_id=own.pk, rule_id=rule_id
    )
    return own


def _refuse(kind: Kind, row: Row, wrong: list[str], numbers: Mapping[str, int | None]) -> None:
    """Raises ``Problem(kind)`` with an error for each number that is wrong."""
    if wrong:
        errors = tuple(FieldError(name, kind.code, own_numbers.bound(row, name), numbers[name]) for name in wrong)
        names = _("、").join(str(own_numbers.NUMBERS[name]) for name in wrong)
        raise Problem(kind, errors, rule=queries.said(row.title), number=names)


@transaction.atomic
def withdraw_own_rule(*, own_id: int, by: Actor, at: datetime) -> OwnRule:
    """It bears on nothing from now on, and stays on record. Raises ``Problem`` (NOT_FOUND, OWN_RULE_WITHDRAWN)."""
    own = OwnRule.objects.select_for_update().filter(pk=own_id, school_id=by.school_id).first()
    if own is None:
        raise Problem(NOT_FOUND)
    if own.withdrawn_at:
        raise Problem(OWN_RULE_WITHDRAWN)
    own.withdrawn_at, own.withdrawn_by = at, by.person_id
    own.save(update_fields=["withdrawn_at", "withdrawn_by"])
    audit.record(
        by=by, school_id=by.school_id, at=at, action="rule.withdraw", subject_type="own-rule", subject_id=own.pk,
        rule_id=own.rule_id,
    )  # fmt: skip
    return own


def lock_risk_regions(school_id: int) -> None:
    """Wait until this transaction alone changes the list of a school: no entry stands twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"risk-regions:{school_id}"])


def _audit(listed: RiskRegion, by: Actor, at: datetime, action: str) -> None:
    audit.record(
        by=by, school_id=by.school_id, at=at, action=action, subject_type="risk-region", subject_id=listed.pk,
        region=listed.region,
    )  # fmt: skip


# -- terms ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_term(*, name: str, first_day: date, last_day: date, by: Actor, at: datetime) -> Term:
    """Enter a term of the school's calendar. Raises ``Problem(TERMS_OVERLAP)``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"terms:{by.school_id}"])
    for term in queries.terms(by.school_id):
        if first_day <= term.last_day and term.first_day <= last_day:
            raise Problem(TERMS_OVERLAP, term=term.name)
    term = Term.objects.create(
        school_id=by.school_id, name=name.strip(), first_day=first_day, last_day=last_day, recorded_at=at,
        recorded_by=by.person_id,
    )  # fmt: skip
    _audit_term(term, by, at, "term.add")
    return term


@transaction.atomic
def withdraw_term(*, term_id: int, by: Actor, at: datetime) -> Term:
    """It was entered by mistake: nothing is counted by it from now on. Raises ``Problem`` (NOT_FOUND, TERM_WITHDRAWN)."""
    term = Term.objects.select_for_update().filter(pk=term_id, school_id=by.school_id).first()
    if term is None:
        raise Problem(NOT_FOUND)
    if term.withdrawn_at:
        raise Problem(TERM_WITHDRAWN)
    term.withdrawn_at, term.withdrawn_by = at, by.person_id
    term.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _audit_term(term, by, at, "term.withdraw")
    return term


def _audit_term(term: Term, by: Actor, at: datetime, action: str) -> None:
    audit.record(by=by, school_id=by.school_id, at=at, action=action, subject_type="term", subject_id=term.pk, term=term.name)


@transaction.atomic
def look(own: OwnRule, *, at: datetime) -> None:
    """What was already counted was looked at again by this rule."""
    OwnRule.objects.filter(pk=own.pk).update(looked_at=at)

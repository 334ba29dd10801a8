"""Writes of the rulebook: a school lists and withdraws risk regions. The packs change only with a release."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction

from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.rulebook.models import RiskRegion
from linglou.foundation.rulebook.problems import ALREADY_LISTED, ALREADY_WITHDRAWN
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


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


def lock_risk_regions(school_id: int) -> None:
    """Wait until this transaction alone changes the list of a school: no entry stands twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"risk-regions:{school_id}"])


def _audit(listed: RiskRegion, by: Actor, at: datetime, action: str) -> None:
    audit.record(
        by=by, school_id=by.school_id, at=at, action=action, subject_type="risk-region", subject_id=listed.pk,
        region=listed.region,
    )  # fmt: skip

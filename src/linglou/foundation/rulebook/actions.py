"""Writes of the rulebook: a school lists and withdraws risk regions. The packs change only with a release."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.rulebook.models import RiskRegion
from linglou.foundation.rulebook.problems import ALREADY_WITHDRAWN
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@transaction.atomic
def list_risk_region(
    *, region: str, level: str, from_day: date, to_day: date | None, issuer: str, source: str, by: Actor, at: datetime
) -> RiskRegion:
    """List a region (six digits, or the two or four that begin a province or prefecture) as a risk area from one day to
    another, both included. It bears on reports from then on; a past triage is never judged again."""
    listed = RiskRegion.objects.create(
        school_id=by.school_id, region=region, level=level, from_day=from_day, to_day=to_day, issuer=issuer, source=source,
        recorded_at=at, recorded_by=by.person_id,
    )  # fmt: skip
    _audit(listed, by, at, "risk-region.list")
    return listed


@transaction.atomic
def withdraw_risk_region(*, region_id: int, by: Actor, at: datetime) -> RiskRegion:
    """Withdraw an entry; it stays on record. Raises ``Problem`` (NOT_FOUND, ALREADY_WITHDRAWN)."""
    listed = RiskRegion.objects.select_for_update().filter(pk=region_id, school_id=by.school_id).first()
    if listed is None:
        raise Problem(NOT_FOUND)
    if listed.withdrawn_at:
        raise Problem(ALREADY_WITHDRAWN)
    listed.withdrawn_at = at
    listed.save(update_fields=["withdrawn_at"])
    _audit(listed, by, at, "risk-region.withdraw")
    return listed


def _audit(listed: RiskRegion, by: Actor, at: datetime, action: str) -> None:
    audit.record(
        by=by, school_id=by.school_id, at=at, action=action, subject_type="risk-region", subject_id=listed.pk,
        region=listed.region,
    )  # fmt: skip

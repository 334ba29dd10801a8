"""Writes of certificates: issue, revoke."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.certificates import access, rules
from linglou.domains.care.certificates.problems import ALREADY_REVOKED, WHY_REVOKED
from linglou.domains.care.models import Certificate
from linglou.engines.notifications import actions as notifications
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock, ids
from linglou.kernel.problems import Problem


@transaction.atomic
def issue(
    *, kind: str, person: Person, unit: Unit, content: Mapping[str, str], rule_id: str, rule_edition: str, by: Actor, at: datetime
) -> Certificate:  # fmt: skip
    """A new certificate (``kind``: release, return) of somebody who stands in ``unit``. ``content``: label -> value, in the order in
    which it is printed, kept as it is; name, number and place of the person are added. The person is told. Raises
    ``Problem(NOT_ALLOWED)`` without RELEASE there."""
    by.check(Verb.RELEASE, at=[unit.path])
    place = people.labels_of([unit]).get(unit.pk, unit.name)
    certificate = Certificate.objects.create(
        school_id=unit.in_school, kind=kind, number=_next_number(unit.in_school, at), code=_new_code(), person=person, unit=unit,
        content={
            "name": person.name, "person_number": person.number, "place": place,
            "rows": [[str(label), str(value)] for label, value in content.items()],
        },
        rule_id=rule_id, rule_edition=rule_edition, issued_at=at, issued_by_id=by.person_id,
    )  # fmt: skip
    _audit(certificate, by, at, "certificate.issue")
    _tell(certificate, _("您有一份新的证明"), _("校医院为您签发了证明，可在“我的证明”中查看、下载和出示。"), at)
    return certificate


@transaction.atomic
def revoke(*, certificate: Certificate, reason: str, by: Actor, at: datetime) -> Certificate:
    """It does not hold any more; whoever checks it sees so. Raises ``Problem`` (NOT_ALLOWED, ALREADY_REVOKED, WHY_REVOKED)."""
    locked = Certificate.objects.select_for_update(of=("self",)).select_related("unit").get(pk=certificate.pk)
    access.check_user_can_revoke(by, locked)
    if rules.follow(rules.state_of(is_revoked=locked.revoked_at is not None), "revoke") is None:
        raise Problem(ALREADY_REVOKED, number=locked.number)
    if not reason.strip():
        raise Problem(WHY_REVOKED)
    locked.revoked_at, locked.revoked_by_id, locked.revoked_because = at, by.person_id, reason.strip()[:200]
    locked.save(update_fields=["revoked_at", "revoked_by", "revoked_because"])
    _audit(locked, by, at, "certificate.revoke")
    _tell(locked, _("您的一份证明已撤销"), _("请在“我的证明”中查看原因；如有疑问，请联系校医院。"), at)
    return locked


def _next_number(school_id: int, at: datetime) -> str:
    """Counted per school and campus year, whatever the kind."""
    year = clock.local(at).year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('certificate-number', %s))", [school_id])
    numbers = Certificate.objects.filter(school_id=school_id, number__startswith=f"{year}-")
    last = numbers.order_by("-pk").values_list("number", flat=True).first()
    return rules.number_after(last or "", year=year)


def _new_code() -> str:
    """Fifty random bits, written like a receipt."""
    number = ids.parse_receipt(ids.readable(ids.RECEIPT_LETTERS))
    assert number is not None  # made of its own alphabet
    return ids.receipt_code(number)


def _tell(certificate: Certificate, subject: Any, body: Any, at: datetime) -> None:
    notifications.notify(
        school_id=certificate.school_id, topic="certificate", at=at, subject=subject, body=body,
        key=f"certificate:{certificate.pk}:{'revoked' if certificate.revoked_at else 'issued'}",
        link="/care/certificates/", person_id=certificate.person_id,
    )  # fmt: skip


def _audit(certificate: Certificate, by: Actor, at: datetime, action: str) -> None:
    audit.record(
        by=by, school_id=certificate.school_id, at=at, action=action, subject_type="certificate", subject_id=certificate.pk,
        person_id=certificate.person_id, number=certificate.number,
    )  # fmt: skip

"""Reads of certificates. What shows somebody else's is audited here, in the transaction of the read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet

from linglou.domains.care.certificates import access, rules
from linglou.domains.care.models import Certificate
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.kernel import ids
from linglou.kernel.common_problems import TOO_MANY_TRIES
from linglou.kernel.problems import Problem

MISSES = 60  # unknown codes per address and window; as with receipts, finding one is never slowed down
WINDOW = 600  # seconds


@dataclass(frozen=True)
class Checked:
    """What anybody learns who has the code: nothing of the disease, and no whole name."""

    kind: str
    state: str
    number: str
    name: str
    school: str
    issued_at: datetime
    revoked_at: datetime | None


def check(code: str, *, address: str) -> Checked | None:
    """What a code stands for; None for no certificate. Raises ``Problem(TOO_MANY_TRIES)`` to an address that guessed too often."""
    number = ids.parse_receipt(code)
    found = None
    if number is not None:
        certificates = Certificate.objects.select_related("school", "person")
        found = certificates.filter(code=ids.receipt_code(number)).first()
    if found is None:
        _count_miss(address)
        return None
    return Checked(
        kind=found.kind,
        state=rules.state_of(is_revoked=found.revoked_at is not None),
        number=found.number,
        name=rules.masked_name(found.content.get("name", "")),
        school=found.school.name,
        issued_at=found.issued_at,
        revoked_at=found.revoked_at,
    )


def _count_miss(address: str) -> None:
    key = f"certificate-misses:{address}"
    if cache.get(key, 0) >= MISSES:
        raise Problem(TOO_MANY_TRIES, retry_after=WINDOW, seconds=WINDOW)
    cache.add(key, 0, WINDOW)
    cache.incr(key)


def listed(actor: Actor, *, text: str = "") -> QuerySet[Certificate]:
    """Certificates that the actor may see, the latest first; ``text`` is a name, a person's number or a certificate's."""
    found = access.visible_certificates(actor)
    if text := text.strip():
        found = found.filter(Q(person__name__startswith=text) | Q(person__number__iexact=text) | Q(number=text))
    return found.order_by("-issued_at", "-pk")


@transaction.atomic
def rows(actor: Actor, certificates: Sequence[Certificate], *, at: datetime) -> list[Certificate]:
    """The rows of one page; each person shown gets an entry in the trail."""
    persons = sorted({one.person_id for one in certificates})
    audit.record_reads(by=actor, school_id=actor.school_id, at=at, action="certificate.list", person_ids=persons)
    return list(certificates)


@transaction.atomic
def read(actor: Actor, certificate_id: int, *, at: datetime, action: str = "certificate.read") -> Certificate:
    """One certificate in full. Raises ``Problem(NOT_FOUND)``."""
    found = access.certificate_for(actor, certificate_id)
    audit.record_reads(
        by=actor, school_id=found.school_id, at=at, action=action, person_ids=[found.person_id], number=found.number
    )
    return found

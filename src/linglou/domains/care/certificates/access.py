"""Who sees which certificates: the person, and whoever cares for them or follows their absence, by the unit where they stood."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from linglou.domains.care.certificates.problems import ALREADY_REVOKED
from linglou.domains.care.models import Certificate
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

SEEN_WITH = (Verb.SEE_CARE, Verb.TRACK_ABSENCES)


def own_certificates(actor: Actor) -> QuerySet[Certificate]:
    return Certificate.objects.filter(person_id=actor.person_id).select_related("person", "unit", "issued_by", "revoked_by")


def visible_certificates(actor: Actor) -> QuerySet[Certificate]:
    """One's own, and every one in the scope of SEE_CARE or TRACK_ABSENCES."""
    scope = Q(person_id=actor.person_id)
    for verb in SEEN_WITH:
        scope |= within(actor, verb)
    seen = Certificate.objects.filter(scope, school_id=actor.school_id)
    return seen.select_related("person", "unit", "issued_by", "revoked_by")


def certificate_for(actor: Actor, certificate_id: int) -> Certificate:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or out of scope."""
    found = visible_certificates(actor).filter(pk=certificate_id).first()
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def sees_those_of_others(actor: Actor) -> bool:
    return any(actor.may_anywhere(verb) for verb in SEEN_WITH)


def sees_basis(actor: Actor, certificate: Certificate) -> bool:
    """Whether ``actor`` may know by which rule it was issued, which tells the disease: the person, and whoever sees cases."""
    return certificate.person_id == actor.person_id or actor.may(Verb.SEE_CASES, at=[certificate.unit.path])


def user_can_revoke(actor: Actor, certificate: Certificate) -> bool:
    return certificate.revoked_at is None and actor.may(Verb.RELEASE, at=[certificate.unit.path])


def check_user_can_revoke(actor: Actor, certificate: Certificate) -> None:
    """Raises ``Problem`` (NOT_ALLOWED, ALREADY_REVOKED)."""
    actor.check(Verb.RELEASE, at=[certificate.unit.path])
    if certificate.revoked_at is not None:
        raise Problem(ALREADY_REVOKED, number=certificate.number)

"""Certificates for API clients: list, look at one, revoke, and check a code, which anybody may."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from linglou.domains.care.certificates import access, actions, documents, queries, rules
from linglou.domains.care.models import Certificate
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

router = Router(tags=["care"])
PER_PAGE = 50
Kind = Literal["release", "return"]
State = Literal["valid", "revoked"]


class CertificateSummary(Schema):
    id: int
    kind: Kind
    state: State
    number: str
    code: str = Field(description="What anybody checks it by, at `/api/v1/certificates/check/{code}` or on paper.")
    person_id: int
    person_name: str
    unit_id: int
    unit_name: str
    rule_id: str = Field(description="The criteria that it rests on; '' for whoever may not see cases.")
    rule_edition: str
    issued_at: datetime
    revoked_at: datetime | None


class CertificatePage(Schema):
    items: list[CertificateSummary]
    total: int
    page: int
    per_page: int


class Particular(Schema):
    label: str
    value: str


class CertificateDetail(CertificateSummary):
    particulars: list[Particular] = Field(description="What it says, frozen when it was issued.")
    revoked_because: str


class CheckedCertificate(Schema):
    kind: Kind
    state: State
    number: str
    name: str = Field(description="The first letter of the name; the rest is masked.")
    school: str
    issued_at: datetime
    revoked_at: datetime | None


class Revocation(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


def _summary(one: Certificate, actor: Actor) -> dict[str, Any]:
    basis = access.sees_basis(actor, one)
    return {
        **{name: getattr(one, name) for name in (
            "id", "kind", "number", "code", "person_id", "unit_id", "issued_at", "revoked_at",
        )},
        "rule_id": one.rule_id if basis else "",
        "rule_edition": one.rule_edition if basis else "",
        "state": rules.state_of(is_revoked=one.revoked_at is not None),
        "person_name": one.content["name"],
        "unit_name": one.unit.name,
    }  # fmt: skip


def _detail(one: Certificate, actor: Actor) -> dict[str, Any]:
    particulars = [{"label": label, "value": value} for label, value in documents.particulars(one)]
    return _summary(one, actor) | {"particulars": particulars, "revoked_because": one.revoked_because}


@router.get("/certificates", response=CertificatePage, summary="My certificates, and those of the people I care for")
def list_certificates(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=40, pattern=r"^[^\x00]*$")] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> dict[str, Any]:
    actor = actor_of(request)
    found = queries.listed(actor, text=q)
    start = (page - 1) * PER_PAGE
    rows = queries.rows(actor, list(found[start : start + PER_PAGE]), at=clock.now())
    return {"items": [_summary(one, actor) for one in rows], "total": found.count(), "page": page, "per_page": PER_PAGE}


@router.get(
    "/certificates/check/{code}", auth=None, response=CheckedCertificate,
    summary="Whether a certificate holds; nothing about the disease",
)  # fmt: skip
def check_certificate(request: HttpRequest, code: str) -> queries.Checked:
    found = queries.check(code, address=request.META.get("REMOTE_ADDR", ""))
    if found is None:
        raise Problem(NOT_FOUND)
    return found


@router.get("/certificates/{certificate_id}", response=CertificateDetail, summary="One certificate in full")
def read_certificate(request: HttpRequest, certificate_id: int) -> dict[str, Any]:
    actor = actor_of(request)
    return _detail(queries.read(actor, certificate_id, at=clock.now()), actor)


@router.post(
    "/certificates/{certificate_id}/revoke", response=CertificateDetail, summary="A certificate does not hold any more"
)
def revoke_certificate(request: HttpRequest, certificate_id: int, revocation: Revocation) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.RELEASE)
    certificate = access.certificate_for(actor, certificate_id)
    actions.revoke(certificate=certificate, reason=revocation.reason, by=actor, at=clock.now())
    return _detail(access.certificate_for(actor, certificate_id), actor)

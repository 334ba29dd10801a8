"""One's certificates and those of the people one cares for; and the public page where a code is checked."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.domains.care.certificates import access, actions, documents, queries
from linglou.domains.care.certificates.forms import RevokeForm
from linglou.domains.care.models import CertificateKind
from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock, ids, typesetting

PER_PAGE = 30


@never_cache
@require_safe
def check(request: HttpRequest, code: str = "") -> HttpResponse:
    """``/care/check/`` asks for the code; ``/care/check/<code>/`` answers. Every wrong code gets the same quiet answer."""
    typed = request.GET.get("code", "")
    if typed and not code:
        number = ids.parse_receipt(typed)
        return redirect("care:check_certificate", ids.receipt_code(number) if number is not None else "0")
    found = queries.check(code, address=request.META.get("REMOTE_ADDR", "")) if code else None
    kind = CertificateKind(found.kind).label if found else ""
    return render(request, "care/check.html", {"code": code, "found": found, "kind": kind})


@signed_in
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    text = request.GET.get("q", "").strip()[:40]
    page = Paginator(queries.listed(actor, text=text), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": queries.rows(actor, list(page), at=at),
        "text": text,
        "of_others": access.sees_those_of_others(actor),
    }
    return render(request, "care/certificates.html", context)


@signed_in
@never_cache
@require_safe
def detail(request: HttpRequest, certificate_id: int) -> HttpResponse:
    return _page(request, certificate_id, RevokeForm())


@requires(Verb.RELEASE)
@require_POST
def revoke(request: HttpRequest, certificate_id: int) -> HttpResponse:
    actor = actor_of(request)
    certificate = access.certificate_for(actor, certificate_id)
    access.check_user_can_revoke(actor, certificate)
    form = RevokeForm(request.POST)
    if not form.is_valid():
        return _page(request, certificate_id, form, status=422)
    actions.revoke(certificate=certificate, by=actor, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("证明已撤销，核验页随即显示。"))
    return redirect("care:certificate", certificate_id)


@signed_in
@never_cache
@require_safe
def pdf(request: HttpRequest, certificate_id: int) -> HttpResponse:
    certificate = queries.read(actor_of(request), certificate_id, at=clock.now(), action="certificate.export")
    response = HttpResponse(documents.as_pdf(certificate), content_type="application/pdf")
    name = f"{CertificateKind(certificate.kind).label} {certificate.number}"
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.pdf")
    return response


def _page(request: HttpRequest, certificate_id: int, form: RevokeForm, *, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    certificate = queries.read(actor, certificate_id, at=clock.now())
    context = {
        "certificate": certificate,
        "particulars": documents.particulars(certificate),
        "statement": documents.statement(certificate),
        "qr": documents.qr(certificate),
        "address": documents.check_address(certificate),
        "sees_basis": access.sees_basis(actor, certificate),
        "may_revoke": access.user_can_revoke(actor, certificate),
        "can_pdf": typesetting.chinese_font() is not None,
        "form": form,
    }
    return render(request, "care/certificate.html", context, status=status)

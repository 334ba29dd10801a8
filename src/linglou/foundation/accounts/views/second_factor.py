"""allauth's second-factor views, with what this product adds: enrolling counts as having passed, and both ends are audited."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from linglou.foundation.access.guards import actor_of, signed_in
from linglou.foundation.accounts import actions, queries
from linglou.foundation.accounts.models import Account
from linglou.kernel import clock

NEXT = "second_factor_next"


@signed_in
def set_up(request: HttpRequest) -> HttpResponse:
    """Scan, type the six digits, keep the recovery codes; then on to where one wanted to go."""
    before = queries.is_enrolled(actor_of(request).account_id)
    wanted = get_next_redirect_url(request)
    if wanted:
        request.session[NEXT] = wanted
    response: HttpResponse = totp.activate_totp(request)
    account = Account.objects.select_related("person").get(pk=actor_of(request).account_id)
    if not before and queries.is_enrolled(account.pk):
        record_authentication(request, account, "mfa", type="totp")
        actions.record_second_factor(account=account, at=clock.now(), enrolled=True)
    return response


@signed_in
def drop(request: HttpRequest) -> HttpResponse:
    """Switch it off; whoever needs one is asked to set it up again at once."""
    account = Account.objects.select_related("person").get(pk=actor_of(request).account_id)
    if not queries.is_enrolled(account.pk):
        return redirect("mfa_index")
    response: HttpResponse = totp.deactivate_totp(request)
    if not queries.is_enrolled(account.pk):
        actions.record_second_factor(account=account, at=clock.now(), enrolled=False)
    return response


@signed_in
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The recovery codes, and the way on."""
    response: HttpResponse = recovery.ViewRecoveryCodesView.as_view(extra_context={"onward": request.session.get(NEXT, "/")})(
        request
    )
    return response

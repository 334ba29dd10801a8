"""The page where a printed code becomes an account."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from linglou.foundation.accounts import actions, rules
from linglou.foundation.accounts.forms import ActivateForm
from linglou.foundation.accounts.models import Account
from linglou.foundation.accounts.problems import PASSWORD_REFUSED
from linglou.kernel import clock
from linglou.kernel.common_problems import TOO_MANY_TRIES
from linglou.kernel.problems import Problem


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Number and code, a new password, and in."""
    if request.user.is_authenticated:
        return redirect("/")
    form = ActivateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = _try(request, form)
        except Problem as problem:
            if problem.kind is PASSWORD_REFUSED:
                for error in problem.errors:
                    form.add_error("password", str(error.message))
            else:
                form.add_error(None, f"{problem.title}{problem.cure}")
            return render(request, "accounts/activate.html", {"form": form}, status=problem.status)
        return log_in(request, account, to="/")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/activate.html", {"form": form}, status=status)


def _try(request: HttpRequest, form: ActivateForm) -> Account:
    """Failures are counted for the number and for the address; a success takes its own count back."""
    key = rules.plain(form.cleaned_data["number"]).lower()
    usage = ratelimit.consume(request, app="allauth.account", action="activate", key=key)
    if not usage:
        wait = rules.ACTIVATION_WAIT_SECONDS
        raise Problem(TOO_MANY_TRIES, seconds=wait, retry_after=wait)
    try:
        account = actions.activate(
            number=form.cleaned_data["number"], code=form.cleaned_data["code"], password=form.cleaned_data["password"],
            at=clock.now(),
        )  # fmt: skip
    except Problem as problem:
        if problem.kind is PASSWORD_REFUSED:
            usage.rollback()
        raise
    usage.rollback()
    return account


def log_in(request: HttpRequest, account: Account, *, to: str) -> HttpResponse:
    """Into a session of its own, through the second factor where one is enrolled."""
    record_authentication(request, account, method="code")
    response: HttpResponse = perform_login(request, Login(user=account, redirect_url=to))
    return response

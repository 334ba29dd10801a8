"""One's own account: what it is, where it is logged in, its API tokens, and who looked at one's record."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.foundation.access.guards import actor_of, signed_in
from linglou.foundation.accounts import actions, queries, rules
from linglou.foundation.accounts.forms import TokenForm
from linglou.foundation.accounts.models import Account
from linglou.foundation.audit.queries import parse_cursor
from linglou.kernel import clock
from linglou.kernel.language import keep
from linglou.kernel.problems import Problem


@signed_in
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    kinds = set(Authenticator.objects.filter(user_id=actor.account_id).values_list("type", flat=True))
    return render(
        request,
        "accounts/overview.html",
        {
            "account": Account.objects.select_related("person__school").get(pk=actor.account_id),
            "posts": queries.posts_of(actor),
            "enrolled": Authenticator.Type.TOTP in kinds,
            "needs_second_factor": actor.needs_second_factor,
            "languages": settings.LANGUAGES,
            "sessions": len(queries.sessions_of(actor.account_id)),
            "tokens": queries.live_tokens(actor.account_id, at=at).count(),
        },
    )


@signed_in
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of one's messages, and at once of the pages on this device."""
    account = actions.choose_language(language=request.POST.get("language", ""), at=clock.now(), by=actor_of(request))
    with override(account.language):
        messages.success(request, _("语言已保存。"))
    return keep(redirect("accounts:overview"), account.language)


@signed_in
@never_cache
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows = queries.sessions_of(actor.account_id)
    return render(request, "accounts/sessions.html", {"sessions": rows, "current": request.session.session_key})


@signed_in
@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """End one session (``id``), or all but this one."""
    account = Account.objects.select_related("person").get(pk=actor_of(request).account_id)
    wanted = request.POST.get("id", "")
    if wanted.isdecimal() and len(wanted) < 19:
        actions.end_session(account=account, session_id=int(wanted), at=clock.now())
    else:
        actions.end_other_sessions(account=account, but=request.session.session_key or "", at=clock.now())
    if not request.session.exists(request.session.session_key or ""):
        logout(request)
        return redirect("account_login")
    messages.success(request, _("已退出。"))
    return redirect("accounts:sessions")


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; a post makes one, and its answer is the only place where the token is ever shown."""
    actor, at = actor_of(request), clock.now()
    form = TokenForm(request.POST or None, own=queries.verbs_of(actor))
    secret, made, status = "", None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            wanted = form.cleaned_data
            try:
                made, secret = actions.create_token(
                    name=wanted["name"], verbs=wanted["verbs"], days=wanted["days"], at=at, by=actor
                )
                form, status = TokenForm(own=queries.verbs_of(actor)), 200
            except Problem as problem:
                form.add_error(None, f"{problem.title}{problem.cure}")
                status = problem.status
    names = {verb.value: name for verb, name in rules.VERB_NAMES.items()}
    rows = [
        {"token": token, "verbs": [names.get(verb, verb) for verb in token.verbs], "live": _is_live(token, at)}
        for token in queries.tokens_of(actor.account_id)
    ]
    return render(request, "accounts/tokens.html", {"form": form, "rows": rows, "secret": secret, "made": made}, status=status)


def _is_live(token: queries.ApiToken, at: object) -> bool:
    return token.revoked_at is None and token.expires_at > at  # type: ignore[operator]


@signed_in
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    actions.revoke_token(token_id=token_id, at=clock.now(), by=actor_of(request))
    messages.success(request, _("令牌已撤销，使用它的程序随即不能再访问。"))
    return redirect("accounts:tokens")


@signed_in
@never_cache
@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at my record."""
    rows, older = queries.looks_at(actor_of(request), before=parse_cursor(request.GET.get("before", "")))
    return render(request, "accounts/looks.html", {"rows": rows, "older": older, "paged": "before" in request.GET})

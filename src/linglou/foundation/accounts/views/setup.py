"""The first run: an empty installation asks for its school and its first administrator, then says what comes next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.accounts import actions, queries
from linglou.foundation.accounts.forms import SetUpForm
from linglou.foundation.accounts.problems import SCHOOL_EXISTS
from linglou.foundation.accounts.views.activation import log_in
from linglou.kernel import clock
from linglou.kernel.problems import Problem


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Only while there is no school."""
    if queries.has_school():
        raise Problem(SCHOOL_EXISTS)
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            account = actions.found_school(
                name=wanted["school_name"], code=wanted["school_code"], number=wanted["number"],
                person_name=wanted["person_name"], password=wanted["password"], at=clock.now(),
            )  # fmt: skip
        except Problem as problem:
            if not problem.errors:
                raise
            for error in problem.errors:
                form.add_error("password", str(error.message))
        else:
            return log_in(request, account, to=reverse("accounts:checklist"))
    return render(request, "accounts/setup.html", {"form": form}, status=422 if request.method == "POST" else 200)


@requires(Verb.CONFIGURE)
@never_cache
@require_safe
def checklist(request: HttpRequest) -> HttpResponse:
    """What stands between an empty school and the first closed day."""
    actor, at = actor_of(request), clock.now()
    steps = queries.checklist(actor.school_id, at=at)
    return render(request, "accounts/checklist.html", {"steps": steps, "enrolled": queries.is_enrolled(actor.account_id)})

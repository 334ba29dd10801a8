"""The contacts of a case, hundreds on one screen: filter, choose, confirm; and one's own people who are contacts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.domains.cases import access
from linglou.domains.cases.contacts import actions, queries, rules
from linglou.domains.cases.contacts.queries import Filter
from linglou.domains.cases.forms import NamedContactForm
from linglou.domains.cases.models import Case, ContactState
from linglou.domains.cases.problems import NO_WINDOW, NOT_TRACED, NOT_YET_HAPPENED
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.kernel import clock
from linglou.kernel.problems import Problem

LIMIT = 500
PER_PAGE = 50
FILTERS = ("state", "where", "close", "degree", "text")


@requires(Verb.SEE_CLINICAL)
@never_cache
@require_safe
def contacts(request: HttpRequest, case_id: int) -> HttpResponse:
    return _page(request, _case(request, case_id, Verb.SEE_CLINICAL))


@requires(Verb.HANDLE_CASES)
@require_POST
def propose(request: HttpRequest, case_id: int) -> HttpResponse:
    """Trace again; ``degree`` 2 for the contacts of confirmed contacts."""
    case, by, at = _case(request, case_id, Verb.HANDLE_CASES), actor_of(request), clock.now()
    trace = actions.propose_second if request.POST.get("degree") == "2" else actions.propose
    found = trace(case=case, by=by, at=at)
    messages.success(request, ngettext("找到 %(n)s 人待审核。", "找到 %(n)s 人待审核。", found) % {"n": found})
    return redirect("cases:contacts", case.pk)


@requires(Verb.HANDLE_CASES)
@require_POST
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    case, by = _case(request, case_id, Verb.HANDLE_CASES), actor_of(request)
    chosen = [int(text) for text in request.POST.getlist("contact") if text.isdecimal()]
    event = "reject" if request.POST.get("event") == "reject" else "confirm"
    done = actions.decide(case=case, contact_ids=chosen, event=event, note=request.POST.get("note", ""), by=by, at=clock.now())
    if not chosen:
        messages.warning(request, _("没有勾选任何人。"))
    elif event == "confirm":
        messages.success(request, ngettext("已确认 %(n)s 人为密接。", "已确认 %(n)s 人为密接。", done) % {"n": done})
    else:
        messages.success(request, ngettext("已排除 %(n)s 人。", "已排除 %(n)s 人。", done) % {"n": done})
    kept = request.GET.urlencode()
    return redirect(f"{reverse('cases:contacts', args=[case.pk])}{'?' if kept else ''}{kept}")


@requires(Verb.HANDLE_CASES)
@require_POST
def add(request: HttpRequest, case_id: int) -> HttpResponse:
    case, by, form = _case(request, case_id, Verb.HANDLE_CASES), actor_of(request), NamedContactForm(request.POST)
    if form.is_valid():
        typed = dict(form.cleaned_data)
        person = people.person_by_number(case.school_id, typed.pop("number"))
        if person is None or person.pk == case.person_id:
            form.add_error("number", _("没有查到这个学号/工号，或就是病例本人。"))
        else:
            try:
                actions.add(case=case, person=person, by=by, at=clock.now(), **typed)
            except Problem as problem:
                if problem.kind is not NOT_YET_HAPPENED:
                    raise
                form.add_error("last_at", f"{problem.title}{problem.cure}")
            else:
                messages.success(request, _("已添加%(name)s为密接。") % {"name": person.name})
                return redirect("cases:contacts", case.pk)
    return _page(request, case, form=form, status=422)


@requires(Verb.SEE_CASES)
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Confirmed contacts in my scope: who and since when, never of whom."""
    actor, at = actor_of(request), clock.now()
    page = Paginator(queries.mine(actor), PER_PAGE).get_page(request.GET.get("page"))
    rows = queries.shown(actor, page.object_list, at=at)
    return render(request, "cases/mine.html", {"page": page, "rows": rows})


def _case(request: HttpRequest, case_id: int, verb: Verb) -> Case:
    actor = actor_of(request)
    case = access.case_for(actor, case_id)
    access.check_user_can(actor, verb, case)
    return case


def _page(request: HttpRequest, case: Case, *, form: NamedContactForm | None = None, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    asked = {name: request.GET[name] for name in FILTERS if name in request.GET}
    wanted = Filter(**asked)
    if (
        wanted.degree not in ("", "1", "2")
        or wanted.close not in ("", "close", "not")
        or wanted.state not in ContactState.values
    ):
        wanted = Filter()
    found, counts = queries.filtered(case, wanted), queries.counts(case)
    kinds = queries.kinds(case, wanted.state)
    may_decide = access.user_can(actor, Verb.HANDLE_CASES, case) and case.merged_into_id is None
    context: dict[str, Any] = {
        "case": case,
        "rows": queries.shown(actor, found[:LIMIT], at=at),
        "total": found.count(),
        "limit": LIMIT,
        "wanted": wanted,
        "tabs": [(state, ContactState(state).label, n) for state, n in counts.items()],
        "any": sum(counts.values()),
        "any_here": counts.get(wanted.state, 0),
        "kinds": [(kind, n, _asking(wanted, where=kind)) for kind, n in kinds.items()],
        "all_kinds": _asking(wanted, where=""),
        "has_second": queries.has_second_degree(case),
        "kept": request.GET.urlencode(),
        "form": form or NamedContactForm(),
        "may_decide": may_decide,
        "events": rules.reviews_of(wanted.state) if may_decide else [],
        **_window(case, at),
    }
    return render(request, "cases/contacts.html", context, status=status)


def _asking(wanted: Filter, **changes: str) -> str:
    """The address of the same page with another filter."""
    return "?" + urlencode({name: value for name, value in (asdict(wanted) | changes).items() if value})


def _window(case: Case, at: datetime) -> dict[str, Any]:
    """The infectious window in days (the last None while it runs) and the definition in force; or why nobody can be looked for."""
    try:
        definition, window = actions.definition_of(case), actions.window_of(case, at=at)
        last = clock.day_of(window.until_at - timedelta(microseconds=1)) if window.until_at < at else None
        return {
            "definition": definition, "window": window, "infects_from": clock.day_of(window.from_at), "infects_until": last,
        }  # fmt: skip
    except Problem as problem:
        if problem.kind not in (NO_WINDOW, NOT_TRACED):
            raise
        return {"obstacle": f"{problem.title}{problem.cure}"}

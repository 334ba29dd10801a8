"""The report itself: the form, "nothing has changed", the page that says it counts, and one's own history."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.daily import access, actions, forms, queries, rules
from linglou.domains.daily import history as past
from linglou.domains.daily.problems import ALREADY_REPORTED, CONFIRMED_SOMETHING_ELSE, NOTHING_TO_REPEAT
from linglou.domains.daily.views.pictures import qr
from linglou.engines.rounds.access import Standing
from linglou.engines.rounds.access import standing as standing_of
from linglou.engines.rounds.models import Round
from linglou.engines.rounds.problems import NOT_ON_ROSTER
from linglou.foundation.access.guards import actor_of, signed_in
from linglou.foundation.people.models import Person
from linglou.kernel import clock, ids
from linglou.kernel import regions as places
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import Problem


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, round_id: int, person_id: int | None = None) -> HttpResponse:
    """The form of a round, for oneself or (``person_id``) for somebody else; after a report, its correction."""
    actor, at = actor_of(request), clock.now()
    round_ = queries.round_to_answer(actor.school_id, round_id, at=at)
    standing = access.standing_in(round_, actor, person_id or actor.person_id, at=at)
    questions = queries.questions_of(round_)
    page: dict[str, Any] = {"round": round_, "standing": standing, "key": ids.token(24), "is_late": at >= round_.closes_at}
    if request.method == "POST":
        typed = MultiValueDict({name: request.POST.getlist(name) for name in request.POST})
        posted = forms.read_post(questions, typed)
        try:
            if posted.errors:
                raise _with(posted, questions)
            actions.report(
                round_=round_, person_id=standing.person.pk, raw=posted.raw, key=request.POST.get("key", ""), by=actor, at=at
            )
        except Problem as problem:
            if not problem.errors:
                raise
            page |= _page(questions, typed, {}, errors=problem.errors, suggestions=posted.suggestions)
            given = queries.given_by_round(standing.person, [round_]).get(round_.pk) if standing.sees_answers else None
            page |= {"problem": problem, "key": request.POST.get("key") or page["key"], "given": given}
            return render(request, "daily/report.html", page, status=problem.status)
        return redirect(_done_url(round_, standing))
    if not queries.is_on_roster(round_, standing.person.pk):
        raise Problem(NOT_ON_ROSTER)
    given = actions.open_answers(standing=standing, round_=round_, by=actor, at=at)
    if given and not standing.sees_answers:
        raise Problem(ALREADY_REPORTED, name=standing.person.name)
    page["given"] = given
    if given:
        return render(request, "daily/report.html", page | _page(questions, forms.typed_of(questions, given.answers), {}))
    typed, known = _prefilled(standing, questions)
    return render(request, "daily/report.html", page | _page(questions, typed, known))


def _with(posted: forms.Posted, questions: Any) -> Problem:
    """The page's own objections together with everything else that is wrong."""
    mine = {error.field.split(".")[0] for error in posted.errors}
    try:
        rules.read_answers(questions, posted.raw, known_region=lambda _code: True)
    except Problem as problem:
        others = tuple(error for error in problem.errors if error.field.split(".")[0] not in mine)
        return Problem(problem.kind, errors=(*posted.errors, *others))
    return Problem(INVALID_INPUT, errors=tuple(posted.errors))


def _page(questions: Any, typed: forms.Typed, known: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"rows": forms.rows(questions, typed, language=get_language() or "", known=known, **more)}


def _prefilled(standing: Standing, questions: Any) -> tuple[forms.Typed, dict[str, str]]:
    """Where the person lives, and facts that are asked once: for those who may know them. Never anything about health."""
    if not standing.sees_answers:
        return MultiValueDict(), {}
    at = clock.now()
    last = queries.last_report(standing.person, at=at, days=past.HISTORY_DAYS)
    answers = last.answers if last else {}
    typed = forms.typed_of(questions, answers, only_once=True)
    once = [question for question in questions if question.once and answers.get(question.key) not in (None, "")]
    known = dict(
        zip([question.key for question in once], [text for _title, text in queries.describe(once, answers)], strict=True)
    )
    place = queries.home_place(standing.person.pk, at=at)
    for question in questions:
        if question.kind == "where" and place:
            typed[f"{question.key}.kind"], typed[f"{question.key}.place"] = "campus", place
    return typed, known


def _done_url(round_: Round, standing: Standing) -> str:
    if standing.is_self:
        return reverse("daily:done", args=[round_.pk])
    return reverse("daily:done_for", args=[round_.pk, standing.person.pk])


@signed_in
@require_POST
def unchanged(request: HttpRequest, round_id: int) -> HttpResponse:
    """The one tap. What cannot be repeated leads to the form, with the reason."""
    actor, at = actor_of(request), clock.now()
    round_ = queries.round_to_answer(actor.school_id, round_id, at=at)
    try:
        actions.repeat(
            round_=round_, confirmed=request.POST.get("confirmed", ""), key=request.POST.get("key", ""), by=actor, at=at
        )
    except Problem as problem:
        if problem.kind not in (NOTHING_TO_REPEAT, CONFIRMED_SOMETHING_ELSE):
            raise
        messages.warning(request, f"{problem.title}{problem.cure}")
        return redirect("daily:report", round_.pk)
    return redirect("daily:done", round_.pk)


@signed_in
@never_cache
@require_safe
def done(request: HttpRequest, round_id: int, person_id: int | None = None) -> HttpResponse:
    """It counts: when, under which receipt, and what to do now if something was abnormal."""
    actor, at = actor_of(request), clock.now()
    standing = standing_of(actor, person_id or actor.person_id, at=at)
    round_ = Round.objects.filter(pk=round_id, school_id=actor.school_id, asks="people").select_related("form").first()
    given = actions.open_answers(standing=standing, round_=round_, by=actor, at=at) if round_ else None
    if round_ is None or given is None:
        return redirect(resolve_url("/"))
    public = request.build_absolute_uri(reverse("daily:receipt", args=[given.code]))
    page = {
        "round": round_, "standing": standing, "given": given, "public": public, "qr": mark_safe(qr(public)),
        "advice": queries.advice_for(round_, given.answers) if standing.sees_answers else [],
        "can_correct": at < round_.closes_at and round_.state == "open" and standing.sees_answers,
    }  # fmt: skip
    return render(request, "daily/done.html", page)


@signed_in
@never_cache
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """One's own reports, every revision, and who gave it."""
    actor = actor_of(request)
    today = clock.day_of(clock.now())
    try:
        until = min(date.fromisoformat(request.GET.get("until", "")), today)
    except ValueError:
        until = today
    page = {
        "revisions": past.history(Person.objects.get(pk=actor.person_id), until=until), "until": until,
        "before": until - timedelta(days=past.HISTORY_DAYS), "is_today": until == today, "days": past.HISTORY_DAYS,
    }  # fmt: skip
    return render(request, "daily/history.html", page)


@signed_in
@require_safe
def regions(request: HttpRequest) -> JsonResponse:
    """Names of counties that the typed text may mean, for suggestions while typing."""
    found = places.search(request.GET.get("q", "")[:40])
    return JsonResponse([places.name(one.code) for one in found], safe=False)

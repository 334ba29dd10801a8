"""Excuses: who need not report, until when, approved by whom."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linglou.domains.daily import access, actions, queries
from linglou.engines.rounds import excuses as engine
from linglou.engines.rounds.models import ExcuseReason
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

PER_PAGE = 30
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ExcuseForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("学号/工号"), max_length=40)
    reason = forms.ChoiceField(label=gettext_lazy("原因"), choices=ExcuseReason.choices)
    first_day = forms.DateField(label=gettext_lazy("从哪天起"), widget=DAY)
    last_day = forms.DateField(label=gettext_lazy("到哪天止"), widget=DAY, help_text=gettext_lazy("含当天；次日起恢复填报。"))
    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("结束日期不能早于起始日期。"))
        return cleaned


@requires(Verb.EXCUSE)
@never_cache
@require_http_methods(["GET", "POST"])
def excuses(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    today = clock.day_of(at)
    form = ExcuseForm(request.POST or None, initial={"first_day": today, "number": _number(actor, request.GET.get("person"))})
    if request.method == "POST" and form.is_valid() and _approve(actor, form):
        messages.success(request, _("已批准免报。"))
        return redirect("daily:excuses")
    listed = Paginator(queries.excuses_in(actor, at=at), PER_PAGE).get_page(request.GET.get("page"))
    listed.object_list = actions.read_excuses(listed.object_list, by=actor, at=at)
    page = {"form": form, "excuses": listed, "at": at}
    return render(request, "daily/excuses.html", page, status=422 if form.errors else 200)


def _number(actor: Actor, person_id: str | None) -> str:
    """The number of the person a link was about, if the actor may excuse them."""
    if not person_id or not person_id.isdecimal():
        return ""
    try:
        return access.person_to_excuse(actor, int(person_id), at=clock.now()).number
    except Problem:
        return ""


def _approve(actor: Actor, form: ExcuseForm) -> bool:
    at = clock.now()
    asked = form.cleaned_data
    person = Person.objects.filter(school_id=actor.school_id, number=asked["number"].strip()).first()
    try:
        person = access.person_to_excuse(actor, person.pk if person else 0, at=at)
    except Problem:
        form.add_error("number", _("您负责的人员中没有这个学号/工号。"))
        return False
    engine.approve(
        person=person, reason=asked["reason"], note=asked["note"], starts_at=clock.moment(asked["first_day"], time.min),
        ends_at=clock.moment(asked["last_day"], time.max), by=actor, at=at,
    )  # fmt: skip
    return True


@requires(Verb.EXCUSE)
@require_POST
def cancel(request: HttpRequest, excuse_id: int) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    excuse = queries.excuses_in(actor, at=at).filter(pk=excuse_id).first()
    if excuse is None:
        raise Problem(NOT_FOUND)
    engine.cancel(excuse=excuse, by=actor, at=at)
    messages.success(request, _("已撤销免报，%(name)s恢复填报。") % {"name": excuse.person.name})
    return redirect("daily:excuses")

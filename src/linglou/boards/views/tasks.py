"""Tasks: what I owe, and how the people of my units carry theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.boards import work
from linglou.engines.tasks import access, actions, queries, rules
from linglou.engines.tasks.models import State, Task
from linglou.flows import task_handed_on_tells_owner
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.kernel import clock

PER_PAGE = 30


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(label=gettext_lazy("结果"), widget=forms.RadioSelect)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, kind: rules.Kind | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcomes = kind.outcomes if kind else {"done": _("已完成")}
        self.fields["outcome"].choices = list(outcomes.items())  # type: ignore[attr-defined]


class HandOnForm(forms.Form):
    to = forms.TypedChoiceField(label=gettext_lazy("转交给"), coerce=int)
    note = forms.CharField(label=gettext_lazy("转交说明"), max_length=200, required=False)

    def __init__(self, *args: Any, candidates: list[queries.Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(one.person_id, one.label) for one in candidates]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Row:
    """A task as a list shows it. ``page`` is one that helps, ``link`` where the title leads."""

    task: Task
    title: str
    kind: Any
    page: str
    page_label: Any
    link: str
    is_overdue: bool


def _rows(tasks: list[Task], at: datetime) -> list[Row]:
    return [_row(task, at) for task in tasks]


def _row(task: Task, at: datetime) -> Row:
    kind = rules.KINDS.get(task.kind)
    is_overdue = task.state == State.OPEN and (task.due_at < at or task.step > 0)
    own_page = reverse("boards:task", args=[task.pk])
    if kind is None:
        return Row(task, task.title, task.kind, "", "", own_page, is_overdue)
    page = kind.page(task.key)
    title = work.task_title(task)
    return Row(task, title, kind.label, page, kind.page_label, page if kind.is_done_there else own_page, is_overdue)


@signed_in
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    page = Paginator(queries.my_open_tasks(actor.person_id), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": _rows(list(page), at), "at": at, "leads": actor.may_anywhere(Verb.HANDLE_TASKS)}
    return render(request, "boards/tasks.html", context)


@requires(Verb.HANDLE_TASKS)
@never_cache
@require_safe
def unit(request: HttpRequest) -> HttpResponse:
    """Every open task in scope, with the load of each owner; ``owner`` narrows to one."""
    actor, at = actor_of(request), clock.now()
    tasks = queries.open_tasks_in(actor)
    loads = queries.load_per_owner(actor, at=at)
    owner = next((load for load in loads if str(load.owner_id) == request.GET.get("owner")), None)
    page = Paginator(tasks.filter(owner_id=owner.owner_id) if owner else tasks, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": _rows(list(page), at), "loads": loads, "owner": owner, "at": at, "leads": True}
    return render(request, "boards/unit_tasks.html", context)


@signed_in
@never_cache
@require_safe
def detail(request: HttpRequest, task_id: int) -> HttpResponse:
    actor = actor_of(request)
    return _page(request, access.task_for(actor, task_id))


@signed_in
@require_POST
def settle(request: HttpRequest, task_id: int) -> HttpResponse:
    actor = actor_of(request)
    task = access.task_for(actor, task_id)
    form = SettleForm(request.POST, kind=rules.KINDS.get(task.kind))
    if not form.is_valid():
        return _page(request, task, settling=form, status=422)
    actions.settle(task=task, by=actor, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("已办结：%(title)s") % {"title": _row(task, clock.now()).title})
    return redirect("boards:tasks")


@signed_in
@require_POST
def hand_on(request: HttpRequest, task_id: int) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    task = access.task_for(actor, task_id)
    form = HandOnForm(request.POST, candidates=queries.candidates_for(task, at=at))
    if not form.is_valid():
        return _page(request, task, handing=form, status=422)
    to = people.persons_by_id([form.cleaned_data["to"]])[form.cleaned_data["to"]]
    note = form.cleaned_data["note"]
    task_handed_on_tells_owner.hand_on(task=task, to=to, by=actor, at=at, note=note)
    messages.success(request, _("已转交给%(name)s，对方会收到消息。") % {"name": to.name})
    return redirect("boards:tasks")


EVENTS = {
    "opened": gettext_lazy("开立"),
    "climbed": gettext_lazy("逾期上报"),
    "stayed": gettext_lazy("逾期催办"),
    "reassigned": gettext_lazy("转交"),
    "noted": gettext_lazy("进展"),
    "extended": gettext_lazy("延时"),
    "done": gettext_lazy("办结"),
    "cancelled": gettext_lazy("撤销"),
}


@dataclass(frozen=True)
class Event:
    """One line of a task's history. ``who`` acted, or was given it."""

    at: datetime
    what: Any
    who: str
    note: str


def _history(task: Task) -> list[Event]:
    events = list(task.events.order_by("at", "pk"))
    ids = {one for event in events for one in (event.by_id, event.owner_id) if one}
    names = {person_id: person.name for person_id, person in people.persons_by_id(ids).items()}
    given = {"opened", "climbed", "stayed", "reassigned"}
    return [
        Event(
            event.at, EVENTS.get(event.kind, event.kind),
            names.get((event.owner_id if event.kind in given else event.by_id) or 0, ""), event.note,
        )
        for event in events
    ]  # fmt: skip


def _page(
    request: HttpRequest,
    task: Task,
    *,
    settling: SettleForm | None = None,
    handing: HandOnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    kind = rules.KINDS.get(task.kind)
    context = {
        "row": _row(task, at),
        "task": task,
        "outcome": kind.outcomes.get(task.outcome, task.outcome) if kind else task.outcome,
        "settling": settling or SettleForm(kind=kind),
        "handing": handing or _handing(actor, task, at),
        "history": _history(task),
        "at": at,
    }
    return render(request, "boards/task.html", context, status=status)


def _handing(actor: Actor, task: Task, at: datetime) -> HandOnForm | None:
    candidates = queries.candidates_for(task, at=at) if task.state == State.OPEN else []
    return HandOnForm(candidates=candidates) if candidates else None

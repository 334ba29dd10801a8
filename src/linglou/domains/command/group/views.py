"""The command group's pages: members, division of responsibility with its audit, contact sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.command.group import actions, queries
from linglou.domains.command.group.forms import AreaForm, AssignForm, MemberForm, NewMemberForm
from linglou.domains.command.models import Member
from linglou.domains.command.problems import ALREADY_MEMBER, AREA_EXISTS, NOT_A_MEMBER, OWN_DEPUTY, UNKNOWN_AREA
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@requires(Verb.SEE_COMMAND)
@never_cache
@require_http_methods(["GET", "POST"])
def group(request: HttpRequest) -> HttpResponse:
    """Members and the division; posted, a new member."""
    actor, at = actor_of(request), clock.now()
    form = NewMemberForm(request.POST or None, school_id=actor.school_id)
    if request.method == "POST":
        actor.check_anywhere(Verb.KEEP_GROUP)
        if form.is_valid():
            try:
                member = actions.add_member(by=actor, at=at, **form.cleaned_data)
                messages.success(request, _("已添加%(name)s。") % {"name": member.person.name})
                return redirect("command:group")
            except Problem as problem:
                fields = {ALREADY_MEMBER: "person", OWN_DEPUTY: "deputy"}
                if problem.kind not in fields:
                    raise
                form.add_error(fields[problem.kind], f"{problem.title}{problem.cure}")
    remarks = queries.audit(actor.school_id, at)
    context = {
        "members": queries.members(actor.school_id), "division": queries.division(actor.school_id, at), "form": form,
        "serious": [one for one in remarks if one.finding.is_serious],
        "minor": [one for one in remarks if not one.finding.is_serious], "area_form": AreaForm(),
        "may_keep": actor.may_anywhere(Verb.KEEP_GROUP),
    }  # fmt: skip
    return render(request, "command/group.html", context, status=422 if form.is_bound else 200)


@requires(Verb.SEE_COMMAND)
@never_cache
@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """Whom to call, with numbers, to print; every look is on the trail."""
    actor, at = actor_of(request), clock.now()
    return render(request, "command/sheet.html", {"lines": actions.contact_sheet(by=actor, at=at), "at": at})


@requires(Verb.KEEP_GROUP)
@never_cache
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, member_id: int) -> HttpResponse:
    """Change one member."""
    actor, at = actor_of(request), clock.now()
    one = _member(actor, member_id)
    initial = {"position": one.position, "duty": one.duty, "deputy": one.deputy.number if one.deputy else ""}
    form = MemberForm(request.POST or None, school_id=actor.school_id, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_member(member=one, by=actor, at=at, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect("command:group")
        except Problem as problem:
            if problem.kind is not OWN_DEPUTY:
                raise
            form.add_error("deputy", f"{problem.title}{problem.cure}")
    return render(request, "command/member.html", {"member": one, "form": form}, status=422 if form.is_bound else 200)


@requires(Verb.KEEP_GROUP)
@require_POST
def end_member(request: HttpRequest, member_id: int) -> HttpResponse:
    actor = actor_of(request)
    one = _member(actor, member_id)
    actions.end_member(member=one, by=actor, at=clock.now())
    messages.success(request, _("%(name)s已不再是指挥部成员，其分工需要重新安排。") % {"name": one.person.name})
    return redirect("command:group")


@requires(Verb.KEEP_GROUP)
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Make a member responsible for a field of work or a unit."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请先选择负责人。"))
        return redirect("command:group")
    return _done(request, lambda by, at: actions.assign(by=by, at=at, **form.cleaned_data), _("已安排。"))


@requires(Verb.KEEP_GROUP)
@require_POST
def relieve(request: HttpRequest, responsibility_id: int) -> HttpResponse:
    actions.relieve(responsibility_id=responsibility_id, by=actor_of(request), at=clock.now())
    messages.success(request, _("已解除这项分工。"))
    return redirect("command:group")


@requires(Verb.KEEP_GROUP)
@require_POST
def add_area(request: HttpRequest) -> HttpResponse:
    """A field of work of the school's own."""
    form = AreaForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写工作名称，不超过 40 个字。"))
        return redirect("command:group")
    return _done(request, lambda by, at: actions.add_area(by=by, at=at, **form.cleaned_data), _("已添加，请安排负责人。"))


@requires(Verb.KEEP_GROUP)
@require_POST
def close_area(request: HttpRequest, area_id: int) -> HttpResponse:
    actions.close_area(area_id=area_id, by=actor_of(request), at=clock.now())
    messages.success(request, _("已取消这项工作。"))
    return redirect("command:group")


def _member(actor: Actor, member_id: int) -> Member:
    one = queries.member_of(actor.school_id, member_id)
    if one is None:
        raise Problem(NOT_FOUND)
    return one


def _done(request: HttpRequest, act: Callable[..., Any], said: str) -> HttpResponse:
    """Do it and go back; a refusal is said on the page."""
    try:
        act(actor_of(request), clock.now())
        messages.success(request, said)
    except Problem as problem:
        if problem.kind not in (NOT_A_MEMBER, UNKNOWN_AREA, AREA_EXISTS):
            raise
        messages.error(request, f"{problem.title}{problem.cure}")
    return redirect("command:group")

"""The response level: what holds, a switch with its preview, its undoing, what each level changes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.command.group import queries as group
from linglou.domains.command.levels import actions, queries
from linglou.domains.command.levels.forms import ProfileForm, SwitchForm, UndoForm
from linglou.domains.command.levels.rules import ORDER, Standing
from linglou.domains.command.problems import FROM_IN_THE_PAST, NOT_UNDOABLE, NOTHING_CHANGES, PREVIEW_IS_OLD, SAME_MOMENT
from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

FIELD = {FROM_IN_THE_PAST: "from_at", SAME_MOMENT: "from_at", NOTHING_CHANGES: "level", PREVIEW_IS_OLD: None}


@signed_in
@never_cache
@require_safe
def level(request: HttpRequest) -> HttpResponse:
    """What holds now and what is announced; for those who command, who sees to each measure, and the history."""
    actor, at = actor_of(request), clock.now()
    holds = queries.in_force(actor.school_id, at)
    history = queries.history(actor.school_id, at)
    context = {
        "holds": holds,
        "announced": [one for one in reversed(history) if one.standing is Standing.ANNOUNCED],
        "sees_command": actor.may_anywhere(Verb.SEE_COMMAND),
        "may_set": actor.may_anywhere(Verb.SET_LEVEL),
    }
    if context["sees_command"]:
        people = group.responsible(actor.school_id)
        context |= {
            "history": history,
            "measures": [(row, people.by_area.get(row.area, [])) for row in queries.measures(holds)],
            "areas": group.area_names(actor.school_id, at),
            "undo": UndoForm(),
        }
    return render(request, "command/level.html", context)


@requires(Verb.SET_LEVEL)
@never_cache
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """Type what the government has set, look at what it changes, confirm (or go back, with what was typed)."""
    actor, at = actor_of(request), clock.now()
    form = SwitchForm(request.POST or None, initial={"when": "tomorrow"})
    shown = None
    if request.method == "POST" and "again" not in request.POST and form.is_valid():
        begins, confirmed = form.begins(at), request.POST.get("previewed", "")
        try:
            shown = actions.check(level=form.cleaned_data["level"], from_at=begins, by=actor, at=at)
            if confirmed:
                change = actions.switch(
                    level=form.cleaned_data["level"], from_at=begins, previewed=confirmed, by=actor, at=at, **form.basis()
                )
                messages.success(request, _("已登记：%(level)s。") % {"level": change.get_level_display()})
                return redirect("command:level")
        except Problem as problem:
            if problem.kind not in FIELD:
                raise
            form.add_error(FIELD[problem.kind], f"{problem.title}{problem.cure}")
    context = {
        "form": form, "shown": shown, "holds": queries.in_force(actor.school_id, at), "profiles": queries.profiles(actor.school_id, at),
    }  # fmt: skip
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "command/preview.html" if shown else "command/switch.html", context, status=status)


@requires(Verb.SET_LEVEL)
@require_POST
def undo(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take a switch back, with a reason."""
    actor, form = actor_of(request), UndoForm(request.POST)
    if queries.change_of(actor.school_id, change_id) is None:
        raise Problem(NOT_FOUND)
    if not form.is_valid():
        messages.error(request, _("请写明撤销理由。"))
        return redirect("command:level")
    try:
        actions.undo(change_id=change_id, reason=form.cleaned_data["reason"], by=actor, at=clock.now())
        messages.success(request, _("已撤销，正在恢复到变更之前。"))
    except Problem as problem:
        if problem.kind is not NOT_UNDOABLE:
            raise
        messages.error(request, f"{problem.title}{problem.cure}")
    return redirect("command:level")


@requires(Verb.SEE_COMMAND)
@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest, level: str) -> HttpResponse:
    """What a level changes at this school: shown to all who command, edited by those who may switch."""
    actor, at = actor_of(request), clock.now()
    if level not in ORDER:
        raise Problem(NOT_FOUND)
    chosen = queries.profile(actor.school_id, level, at)
    areas = [(code, str(name)) for code, name in group.area_names(actor.school_id, at).items()]
    form = ProfileForm(request.POST or None, effects=chosen.effects, areas=areas)
    if request.method == "POST":
        actor.check_anywhere(Verb.SET_LEVEL)
        if form.is_valid():
            actions.save_profile(level=level, effects=form.effects, by=actor, at=at)
            messages.success(request, _("已保存，下次切换到这个级别时执行；正在执行的措施不变。"))
            return redirect("command:profile", level)
    context = {
        "chosen": chosen, "form": form, "profiles": queries.profiles(actor.school_id, at),
        "may_set": actor.may_anywhere(Verb.SET_LEVEL), "holds": queries.in_force(actor.school_id, at),
    }  # fmt: skip
    return render(request, "command/profile.html", context, status=422 if form.is_bound else 200)

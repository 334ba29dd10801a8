"""Channels: where messages go besides the inbox; one's own, and the group channels of units for the office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.engines.notifications import access, actions, queries, sending
from linglou.engines.notifications.models import Channel
from linglou.engines.notifications.problems import BAD_ADDRESS
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of, signed_in
from linglou.foundation.people.models import Tree, Unit, UnitKind
from linglou.foundation.people.queries import units_in
from linglou.kernel import clock
from linglou.kernel.problems import Problem

GROUP_KINDS = (UnitKind.SCHOOL, UnitKind.COLLEGE, UnitKind.DEPARTMENT, UnitKind.CLASS)


class ChannelForm(forms.Form):
    address = forms.CharField(label=gettext_lazy("地址"), max_length=400)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80, help_text=gettext_lazy("便于区分，例如“工作邮箱”。"))


class GroupForm(ChannelForm):
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=80, help_text=gettext_lazy("学校、学院、部门或班级的全名。"))


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def channels(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if request.method == "POST":
        form = ChannelForm(request.POST)
        if form.is_valid() and _add(actor, form, None):
            messages.success(request, _("已添加。请发一条测试消息，确认能收到。"))
            return redirect("boards:channels")
        return _page(request, form=form, status=422)
    return _page(request)


@signed_in
@require_POST
def add_group(request: HttpRequest) -> HttpResponse:
    """The group channel of a unit; the unit is named, and must lie where the actor keeps channels."""
    actor = actor_of(request)
    access.check_user_can_keep_unit_channels(actor)
    form = GroupForm(request.POST, auto_id="group_%s")
    if form.is_valid():
        unit = _named(actor, form.cleaned_data["unit"].strip())
        if unit is None:
            form.add_error("unit", _("没有找到这个单位，或有同名单位。"))
        elif _add(actor, form, unit):
            messages.success(request, _("已添加。请发一条测试消息，确认能收到。"))
            return redirect("boards:channels")
    return _page(request, group=form, status=422)


def _named(actor: Actor, name: str) -> Unit | None:
    found = [
        unit
        for path in access.unit_paths(actor)
        for unit in units_in(path).filter(name=name, tree=Tree.ADMINISTRATION, kind__in=GROUP_KINDS)[:2]
    ]
    return found[0] if len({unit.pk for unit in found}) == 1 else None


def _add(actor: Actor, form: ChannelForm, unit: Unit | None) -> bool:
    typed = form.cleaned_data
    try:
        actions.add_channel(by=actor, name=typed["name"], address=typed["address"], unit=unit, at=clock.now())
    except Problem as problem:
        if problem.kind is not BAD_ADDRESS:
            raise
        for error in problem.errors:
            form.add_error(error.field, str(error.message))
        return False
    return True


@signed_in
@never_cache
@require_safe
def row(request: HttpRequest, channel_id: int) -> HttpResponse:
    """One row, asked again and again by htmx while its test message is on its way."""
    actor = actor_of(request)
    access.channel_for(actor, channel_id)
    channel = queries.channels_with_last_delivery(actor).get(pk=channel_id)
    return render(request, "boards/channel.html", {"channel": channel, "masked": sending.masked(channel.address)})


@signed_in
@require_POST
def test(request: HttpRequest, channel_id: int) -> HttpResponse:
    actor = actor_of(request)
    actions.send_test(channel=access.channel_for(actor, channel_id), by=actor, at=clock.now())
    messages.success(request, _("测试消息已排队，几秒内送出；结果显示在下方。"))
    return redirect("boards:channels")


@signed_in
@require_POST
def switch(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Pause or resume."""
    actor = actor_of(request)
    channel = access.channel_for(actor, channel_id)
    actions.switch_channel(channel=channel, is_active=not channel.is_active, by=actor, at=clock.now())
    return redirect("boards:channels")


@signed_in
@require_POST
def remove(request: HttpRequest, channel_id: int) -> HttpResponse:
    actor = actor_of(request)
    actions.remove_channel(channel=access.channel_for(actor, channel_id), by=actor, at=clock.now())
    messages.success(request, _("已删除。"))
    return redirect("boards:channels")


def _page(
    request: HttpRequest, *, form: ChannelForm | None = None, group: GroupForm | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    kept = queries.channels_with_last_delivery(actor)
    context = {
        "own": _shown(kept.filter(person_id=actor.person_id)),
        "groups": _shown(kept.exclude(person_id=actor.person_id)),
        "form": form or ChannelForm(),
        "group": (group or GroupForm(auto_id="group_%s")) if access.may_keep_unit_channels(actor) else None,
        "may_use_any_server": access.may_use_any_server(actor),
        "has_mail_server": bool(settings.MAIL_SERVER),
    }
    return render(request, "boards/channels.html", context, status=status)


def _shown(channels: QuerySet[Channel]) -> list[dict[str, Any]]:
    return [{"channel": channel, "masked": sending.masked(channel.address)} for channel in channels]

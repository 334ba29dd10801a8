"""Schedules of rounds: whom to ask, when, and when to remind. Changes bear on rounds opened afterwards."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.daily import actions, queries
from linglou.domains.daily.rules import FORM_KEY, STANDARD_FORM, UNIT_FORM_KEY
from linglou.engines.rounds import schedules as engine
from linglou.engines.rounds.models import Asks, Days, Schedule
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import PersonKind, Unit, UnitKind
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
WHO = [
    (f"people:{PersonKind.STUDENT}", gettext_lazy("学生")),
    (f"people:{PersonKind.STAFF}", gettext_lazy("教职工")),
    ("people:", gettext_lazy("全体师生")),
    (f"units:{UnitKind.COLLEGE}", gettext_lazy("各学院（单位零报告）")),
    (f"units:{UnitKind.DEPARTMENT}", gettext_lazy("各部门（单位零报告）")),
    (f"units:{UnitKind.CLASS}", gettext_lazy("各班级（单位零报告）")),
    (f"units:{UnitKind.BRANCH}", gettext_lazy("各党支部（单位零报告）")),
]
AUDIENCES = (UnitKind.SCHOOL, UnitKind.COLLEGE, UnitKind.DEPARTMENT, UnitKind.CAMPUS, UnitKind.COMMITTEE)


class ScheduleForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("名称"), max_length=80, help_text=gettext_lazy("师生在首页看到的名字。"))
    who = forms.ChoiceField(label=gettext_lazy("由谁填报"), choices=WHO)
    audience = forms.ModelChoiceField(label=gettext_lazy("范围"), queryset=Unit.objects.none(), empty_label=None)
    form_key = forms.ChoiceField(label=gettext_lazy("表单"), help_text=gettext_lazy("单位零报告只核对人数，不用表单。"))
    days = forms.ChoiceField(label=gettext_lazy("哪些天"), choices=Days.choices)
    opens = forms.TimeField(label=gettext_lazy("开始"), widget=TIME)
    closes = forms.TimeField(label=gettext_lazy("截止"), widget=TIME, help_text=gettext_lazy("早于开始时间表示次日。"))
    reminders = forms.CharField(
        label=gettext_lazy("提醒时间"), required=False, max_length=120,
        help_text=gettext_lazy("提醒还没有填报的人；多个时间用空格隔开，例如 09:30 14:00。"),
    )  # fmt: skip
    from_day = forms.DateField(label=gettext_lazy("起始日期"), widget=DAY)
    to_day = forms.DateField(label=gettext_lazy("结束日期"), widget=DAY, required=False)
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        audience: Any = self.fields["audience"]
        scope = [unit.pk for unit in Unit.objects.filter(school_id=actor.school_id, kind__in=AUDIENCES, closed_at=None)
                 if actor.may(Verb.EDIT_SCHEDULE, at=[unit.path])]  # fmt: skip
        audience.queryset = Unit.objects.filter(pk__in=scope).order_by("depth", "sort_key")
        form_key: Any = self.fields["form_key"]
        form_key.choices = [(form.key, form.title) for form in queries.current_forms(actor.school_id)]
        if not form_key.choices and actor.may_anywhere(Verb.EDIT_FORM):  # a new school starts with what is ready
            form_key.choices = [(FORM_KEY, gettext_lazy("每日健康填报（标准问题，保存时发布）"))]

    def clean_reminders(self) -> list[time]:
        try:
            return [
                time.fromisoformat(part.zfill(5)) for part in re.split(r"[\s,，、;；]+", self.cleaned_data["reminders"]) if part
            ]
        except ValueError as error:
            raise ValidationError(_("请按 09:30 的格式填写时间。")) from error

    def plan(self) -> engine.Plan:
        said = dict(self.cleaned_data)
        asks, _colon, kind = said.pop("who").partition(":")
        is_people = asks == Asks.PEOPLE
        return engine.Plan(
            **said, asks=asks, person_kind=kind if is_people else "", unit_kind="" if is_people else kind,
            purpose=said["form_key"] if is_people else UNIT_FORM_KEY,
        )  # fmt: skip


@requires(Verb.EDIT_SCHEDULE)
@require_safe
def schedules(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    return render(
        request,
        "daily/schedules.html",
        {"rows": queries.schedules(actor, at=at), "forms": queries.current_forms(actor.school_id)},
    )


@requires(Verb.EDIT_SCHEDULE)
@require_http_methods(["GET", "POST"])
def schedule(request: HttpRequest, schedule_id: int | None = None) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    kept = _schedule(actor, schedule_id) if schedule_id else None
    form = ScheduleForm(request.POST or None, actor=actor, initial=_initial(kept) if kept else {
        "from_day": clock.day_of(at), "opens": time(0, 10), "closes": time(18, 0), "reminders": "09:30 14:00", "is_active": True,
    })  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                if not queries.current_forms(actor.school_id):
                    actions.publish_form(key=FORM_KEY, title=_("每日健康填报"), rows=STANDARD_FORM, by=actor, at=at)
                engine.save_schedule(schedule=kept, plan=form.plan(), by=actor, at=at)
        except Problem as problem:
            if not problem.errors:
                raise
            for error in problem.errors:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("已保存，从下一次开始的轮次起生效。"))
            return redirect("daily:schedules")
    return render(request, "daily/schedule.html", {"form": form, "schedule": kept}, status=422 if form.errors else 200)


def _schedule(actor: Actor, schedule_id: int) -> Schedule:
    found = Schedule.objects.filter(pk=schedule_id, school_id=actor.school_id).select_related("audience", "school").first()
    if found is None or not actor.may(Verb.EDIT_SCHEDULE, at=[found.audience.path]):
        raise Problem(NOT_FOUND)
    return found


def _initial(kept: Schedule) -> dict[str, Any]:
    shown = {name: getattr(kept, name) for name in ScheduleForm.base_fields if hasattr(kept, name)}
    return shown | {
        "who": f"{kept.asks}:{kept.person_kind or kept.unit_kind}",
        "reminders": " ".join(f"{moment:%H:%M}" for moment in kept.reminders),
    }


@requires(Verb.EDIT_SCHEDULE)
@require_POST
def open_now(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """Ask now, until a time of today (or of tomorrow, when that time has passed)."""
    actor, at = actor_of(request), clock.now()
    try:
        until = time.fromisoformat(request.POST.get("closes", ""))
    except ValueError:
        messages.warning(request, _("请填写截止时间，例如 18:00。"))
        return redirect("daily:schedules")
    round_ = engine.open_by_hand(schedule=_schedule(actor, schedule_id), closes_at=_next(until, at), by=actor, at=at)
    messages.success(request, _("已开始“%(title)s”，名册按现在的人员冻结。") % {"title": round_.title})
    return redirect("daily:schedules")


def _next(until: time, at: datetime) -> datetime:
    today = clock.moment(clock.day_of(at), until)
    return today if today > at else today + timedelta(days=1)

"""Posts: appoint at a unit, appoint a guardian, dismiss."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import access, actions, queries, rules
from linglou.foundation.people.forms import GuardianForm
from linglou.foundation.people.problems import POST_NOT_YOURS_TO_GIVE
from linglou.foundation.people.views import confirm, number_in
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@requires(Verb.APPOINT)
@require_http_methods(["GET", "HEAD", "POST"])
def appoint(request: HttpRequest, unit_id: int, role: str) -> HttpResponse:
    """Find somebody and give them the post."""
    actor, at = actor_of(request), clock.now()
    unit = access.get_unit(actor, unit_id)
    if role not in {one.value for one in Role}:
        raise Problem(NOT_FOUND)
    post = Role(role)
    if request.method == "POST":
        who = access.get_person(actor, number_in(request.POST.get("person")), at)
        access.check_user_can_appoint(actor, post, who, at, unit=unit)
        actions.appoint(person=who, role=post, unit=unit, at=at, by=actor)
        messages.success(request, _("已任命%(name)s为%(role)s。") % {"name": who.name, "role": post.label})
        return redirect("people:unit", unit.pk)
    if post not in access.roles_user_can_give(actor, unit):
        raise Problem(POST_NOT_YOURS_TO_GIVE, role=post.label)
    text = request.GET.get("q", "").strip()
    found = (
        actions.look_up(by=actor, text=text, at=at, kinds=rules.POSTS_FOR[post])
        if text
        else queries.members_for(unit, at=at, kinds=rules.POSTS_FOR[post], by=actor)
    )
    template = "people/pick_found.html" if request.headers.get("HX-Request") else "people/appoint.html"
    return render(
        request,
        template,
        {"unit": unit, "role": post, "text": text, "found": found, "deed": _("任命"), "fit": rules.POSTS_FOR[post]},
    )


@requires(Verb.APPOINT)
@require_http_methods(["GET", "HEAD", "POST"])
def add_guardian(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give a person a guardian, who may then report for them."""
    actor, at = actor_of(request), clock.now()
    ward = access.get_person(actor, person_id, at)
    access.check_user_can_appoint_guardian(actor, ward, at)
    form = GuardianForm(request.POST or None, initial={"name": ward.guardian_name})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        post = actions.appoint_guardian(ward=ward, name=given["name"], phone=given["phone"], at=at, by=actor)
        messages.success(request, _("%(guardian)s已成为%(name)s的家长。") % {"guardian": post.person.name, "name": ward.name})
        return redirect("people:person", ward.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "people/guardian.html", {"person": ward, "form": form}, status=status)


@requires(Verb.APPOINT)
@require_http_methods(["GET", "HEAD", "POST"])
def dismiss(request: HttpRequest, post_id: int) -> HttpResponse:
    """End a post, after a confirmation."""
    actor, at = actor_of(request), clock.now()
    post = access.get_post(actor, post_id, at)
    access.check_user_can_appoint(actor, Role(post.role), post.person, at, unit=post.unit, ward=post.ward)
    if request.method == "POST":
        actions.dismiss(post=post, at=at, by=actor)
        messages.success(request, _("%(name)s已不再担任%(role)s。") % {"name": post.person.name, "role": Role(post.role).label})
        return redirect("people:unit", post.unit_id) if post.unit_id else redirect("people:person", post.ward_id)
    return confirm(
        request,
        title=_("免去%(name)s的%(role)s岗位？") % {"name": post.person.name, "role": Role(post.role).label},
        text=_("免去后，相应的权限即刻收回，任职经历保留。请随后任命接任的人，以免责任链出现缺口。"),
        deed=_("免去岗位"),
        back=reverse("people:unit", args=[post.unit_id]) if post.unit_id else reverse("people:person", args=[post.ward_id]),
    )

"""Units: the three trees from top to leaf, opening and closing a unit, putting people into one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import access, actions, queries, rules
from linglou.foundation.people.forms import OpenUnitForm
from linglou.foundation.people.models import Tree, Unit
from linglou.foundation.people.problems import UNIT_NAME_TAKEN
from linglou.foundation.people.views import confirm, number_in
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_ALLOWED
from linglou.kernel.problems import Problem

PER_PAGE = 50


@signed_in
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """Where one starts: the only unit of one's scope, or a list of them."""
    scopes = access.scopes(actor_of(request))
    if not scopes:
        raise Problem(NOT_ALLOWED, verb=Verb.SEE_NAMES.value)
    tops = list(Unit.objects.filter(path__in=scopes).order_by("path"))
    if len(tops) == 1:
        return redirect("people:unit", tops[0].pk)
    labels = queries.labels_of(tops)
    return render(request, "people/units.html", {"tops": [(unit, labels[unit.pk]) for unit in tops]})


@signed_in
@require_safe
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    """One unit: its posts, the units under it (of one tree at a time), the people who belong to it itself."""
    actor, at = actor_of(request), clock.now()
    this = access.get_unit(actor, unit_id)
    trees = _trees(this)
    tree = request.GET.get("tree", "")
    tree = tree if tree in trees else trees[0]
    sees_names, scopes = access.user_can_see_names(actor, this), access.scopes(actor)
    inside = any(this.path.startswith(scope) for scope in scopes)
    children = [
        branch
        for branch in queries.children_of(this, tree=tree, at=at)
        if inside or any(scope.startswith(branch.unit.path) for scope in scopes)
    ]
    members = Paginator(queries.members_at(this, at=at), PER_PAGE).get_page(request.GET.get("page")) if sees_names else None
    gives = access.roles_user_can_give(actor, this) if this.closed_at is None else ()
    return render(
        request,
        "people/unit.html",
        {
            "unit": this, "crumbs": _crumbs(this, scopes), "tree": tree, "trees": [(one, Tree(one).label) for one in trees],
            "children": children, "show_counts": inside, "members": members,
            "seats": [(seat, seat.role in gives) for seat in queries.seats_of(this, at=at)] if inside else [],
            "can_add": this.tree == Tree.ADMINISTRATION and this.kind in rules.HAVE_MEMBERS and this.closed_at is None
            and access.user_can_add(actor, this),
            "can_open": bool(rules.CHILDREN.get(this.kind)) and this.closed_at is None
            and access.user_can_manage_unit(actor, this),
            "can_close": this.closed_at is None and this.kind not in ("school", "authority")
            and access.user_can_manage_unit(actor, this),
            "can_join": this.kind in rules.HAVE_MEMBERS and this.closed_at is None and access.user_can_manage_unit(actor, this),
        },
    )  # fmt: skip


def _trees(unit: Unit) -> list[str]:
    """The trees that continue under a unit: under a school all three, else its own."""
    return list(dict.fromkeys(tree for tree, _kind in rules.CHILDREN.get(unit.kind, ()))) or [unit.tree]


def _crumbs(unit: Unit, scopes: list[str]) -> list[Unit]:
    """The ancestors that the viewer may open."""
    return [one for one in queries.ancestors_of(unit) if any(one.path.startswith(s) or s.startswith(one.path) for s in scopes)]


@requires(Verb.MANAGE_UNITS)
@require_http_methods(["GET", "HEAD", "POST"])
def open_unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Open a unit under this one."""
    actor, at = actor_of(request), clock.now()
    parent = access.get_unit(actor, unit_id)
    access.check_user_can_manage_unit(actor, parent)
    form = OpenUnitForm(request.POST or None, parent=parent)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            opened = actions.open_unit(
                parent=parent, tree=form.tree, kind=given["kind"], name=given["name"], code=given["code"],
                sort_key=given["sort_key"], at=at, by=actor,
            )  # fmt: skip
        except Problem as problem:
            if problem.kind is not UNIT_NAME_TAKEN:
                raise
            form.add_error("name", f"{problem.title}{problem.cure}")
        else:
            messages.success(request, _("“%(name)s”已设立。") % {"name": opened.name})
            return redirect("people:unit", opened.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "people/open_unit.html", {"unit": parent, "form": form}, status=status)


@requires(Verb.MANAGE_UNITS)
@require_http_methods(["GET", "HEAD", "POST"])
def close_unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Close a unit, after a confirmation."""
    actor = actor_of(request)
    this = access.get_unit(actor, unit_id)
    access.check_user_can_manage_unit(actor, this)
    if request.method == "POST":
        actions.close_unit(unit=this, at=clock.now(), by=actor)
        messages.success(request, _("“%(name)s”已撤销。") % {"name": this.name})
        return redirect("people:unit", this.parent_id)
    return confirm(
        request,
        title=_("撤销“%(name)s”？") % {"name": this.name},
        text=_("撤销后不能再转入人员或任命岗位，历史名册保留。仍有人员、下级单位或岗位时不能撤销。"),
        deed=_("撤销单位"),
        back=reverse("people:unit", args=[this.pk]),
    )


@requires(Verb.MANAGE_UNITS)
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Find somebody and put them into this unit."""
    actor, at = actor_of(request), clock.now()
    this = access.get_unit(actor, unit_id)
    access.check_user_can_manage_unit(actor, this)
    if request.method == "POST":
        who = access.get_person(actor, number_in(request.POST.get("person")), at)
        access.check_user_can_move(actor, who, at)
        actions.join(person=who, unit=this, at=at, by=actor)
        messages.success(request, _("%(name)s已转入“%(unit)s”。") % {"name": who.name, "unit": this.name})
        return redirect("people:unit", this.pk)
    text = request.GET.get("q", "").strip()
    found = actions.look_up(by=actor, text=text, at=at)
    template = "people/pick_found.html" if request.headers.get("HX-Request") else "people/join.html"
    return render(request, template, {"unit": this, "text": text, "found": found, "deed": _("转入")})

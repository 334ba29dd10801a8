"""The inbox: what the system told me."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.engines.notifications import access, actions, queries
from linglou.foundation.access.guards import actor_of, signed_in
from linglou.kernel import clock

PER_PAGE = 30


@signed_in
@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    page = Paginator(queries.inbox(actor.person_id), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "unread": queries.unread_count(actor.person_id), "today": clock.day_of(clock.now())}
    return render(request, "boards/inbox.html", context)


@signed_in
@require_POST
def read(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark one read and go where it leads."""
    actor = actor_of(request)
    notification = access.notification_for(actor, notification_id)
    actions.mark_read(person_id=actor.person_id, notification_id=notification_id, at=clock.now())
    leads_here = notification.link.startswith("/") and not notification.link.startswith("//")
    return redirect(notification.link if leads_here else "boards:inbox")


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    actions.mark_read(person_id=actor_of(request).person_id, at=clock.now())
    return redirect("boards:inbox")

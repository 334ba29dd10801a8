"""Reads about messages and their delivery."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from linglou.engines.notifications.access import channels_of
from linglou.engines.notifications.models import Channel, Delivery, DeliveryState, Notification
from linglou.foundation.access.actor import Actor


def unread_count(person_id: int) -> int:
    return Notification.objects.filter(person_id=person_id, read_at=None).count()


def inbox(person_id: int) -> QuerySet[Notification]:
    """A person's messages, the latest first."""
    return Notification.objects.filter(person_id=person_id).order_by("-created_at", "-pk")


def channels_with_last_delivery(actor: Actor) -> QuerySet[Channel]:
    """The channels that the actor keeps, each with ``last_state``, ``last_error``, ``last_sent_at`` and ``next_try_at``."""
    last = Delivery.objects.filter(channel=OuterRef("pk")).order_by("-pk")
    return channels_of(actor).annotate(
        last_state=Subquery(last.values("state")[:1]),
        last_error=Subquery(last.values("last_error")[:1]),
        last_sent_at=Subquery(last.values("sent_at")[:1]),
        next_try_at=Subquery(last.values("next_try_at")[:1]),
    )


def pending_count() -> int:
    """Deliveries that are still to be sent or tried again, in the whole installation."""
    return Delivery.objects.filter(state=DeliveryState.PENDING).count()

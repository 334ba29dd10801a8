"""Whose channels are whose, and which addresses somebody may enter."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from linglou.engines.notifications.models import Channel, Notification
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Unit
from linglou.foundation.people.queries import units_in
from linglou.kernel.common_problems import NOT_ALLOWED, NOT_FOUND
from linglou.kernel.problems import Problem

# Posts that keep the group channels of units besides whoever configures the installation.
KEEPERS = (Role.PREVENTION_OFFICE,)


def unit_paths(actor: Actor) -> list[str]:
    """The unit subtrees whose group channels the actor keeps."""
    return actor.paths(Verb.CONFIGURE) + [grant.path for grant in actor.grants if grant.role in KEEPERS]


def may_keep_unit_channels(actor: Actor) -> bool:
    return bool(unit_paths(actor))


def check_user_can_keep_unit_channels(actor: Actor) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    if not may_keep_unit_channels(actor):
        raise Problem(NOT_ALLOWED, verb=Verb.CONFIGURE.value)


def may_use_any_server(actor: Actor) -> bool:
    """A webhook or mail server of one's own makes this machine connect to an address that somebody typed: staff only, whose
    log-in has a second factor. Everybody may use an e-mail address and the robots of WeCom, DingTalk and Feishu."""
    return actor.needs_second_factor


def channels_of(actor: Actor) -> QuerySet[Channel]:
    """One's own channels, and the group channels one keeps."""
    mine = Q(person_id=actor.person_id)
    for path in unit_paths(actor):
        mine |= Q(unit__path__startswith=path)
    return (
        Channel.objects.filter(mine, school_id=actor.school_id).select_related("unit").order_by("person_id", "unit__path", "pk")
    )


def channel_for(actor: Actor, channel_id: int) -> Channel:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or not the actor's."""
    channel = channels_of(actor).filter(pk=channel_id).first()
    if channel is None:
        raise Problem(NOT_FOUND)
    return channel


def unit_for(actor: Actor, unit_id: int) -> Unit:
    """A unit whose group channels the actor keeps. Raises ``Problem(NOT_FOUND)``."""
    kept = (units_in(path).filter(pk=unit_id, school_id=actor.school_id).first() for path in unit_paths(actor))
    unit = next(filter(None, kept), None)
    if unit is None:
        raise Problem(NOT_FOUND)
    return unit


def notification_for(actor: Actor, notification_id: int) -> Notification:
    """One's own message. Raises ``Problem(NOT_FOUND)``."""
    notification = Notification.objects.filter(pk=notification_id, person_id=actor.person_id).first()
    if notification is None:
        raise Problem(NOT_FOUND)
    return notification

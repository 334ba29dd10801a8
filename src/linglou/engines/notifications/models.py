"""The outbox: written in the transaction of what it tells, delivered by the worker, retried until sent or given up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.fields import SealedTextField
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Channel(models.Model):
    """Where messages for a person, or for a unit's group, go besides the in-app inbox: an Apprise address (mailto,
    wecom, dingtalk, feishu, json webhook)."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="channels")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="channels")
    name = models.CharField(max_length=80)
    address = SealedTextField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    privacy = classify(
        internal="id school person unit name is_active created_at", sensitive="address", retention=Retention.MEMBERSHIP
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, unit__isnull=False) | Q(person__isnull=False, unit=None),
                name="channel_of_person_or_unit",
            )
        ]


class Notification(models.Model):
    """One message to one person: it stands in the inbox until read. It never carries an answer or a diagnosis, only what
    to do and a link."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="notifications")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    topic = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    subject = models.CharField(max_length=120)
    body = models.CharField(max_length=600)
    link = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school person unit topic key link created_at read_at",
        personal="subject body",
        retention=Retention.TRANSIENT,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "key"], name="notification_key_once")]
        indexes = [models.Index(fields=["person", "-created_at"], name="notification_by_person")]


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("待发送")
    SENT = "sent", _("已发送")
    GAVE_UP = "gave-up", _("多次失败，已停止")


class Delivery(models.Model):
    """One notification on its way through one channel."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    privacy = classify(
        internal="id notification channel state tries next_try_at sent_at last_error", retention=Retention.TRANSIENT
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once")]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="pending"), name="delivery_pending_by_time")]

"""Certificates of release and of return."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class CertificateKind(models.TextChoices):
    RELEASE = "release", _("解除医学观察（隔离）证明")
    RETURN = "return", _("复课证明")


class Certificate(models.Model):
    """A paper that the school's clinic signs. ``content`` is what it says, frozen as issued: ``name``, ``person_number``, ``place``
    and ``rows``, pairs of a label and a value. ``code`` is what anybody checks it by. ``unit`` is where the person stood then;
    ``rule_id`` and ``rule_edition`` name the criteria that it rests on, '' where there are none."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=CertificateKind.choices)
    number = models.CharField(max_length=20)
    code = models.CharField(max_length=11, unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="certificates")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    content = models.JSONField()
    rule_id = models.CharField(max_length=60, blank=True)
    rule_edition = models.CharField(max_length=40, blank=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    revoked_because = models.CharField(max_length=200, blank=True)

    privacy = classify(
        internal="id school kind number code person unit rule_id rule_edition issued_at issued_by revoked_at revoked_by",
        sensitive="content revoked_because",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "number"], name="certificate_number_once"),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=models.F("issued_at")), name="certificate_revoked_after_issue"
            ),
        ]
        indexes = [models.Index(fields=["school", "-issued_at"], name="certificate_by_school")]

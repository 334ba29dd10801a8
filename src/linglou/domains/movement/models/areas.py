"""A list of risk areas as it was uploaded, with the verdict on every row. The list itself is ``rulebook.RiskRegion``."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linglou.kernel.privacy import Retention, classify


class AreaImportState(models.TextChoices):
    PREVIEWED = "previewed", _("待确认")
    APPLIED = "applied", _("已导入")
    DISCARDED = "discarded", _("已放弃")


class AreaImport(models.Model):
    """``titles`` is the header, ``rows`` a list of {"line", "cells", "verdict", "reasons", "area"} in the file's order. A list has
    hundreds of rows and names nobody: it is kept whole, and needs no file."""

    school_id = models.BigIntegerField()
    file_name = models.CharField(max_length=200)
    titles = models.JSONField()
    rows = models.JSONField()
    counts = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=AreaImportState.choices, default=AreaImportState.PREVIEWED)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.BigIntegerField()
    applied_at = models.DateTimeField(null=True)

    privacy = classify(
        public="id school_id file_name titles rows counts state uploaded_at uploaded_by applied_at",
        retention=Retention.PERMANENT,
    )

    class Meta:
        indexes = [models.Index(fields=["school_id", "-uploaded_at"], name="area_import_by_school")]

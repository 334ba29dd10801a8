"""The trail: who did or read what, when. Ids and labels without foreign keys, so that it outlives what it speaks of."""

from django.db import models

from linglou.kernel.privacy import Retention, classify


class Entry(models.Model):
    """One act. ``action`` is ``noun.verb`` (``person.read-contact``, ``response.submit``); ``subject_person_id`` is whose
    record was touched, so that every person can see who looked."""

    pk = models.CompositePrimaryKey("school_id", "id")
    id = models.BigIntegerField(db_default=models.expressions.RawSQL("nextval('audit_entry_seq')", ()))
    school_id = models.BigIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    is_read = models.BooleanField(default=False)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    subject_person_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    privacy = classify(
        internal="id school_id at actor_id action is_read subject_type subject_id subject_person_id detail",
        personal="actor_label",
        retention=Retention.AUDIT,
    )

    class Meta:
        indexes = [
            models.Index(fields=["school_id", "subject_person_id", "-at"], name="audit_by_person"),
            models.Index(fields=["school_id", "-at"], name="audit_by_time"),
        ]

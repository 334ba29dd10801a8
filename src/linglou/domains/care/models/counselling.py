"""Questionnaires and counselling notes: the counselling centre's alone. What was answered and what was written is sealed at rest."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.fields import SealedTextField
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Instrument(models.TextChoices):
    PHQ_9 = "phq-9", _("PHQ-9 抑郁症状筛查")
    GAD_7 = "gad-7", _("GAD-7 焦虑症状筛查")


class Assessment(models.Model):
    """A questionnaire that was filled in: by the person, or by a counsellor of the centre with them (``by``). ``answers`` is a JSON
    list of 0 to 3, sealed; the score is counted from it and stored nowhere. ``is_urgent``: somebody has to call at once, and
    ``answered_at`` says that somebody did; ``called_at``: when those above the centre heard that nobody had."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="assessments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    instrument = models.CharField(max_length=5, choices=Instrument.choices)
    answers = SealedTextField()
    is_urgent = models.BooleanField()
    taken_at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    called_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school unit by answered_by called_at",
        sensitive="person instrument answers is_urgent taken_at answered_at",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_urgent=True) | Q(answered_at=None, called_at=None), name="assessment_answered_when_urgent"
            )
        ]
        indexes = [
            models.Index(fields=["person", "-taken_at"], name="assessment_by_person"),
            models.Index(fields=["taken_at"], condition=Q(is_urgent=True, answered_at=None), name="assessment_unanswered"),
        ]


class CounsellingNote(models.Model):
    """What a counsellor of the centre wrote about a conversation. Append-only (a trigger), sealed at rest. The last note says when the
    person is seen next (``follow_up_on``; none: the counselling is over)."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="counselling_notes")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    text = SealedTextField()
    outcome = SealedTextField(blank=True, default="")
    follow_up_on = models.DateField(null=True)
    written_at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    privacy = classify(
        internal="id school unit by",
        sensitive="person text outcome follow_up_on written_at",
        retention=Retention.RESPONSE,
    )

    class Meta:
        indexes = [models.Index(fields=["person", "-written_at"], name="counselling_note_by_person")]

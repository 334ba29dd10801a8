"""Publish a version of a form. A version never changes: rounds that are open keep the one they opened with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from linglou.engines.rounds.models import Form
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit


@transaction.atomic
def publish_form(
    *, school_id: int, key: str, title: str, questions: Sequence[dict[str, Any]], by: Actor | None, at: datetime
) -> Form:
    """The next version of a form. ``questions`` have been checked by the domain that reads them. The same questions and title
    again make no new version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"publish-form:{school_id}:{key}"])
    last = Form.objects.filter(school_id=school_id, key=key).order_by("-version").first()
    if last and last.title == title and last.questions == list(questions):
        return last
    form = Form.objects.create(
        school_id=school_id, key=key, version=last.version + 1 if last else 1, title=title, questions=list(questions),
        published_at=at, published_by=by.person_id if by else None,
    )  # fmt: skip
    audit.record(
        by=by, school_id=school_id, at=at, action="form.publish", subject_type="form", subject_id=form.pk, key=key,
        version=form.version,
    )  # fmt: skip
    return form

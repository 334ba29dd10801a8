"""Rounds to answer, and answers to put in."""

from __future__ import annotations

from datetime import datetime, time
from itertools import count

from django.db import connection, transaction

from linglou.engines.rounds import actions, queries
from linglou.engines.rounds.commit import Outcome, Submission, commit
from linglou.engines.rounds.models import Form, Round, Schedule
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from tests.factories.people import long_ago

_keys = count(1)


def schedule(audience: Unit, **changes: object) -> Schedule:
    """A daily round of students, open from midnight to midnight on the campus clock, whenever the tests run."""
    school_id = audience.school_id
    Form.objects.get_or_create(
        school_id=school_id, key="daily-health", version=1, defaults={"title": "每日健康填报", "published_at": long_ago()}
    )
    fields: dict[str, object] = {
        "school_id": school_id, "purpose": "daily-health", "title": "每日健康填报", "audience": audience,
        "person_kind": "student", "form_key": "daily-health", "opens": time(0), "closes": time(0),
        "from_day": clock.day_of(long_ago()),
    }  # fmt: skip
    return Schedule.objects.create(**(fields | changes))


def open_round(audience: Unit, *, at: datetime | None = None, **changes: object) -> Round:
    at = at or clock.now()
    return actions.open_round(schedule=schedule(audience, **changes), day=clock.day_of(at), at=at)


def submission(round_: Round, respondent: Person, **changes: object) -> Submission:
    place = queries.place_of(round_, respondent.pk)
    assert place is not None, "not on the roster"
    fields: dict[str, object] = {
        "school_id": round_.school_id, "day": round_.day, "round_id": round_.pk, "respondent_id": respondent.pk,
        "unit_id": place.unit_id, "lines": place.lines, "curved": place.curved, "answers": "{}", "severity": 0,
        "source": "self", "by_id": respondent.pk, "by_label": respondent.name, "key": f"key-{next(_keys)}",
        "receipt": next(_keys), "at": clock.now(),
    }  # fmt: skip
    return Submission(**(fields | changes))  # type: ignore[arg-type]


def submit(*submissions: Submission) -> list[Outcome]:
    with transaction.atomic(), connection.cursor() as cursor:
        return commit(cursor, submissions)

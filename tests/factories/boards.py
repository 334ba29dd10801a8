"""A campus in mid-morning, and people looking at it."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from linglou.engines.rounds.models import Excuse
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.people import Campus
from tests.factories.rounds import open_round, submission, submit

PHONE = "13900001111"


def excuse(person: Person, approver: Person) -> Excuse:
    at = clock.now() - timedelta(hours=1)
    return Excuse.objects.create(
        school_id=person.school_id, person=person, reason="leave", starts_at=at, ends_at=at + timedelta(days=30),
        approved_at=at, approved_by=approver,
    )  # fmt: skip


class Morning:
    """Six students: the first answered (abnormal), the second by proxy, the last is excused, three are missing; all have
    telephones."""

    def __init__(self) -> None:
        self.campus = campus = Campus()
        for student in campus.students:
            student.phone = PHONE
            student.save()
        excuse(campus.students[5], campus.counsellor)
        self.round = open_round(campus.school)
        submit(
            submission(self.round, campus.students[0], severity=3),
            submission(self.round, campus.students[1], source="counsellor", by_id=campus.counsellor.pk),
        )
        self.missing = campus.students[2:5]


def looking(who: Person) -> Client:
    """A person's browser, second factor passed; the same one when asked again."""
    client: Client | None = getattr(who, "_browser", None)
    if client is None:
        client = browser(who, second_factor=True)
        who._browser = client  # type: ignore[attr-defined]
    return client

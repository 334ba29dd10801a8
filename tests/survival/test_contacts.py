"""A process killed inside a bulk confirm leaves all of it or nothing, and its trail with it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection

from linglou.domains.cases.models import Contact
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.cases import case, clinic
from tests.factories.people import Campus, long_ago

pytestmark = [pytest.mark.survival, pytest.mark.django_db(transaction=True)]

PEOPLE, KILLS = 3000, 12
CONFIRM = """
import sys, django
django.setup()
from linglou.domains.cases.contacts import actions
from linglou.domains.cases.models import Case
from linglou.foundation.people import queries
from linglou.foundation.people.models import Person
from linglou.kernel import clock
case, by = Case.objects.get(pk=int(sys.argv[1])), Person.objects.get(pk=int(sys.argv[2]))
ids = list(case.contacts.values_list("pk", flat=True))
print("ready", flush=True)
done = actions.decide(
    case=case, contact_ids=ids, event="confirm", by=queries.actor_of(by, account_id=0, at=clock.now()), at=clock.now()
)
print(done, flush=True)
"""


def confirming(case_id: int, person_id: int) -> subprocess.Popen[str]:
    """A process that is just about to confirm."""
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@/{at['NAME']}?host={at['HOST']}&port={at['PORT'] or 5432}"
    process = subprocess.Popen(
        [sys.executable, "-c", CONFIRM, str(case_id), str(person_id)], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"DATABASE_URL": url},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def until_alone() -> None:
    """The killed process's connection may still be finishing what it had sent."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            if cursor.fetchone()[0] == 1:
                return
        time.sleep(0.05)
    raise AssertionError("somebody else is still connected")


def test_killed_inside_a_bulk_confirm() -> None:
    campus, at = Campus(), clock.now()
    doctor = clinic(campus.school)
    index = case(campus.students[0], campus.classes[0], by=doctor, at=at)
    people = Person.objects.bulk_create(
        Person(school=campus.school, number=f"K{n:06}", name=f"同学{n}", kind="student", created_at=long_ago())
        for n in range(PEOPLE)
    )
    Contact.objects.bulk_create(
        Contact(
            school=campus.school, case=index, person=person, unit=campus.classes[0], is_close=True, where="class-session",
            minutes=45, first_at=at - timedelta(hours=2), last_at=at - timedelta(hours=1), proposed_at=at,
        )
        for person in people
    )  # fmt: skip
    killed_before_the_end = 0
    for _n in range(KILLS):
        with confirming(index.pk, doctor.person_id) as process:
            time.sleep(random.uniform(0, 0.6))
            process.send_signal(signal.SIGKILL)
        until_alone()
        confirmed = Contact.objects.filter(case=index, state="confirmed").count()
        assert confirmed in (0, PEOPLE)
        assert Entry.objects.filter(action="contact.confirm").count() == confirmed
        killed_before_the_end += confirmed == 0
        Contact.objects.update(state="proposed", decided_at=None, decided_by=None)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE audit_entry")
    assert killed_before_the_end

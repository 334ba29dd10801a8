"""Once a day, by one worker: what has expired goes, next months' partitions come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, transaction

from linglou.engines.notifications import actions as outbox
from linglou.engines.notifications.models import Notification
from linglou.foundation.accounts.models import ActivationCode, ApiToken
from linglou.kernel import clock
from linglou.server import housekeeping
from tests.factories.accounts import account, browser
from tests.factories.people import Campus


@pytest.fixture
def campus(db: None) -> Iterator[Campus]:
    cache.delete(housekeeping.DONE_KEY)
    yield Campus()
    cache.delete(housekeeping.DONE_KEY)


def test_once_a_day(campus: Campus) -> None:
    at = clock.now()
    assert housekeeping.run_if_due(at=at)
    assert not housekeeping.run_if_due(at=at)
    assert housekeeping.run_if_due(at=at + timedelta(days=1))


def test_partitions_stand_ready_for_the_next_months(campus: Campus) -> None:
    at = clock.moment(datetime(2031, 11, 30, tzinfo=clock.CAMPUS_ZONE).date(), datetime.min.time())
    housekeeping.run(at=at)
    with connection.cursor() as cursor:
        for month in ("2031_11", "2031_12", "2032_01"):
            for table in ("rounds_response", "movement_stay"):
                cursor.execute("SELECT to_regclass(%s)", [f"{table}_{month}"])
                assert cursor.fetchone()[0] is not None


def test_what_has_expired_goes_and_what_has_not_stays(campus: Campus) -> None:
    at = clock.now()
    long_gone, soon = at - housekeeping.TRANSIENT - timedelta(days=1), at + timedelta(days=1)
    for student, expires in zip(campus.students, (long_gone, soon), strict=False):
        ActivationCode.objects.create(person=student, code_hash="x", issued_at=long_gone, expires_at=expires)
    for n, (expires, revoked) in enumerate([(long_gone, None), (soon, long_gone), (soon, None)]):
        ApiToken.objects.create(
            account=account(campus.counsellor), school=campus.school, name=f"{n}", prefix="x", token_hash=f"{n}",
            created_at=long_gone, expires_at=expires, revoked_at=revoked,
        )  # fmt: skip
    for key, told_at in (("old", long_gone), ("new", at)):
        outbox.notify(
            school_id=campus.school.pk, topic="t", key=key, subject="s", body="b", person_id=campus.monitor.pk, at=told_at
        )
    browser(campus.students[2])
    stale = SessionStore()
    stale.create()
    Session.objects.filter(session_key=stale.session_key).update(expire_date=at - timedelta(days=1))
    with time_machine.travel(at - timedelta(hours=2)):
        cache.set("stale", 1, 60)
    cache.set("fresh", 1, 300)
    done = housekeeping.run(at=at)
    assert (done["cached"], cache.get("fresh")) == (1, 1)
    assert done["codes"] == 1
    assert done["tokens"] == 2
    assert done["sessions"] == 1
    assert [code.person for code in ActivationCode.objects.all()] == [campus.students[1]]
    assert [token.name for token in ApiToken.objects.all()] == ["2"]
    assert [message.key for message in Notification.objects.all()] == ["new"]
    assert Session.objects.count() == 1


def test_a_chore_that_fails_does_not_stop_the_others(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_at: datetime) -> int:
        raise RuntimeError

    monkeypatch.setitem(housekeeping.CHORES, "codes", fail)
    done = housekeeping.run(at=clock.now())
    assert done["codes"] == -1
    assert done["partitions"] == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_keep_house_once() -> None:
    cache.delete(housekeeping.DONE_KEY)
    at = clock.now()
    second: list[bool] = []

    def other() -> None:
        try:
            second.append(housekeeping.run_if_due(at=at))
        finally:
            connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [housekeeping.LOCK])
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert second == [False]
    assert housekeeping.run_if_due(at=at)
    cache.delete(housekeeping.DONE_KEY)

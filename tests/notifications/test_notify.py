"""Telling somebody: once by key, in the caller's transaction, through every active channel."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from linglou.engines.notifications import access, actions, queries
from linglou.engines.notifications.models import Delivery, Notification
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem
from tests.factories.notifications import channel
from tests.factories.people import Campus, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def message(campus: Campus, key: str, **changes: object) -> actions.Message:
    fields: dict[str, object] = {"key": key, "subject": "题", "body": "文", "person_id": campus.counsellor.pk}
    return actions.Message(**(fields | changes))  # type: ignore[arg-type]


def test_the_same_key_tells_once(campus: Campus) -> None:
    school_id = campus.school.pk
    at = clock.now()
    channel("json://127.0.0.1:9/", person=campus.counsellor)
    channel("json://127.0.0.1:9/", person=campus.counsellor).delete()
    sent = [
        actions.notify_many(school_id=school_id, topic="t", messages=[message(campus, key) for key in keys], at=at)
        for keys in ("ab", "bc", "")
    ]
    assert sent == [2, 1, 0]
    assert Notification.objects.count() == Delivery.objects.count() == 3
    assert queries.pending_count() == 3


def test_a_unit_message_goes_to_the_units_group_and_to_nobodys_inbox(campus: Campus) -> None:
    group = channel("json://127.0.0.1:9/", unit=campus.classes[0])
    channel("json://127.0.0.1:9/", unit=campus.classes[1])
    channel("json://127.0.0.1:9/", person=campus.counsellor)
    actions.notify_many(
        school_id=campus.school.pk, topic="t", at=clock.now(),
        messages=[message(campus, "k", person_id=None, unit_id=campus.classes[0].pk)],
    )  # fmt: skip
    assert list(Delivery.objects.values_list("channel", flat=True)) == [group.pk]
    assert queries.unread_count(campus.counsellor.pk) == 0


def test_it_is_gone_with_the_transaction_that_told_it(campus: Campus) -> None:
    def told_and_rolled_back() -> None:
        with transaction.atomic():
            actions.notify_many(school_id=campus.school.pk, topic="t", messages=[message(campus, "k")], at=clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        told_and_rolled_back()
    assert Notification.objects.count() == 0


def test_reading_one_and_reading_all(campus: Campus) -> None:
    at = clock.now()
    mine = campus.counsellor.pk
    for n, key in enumerate("abc"):
        actions.notify_many(
            school_id=campus.school.pk, topic="t", messages=[message(campus, key)], at=at + timedelta(seconds=n)
        )
    latest = queries.inbox(mine)[0]
    assert latest.key == "c"
    assert actions.mark_read(person_id=campus.secretary.pk, notification_id=latest.pk, at=at) == 0
    assert actions.mark_read(person_id=mine, notification_id=latest.pk, at=at) == 1
    assert actions.mark_read(person_id=mine, notification_id=latest.pk, at=at) == 0
    assert queries.unread_count(mine) == 2
    assert actions.mark_read(person_id=mine, at=at) == 2
    assert queries.unread_count(mine) == 0


def test_a_message_is_only_its_readers(campus: Campus) -> None:
    actions.notify_many(school_id=campus.school.pk, topic="t", messages=[message(campus, "k")], at=clock.now())
    one = Notification.objects.get()
    assert access.notification_for(actor(campus.counsellor), one.pk) == one
    with pytest.raises(Problem) as refused:
        access.notification_for(actor(campus.secretary), one.pk)
    assert refused.value.kind is NOT_FOUND


def test_old_messages_are_purged_with_their_deliveries(campus: Campus) -> None:
    at = clock.now()
    channel("json://127.0.0.1:9/", person=campus.counsellor)
    for days, key in ((100, "old"), (1, "new")):
        actions.notify_many(
            school_id=campus.school.pk, topic="t", messages=[message(campus, key)], at=at - timedelta(days=days)
        )
    actions.purge(before=at - timedelta(days=90))
    assert [one.key for one in Notification.objects.all()] == ["new"]
    assert Delivery.objects.count() == 1

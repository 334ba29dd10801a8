"""A membership's person and unit, and a person's school, exist: checked once per statement, as strictly as a foreign key would."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from linglou.foundation.people import actions
from linglou.foundation.people.models import Membership, Person
from linglou.kernel import clock
from tests.factories.people import Campus, person

pytestmark = pytest.mark.django_db
NOBODY = 2**40


@pytest.fixture
def campus() -> Campus:
    return Campus()


def membership(campus: Campus, **wrong: int) -> Membership:
    at = clock.now()
    values = {"person_id": person(campus.college).pk, "unit_id": campus.classes[0].pk} | wrong
    return Membership(school=campus.school, tree="residence", starts_at=at, recorded_at=at, **values)


@pytest.mark.parametrize("wrong", [{"person_id": NOBODY}, {"unit_id": NOBODY}])
def test_a_membership_of_nobody_or_nowhere_is_refused(campus: Campus, wrong: dict[str, int]) -> None:
    good = [membership(campus) for _ in range(3)]
    with pytest.raises(IntegrityError, match="does not exist"), transaction.atomic():
        Membership.objects.bulk_create([*good, membership(campus, **wrong)])
    assert not Membership.objects.filter(tree="residence", person__in=[one.person_id for one in good]).exists()
    Membership.objects.bulk_create(good)


def test_a_person_of_no_school_is_refused(campus: Campus) -> None:
    with pytest.raises(IntegrityError, match="does not exist"), transaction.atomic():
        Person.objects.create(school_id=NOBODY, number="1", name="王伟", kind="student", created_at=clock.now())


def test_a_person_stays_in_their_school(campus: Campus) -> None:
    one = person(campus.college)
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        Person.objects.filter(pk=one.pk).update(school=campus.college)


@pytest.mark.parametrize("table", ["people_person", "people_unit"])
def test_what_is_referred_to_cannot_be_deleted(campus: Campus, table: str) -> None:
    stays = person(campus.college)
    goes = Person.objects.create(school=campus.school, number="gone", name="王伟", kind="student", created_at=clock.now())
    room = actions.open_unit(parent=campus.college, tree="administration", kind="class", name="新班", at=clock.now(), by=None)
    actions.join(person=stays, unit=room, at=clock.now(), by=None)
    used = {"people_person": stays.pk, "people_unit": room.pk}[table]
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="still refers"), transaction.atomic():
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [used])
        with pytest.raises(IntegrityError, match="still refers"), transaction.atomic():
            cursor.execute(f"UPDATE {table} SET id = %s WHERE id = %s", [NOBODY, used])
        cursor.execute("DELETE FROM people_person WHERE id = %s", [goes.pk])
    assert not Person.objects.filter(pk=goes.pk).exists()

"""The first roster of a school is written without its indexes, which stand again afterwards, whatever happens."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection

from linglou.foundation.people.models import Person, Unit
from linglou.foundation.people.roster_import import actions, apply, rebuilding
from linglou.kernel import clock
from tests.factories import people, rosters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "WORTH_IT", 1)


@pytest.fixture
def school() -> Unit:
    return people.school()


def indexes() -> set[tuple[str, str]]:
    """With the keys and constraints that rest on them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%(tables)s) UNION ALL "
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ANY(%(tables)s::regclass[])",
            {"tables": ["people_person", "people_membership", "audit_entry"]},
        )
        return set(cursor.fetchall())


def created(monkeypatch: pytest.MonkeyPatch, school: Unit, count: int = 6) -> list[str]:
    """The indexes and constraints built while a roster was imported."""
    built: list[str] = []

    def watch(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if str(sql).startswith("CREATE INDEX"):
            built.append(str(sql).split()[2])
        if "ADD CONSTRAINT" in str(sql):
            built.append(str(sql).split()[5])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        rosters.applied(school, rosters.xlsx(rosters.table(count)))
    return built


def test_every_index_stands_again(monkeypatch: pytest.MonkeyPatch, school: Unit) -> None:
    before = indexes()
    built = created(monkeypatch, school)
    assert {"person_by_pinyin", "person_by_phone", "membership_by_unit"} <= set(built)
    assert {"person_number_once", "people_membership_pkey", "audit_entry_pkey"} <= set(built)
    assert "people_person_pkey" not in built, "foreign keys rest on it"
    assert indexes() == before
    assert Person.objects.filter(school=school).count() == 6


def test_a_unique_index_is_checked_when_it_is_built_again(monkeypatch: pytest.MonkeyPatch, school: Unit) -> None:
    job = rosters.previewed(school, rosters.xlsx(rosters.table(6)))
    twice = f"WITH once AS ({apply.JOIN_SQL.split('--')[0]} RETURNING 1) {apply.JOIN_SQL}"
    monkeypatch.setattr(apply, "JOIN_SQL", twice)
    job = actions.request_apply(job, at=clock.now(), by=None, leavers=None)
    with pytest.raises(IntegrityError, match="membership_one_open_per_tree"):
        actions.apply_now(job, at=clock.now(), by=None)
    assert not Person.objects.filter(school=school).exists()


def test_a_constraint_is_checked_when_it_is_built_again(monkeypatch: pytest.MonkeyPatch, school: Unit) -> None:
    before = indexes()
    job = rosters.previewed(school, rosters.xlsx(rosters.table(6)))
    monkeypatch.setattr(
        apply, "NEW_PERSONS_SQL", apply.NEW_PERSONS_SQL.replace("(school_id)s, number,", "(school_id)s, 'same',")
    )
    job = actions.request_apply(job, at=clock.now(), by=None, leavers=None)
    with pytest.raises(IntegrityError, match="person_number_once"):
        actions.apply_now(job, at=clock.now(), by=None)
    assert indexes() == before
    assert not Person.objects.filter(school=school).exists()


def test_a_table_with_more_in_it_keeps_its_indexes(monkeypatch: pytest.MonkeyPatch, school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(6)))
    assert created(monkeypatch, school, count=8) == []


def test_a_table_in_use_keeps_its_indexes(monkeypatch: pytest.MonkeyPatch, school: Unit) -> None:
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("LOCK TABLE people_person IN ACCESS SHARE MODE")
        built = created(monkeypatch, school)
    assert built
    assert not [name for name in built if name.startswith("person_")]
    assert Person.objects.filter(school=school).count() == 6


def test_a_failure_leaves_them_as_they_were(monkeypatch: pytest.MonkeyPatch, school: Unit) -> None:
    before = indexes()
    job = rosters.previewed(school, rosters.xlsx(rosters.table(6)))
    monkeypatch.setattr(apply, "JOIN_SQL", "SELECT 1 / 0")
    job = actions.request_apply(job, at=clock.now(), by=None, leavers=None)
    with pytest.raises(DatabaseError):
        actions.apply_now(job, at=clock.now(), by=None)
    assert indexes() == before
    assert not Person.objects.filter(school=school).exists()

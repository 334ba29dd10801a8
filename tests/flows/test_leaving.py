"""Whoever leaves the school loses the account on the day they leave, and gets it back when they return."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from linglou.flows import leaver_loses_account as flow
from linglou.foundation.access.roles import Role
from linglou.foundation.accounts import actions as accounts
from linglou.foundation.accounts.models import Account, ApiToken
from linglou.foundation.accounts.problems import ACTIVATION_REFUSED
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Person, Tree
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import PASSWORD, account, browser, token
from tests.factories.people import Campus, actor, holder


@pytest.fixture
def campus(db: None) -> Iterator[Campus]:
    cache.clear()
    yield Campus()
    cache.clear()


def leaves(who: Person, *, since: datetime | None = None) -> None:
    people.leave(person=who, tree=Tree.ADMINISTRATION, at=clock.now(), by=None, since=since)


def can_log_in(who: Person) -> bool:
    client = Client()
    client.post("/account/login/", {"login": account(who).login, "password": PASSWORD})
    return "_auth_user_id" in client.session


def bearer(secret: str) -> int:
    return Client().get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code


def test_log_in_sessions_and_tokens_end_and_nobody_elses_do(campus: Campus) -> None:
    leaver, other = campus.students[1], campus.students[2]
    logged_in, others, secret = browser(leaver), browser(other), token(leaver)
    assert flow.run(at=clock.now()) == 0
    assert (can_log_in(leaver), logged_in.get("/account/").status_code, bearer(secret)) == (True, 200, 200)
    leaves(leaver)
    assert flow.run(at=clock.now()) == 1
    assert flow.run(at=clock.now()) == 0
    assert (can_log_in(leaver), logged_in.get("/account/").status_code, bearer(secret)) == (False, 302, 401)
    assert (can_log_in(other), others.get("/account/").status_code) == (True, 200)
    assert Entry.objects.filter(action="account.end", subject_person_id=leaver.pk).count() == 1


def test_a_code_that_waits_cannot_be_used_any_more(campus: Campus) -> None:
    leaver = campus.students[1]
    issuer = actor(holder(Role.ADMINISTRATOR, campus.school))
    code = accounts.issue_code(person=leaver, days=7, drop_second_factor=False, at=clock.now(), by=issuer).code
    leaves(leaver)
    assert flow.run(at=clock.now()) == 1
    with pytest.raises(Problem) as refused:
        accounts.activate(number=leaver.number, code=code, password=PASSWORD, at=clock.now() + timedelta(seconds=1))
    assert refused.value.kind is ACTIVATION_REFUSED


def test_an_end_that_was_planned_takes_effect_on_its_day(campus: Campus) -> None:
    leaver = campus.students[1]
    account(leaver)
    last_day = clock.now() + timedelta(days=3)
    leaves(leaver, since=last_day)
    assert flow.run(at=clock.now()) == 0
    assert flow.run(at=last_day - timedelta(minutes=61)) == 0
    assert flow.run(at=last_day + timedelta(minutes=61)) == 1
    assert not can_log_in(leaver)


def test_who_comes_back_logs_in_with_the_password_they_had_but_tokens_stay_revoked(campus: Campus) -> None:
    leaver = campus.students[1]
    secret = token(leaver)
    leaves(leaver)
    flow.run(at=clock.now())
    people.join(person=leaver, unit=campus.classes[1], at=clock.now(), by=None)
    assert flow.run(at=clock.now()) == 1
    assert (can_log_in(leaver), bearer(secret)) == (True, 401)
    assert Account.objects.get(person=leaver).left_at is None
    assert Entry.objects.filter(action="account.restore", subject_person_id=leaver.pk).exists()


def test_who_changes_class_keeps_the_account(campus: Campus) -> None:
    mover = campus.students[1]
    account(mover)
    people.join(person=mover, unit=campus.classes[1], at=clock.now(), by=None)
    assert flow.run(at=clock.now()) == 0
    assert can_log_in(mover)


def test_an_account_that_was_ended_for_another_reason_does_not_come_back(campus: Campus) -> None:
    leaver = campus.students[1]
    Account.objects.filter(pk=account(leaver).pk).update(is_active=False)
    leaves(leaver)
    flow.run(at=clock.now())
    people.join(person=leaver, unit=campus.classes[1], at=clock.now(), by=None)
    assert flow.run(at=clock.now()) == 0
    assert not can_log_in(leaver)


@pytest.mark.parametrize(("role", "ends"), [(Role.GUARDIAN, 0), (Role.ADMINISTRATOR, 0), (Role.COUNSELLOR, 1)])
def test_a_guardian_and_an_administrator_stay_a_counsellor_who_left_does_not(campus: Campus, role: Role, ends: int) -> None:
    leaver = holder(role, campus.school) if role is Role.ADMINISTRATOR else holder(Role.COUNSELLOR, campus.classes[1])
    account(leaver)
    if role is Role.GUARDIAN:
        people.appoint(person=leaver, role=role, ward=campus.students[0], at=clock.now(), by=None)
    leaves(leaver)
    assert flow.run(at=clock.now()) == ends
    assert Account.objects.get(person=leaver).is_active is (ends == 0)


def test_a_class_that_graduates_goes_in_batches(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "BATCH", 2)
    for student in campus.students[1:]:
        account(student)
        leaves(student)
    assert [flow.run(at=clock.now()) for _tick in range(4)] == [2, 2, 1, 0]
    assert ApiToken.objects.count() == 0

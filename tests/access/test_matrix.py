"""Every address, asked by everybody, here, next door and elsewhere: the table of ``matrix.py`` holds, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.access import walk
from tests.access.matrix import MEANT, ROWS, SAME_EVERYWHERE, SCHOOL_MATTERS, SENT
from tests.access.matrix.who import ANONYMOUS, PUBLIC, ROLES, SCHOOL_WIDE, SIGNED_IN
from tests.access.walk import Address
from tests.access.world import (
    CARE_NOTE,
    CONFIDED,
    CONTACT_NOTE,
    DIAGNOSIS,
    HOSPITAL,
    ID_NUMBER,
    LABORATORY,
    MISSING_NAME,
    NAME,
    NOTE,
    PHONE,
    SORROW,
    TEMPERATURE,
    WHERE,
    WHEREABOUTS,
    School,
    own,
    people_of,
)
from tests.factories.accounts import browser

pytestmark = pytest.mark.django_db  # inside the module's own transaction, in which the world is made once
EVERYBODY = sorted(PUBLIC)
OWN = {"notification_id", "channel_id", "token_id"}
REFUSED = {"403", "404"}


CLINICAL = {LABORATORY, CONTACT_NOTE}  # for whoever treats and reports alone
HEALTH = {NOTE, CARE_NOTE, TEMPERATURE, HOSPITAL, WHERE, WHEREABOUTS, DIAGNOSIS} | CLINICAL
SYMPTOM = "咳嗽"
KEPT_FROM: dict[str, set[str]] = {
    "class-monitor": HEALTH | {PHONE, ID_NUMBER, SYMPTOM},
    "room-head": HEALTH | {PHONE, ID_NUMBER, SYMPTOM},
    "branch-secretary": HEALTH | {PHONE, ID_NUMBER, SYMPTOM},
    "counselling": HEALTH | {ID_NUMBER, SYMPTOM},
    "logistics": HEALTH | {PHONE, ID_NUMBER, SYMPTOM, NAME, MISSING_NAME},
    "gate": HEALTH | {PHONE, ID_NUMBER, SYMPTOM, NAME, MISSING_NAME},
    "authority-viewer": HEALTH | {PHONE, ID_NUMBER, SYMPTOM, NAME, MISSING_NAME},
    "administrator": HEALTH | {PHONE, ID_NUMBER, SYMPTOM},
    "auditor": HEALTH | {PHONE, ID_NUMBER, SYMPTOM},
    "counsellor": CLINICAL,
    "command-group": {ID_NUMBER, DIAGNOSIS, *CLINICAL},
    "dean": {ID_NUMBER, DIAGNOSIS, *CLINICAL},
    "college-secretary": {ID_NUMBER, *CLINICAL},
    "student": HEALTH | {PHONE, ID_NUMBER, NAME},
    ANONYMOUS: HEALTH | {PHONE, ID_NUMBER, SYMPTOM, NAME, MISSING_NAME},
}
# What somebody said about how they feel is for the counselling centre alone.
for role in {*ROLES, "student", ANONYMOUS} - {"counselling"}:
    KEPT_FROM.setdefault(role, set()).add(SORROW)
# What was said to the counselling centre is kept from everybody else, whatever else they may know.
SELF_HARM_SAID = "提到不如死掉或伤害自己的念头"
for _role in PUBLIC - {"counselling"}:
    KEPT_FROM[_role] = KEPT_FROM.get(_role, set()) | {CONFIDED, SELF_HARM_SAID}
# The form of one's own report, and the rules by which it is judged, name every symptom there is.
NAMES_SYMPTOMS = {
    "daily:report", "daily:report_for", "rulebook:rules", "rulebook:disease", "rulebook:school", "api:current_rounds", "daily:form", "daily:new_form",
    "ui:gallery",
}  # fmt: skip


class World:
    """Two schools, and a browser for everybody in the first."""

    def __init__(self) -> None:
        self.here, self.elsewhere = School(), School()
        people = people_of(self.here)
        self.own = {role: own(person) for role, person in people.items()}
        self.theirs = own(self.elsewhere.patient)
        self.browsers = {role: browser(person) for role, person in people.items()} | {ANONYMOUS: Client()}

    def ask(self, role: str, method: str, address: Address, objects: Mapping[str, Any]) -> HttpResponse:
        meant = {parameter: objects[other] for parameter, other in MEANT.get(address.name, {}).items()}
        path = address.path({**objects, **meant})
        known = {**objects, **meant}
        sent: dict[str, Any] = {
            name: [one.format_map(known) for one in value] if isinstance(value, list) else str(value).format_map(known)
            for name, value in SENT.get((address.name, method), {}).items()
        }
        if address.is_api:
            sent = {
                name: int(value) if name.endswith("_id") and str(value).isdigit() else value for name, value in sent.items()
            }
        if "file" in sent:
            sent["file"] = SimpleUploadedFile(sent["file"], "学号,姓名\n20240001,张三".encode())
        return walk.ask(self.browsers[role], method, path, sent)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once: every request is undone, so that nobody finds a changed world."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


def rows(*, with_parameters: bool = False) -> Iterator[tuple[Address, str, frozenset[str]]]:
    for address in walk.addresses():
        if not with_parameters or address.parameters:
            for method, who in ROWS[address.name].items():
                yield address, method, who


def refusal(role: str) -> set[str]:
    return {"login", "404"} if role == ANONYMOUS else REFUSED


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    names = [address.name for address in walk.addresses()]
    assert sorted(set(names)) == sorted(ROWS)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("role", EVERYBODY)
def test_here(world: World, role: str) -> None:
    """The row holds; and what a role must not know stands in no byte of any page, file or answer, refused or not."""
    objects = world.here.objects() | world.own.get(role, world.theirs)
    wrong, leaks = [], []
    for address, method, who in rows():
        response = world.ask(role, method, address, objects)
        got = walk.outcome(response)
        expected = {"ok"} if role in who else refusal(role)
        if got not in expected:
            wrong.append(f"{method} {address.name}: {got}, not {' or '.join(sorted(expected))}")
        said = walk.text(response)
        kept = KEPT_FROM.get(role, set()) - ({SYMPTOM} if address.name in NAMES_SYMPTOMS else set())
        leaks += [f"{method} {address.name}: {secret}" for secret in sorted(kept) if secret in said]
    assert wrong == [], "\n".join(wrong)
    assert leaks == [], "\n".join(leaks)


@pytest.mark.parametrize("role", sorted(SIGNED_IN))
def test_next_door(world: World, role: str) -> None:
    """Another college is there for those whose scope is the school, and does not exist for the others."""
    objects = world.here.objects(next_door=True) | world.own.get(role, world.theirs)
    wrong = []
    for address, method, who in rows(with_parameters=True):
        if address.name in SAME_EVERYWHERE | SCHOOL_MATTERS or OWN & set(address.parameters):
            continue
        if role not in who:
            continue
        got = walk.outcome(world.ask(role, method, address, objects))
        expected = {"ok"} if role in SCHOOL_WIDE else {"404"}
        if got not in expected:
            wrong.append(f"{method} {address.name}: {got}, not {' or '.join(sorted(expected))}")
    assert wrong == []


@pytest.mark.parametrize("role", sorted(SIGNED_IN))
def test_elsewhere(world: World, role: str) -> None:
    """Nothing of another school exists, also for those who may do the same here."""
    objects = world.elsewhere.objects() | world.theirs
    wrong = []
    for address, method, who in rows(with_parameters=True):
        if role in who and address.name not in SAME_EVERYWHERE:
            got = walk.outcome(world.ask(role, method, address, objects))
            if got != "404":
                wrong.append(f"{method} {address.name}: {got}, not 404")
    assert wrong == []


@pytest.mark.parametrize("role", ["administrator", "prevention-office", "student"])
def test_no_other_method_is_answered(world: World, role: str) -> None:
    objects = world.here.objects() | world.own[role]
    taken: dict[str, set[str]] = {}
    for address in walk.addresses():
        taken.setdefault(address.path(objects), set()).update(ROWS[address.name])
    wrong = []
    for address in walk.addresses():
        if address.name.startswith(("mfa_", "account_")):
            continue  # allauth asks who you are again before it looks at the method
        for method in set(walk.METHODS) - taken[address.path(objects)]:
            got = walk.outcome(world.ask(role, method, address, objects))
            if got not in {"405", *REFUSED}:
                wrong.append(f"{method} {address.name}: {got}")
    assert wrong == []


def test_the_leak_test_can_see(world: World) -> None:
    """Those who may know find each of the secrets somewhere: a test that looks in the wrong place would find none."""
    unseen = {NOTE, TEMPERATURE, HOSPITAL, LABORATORY, DIAGNOSIS, CONTACT_NOTE, PHONE, ID_NUMBER, NAME, MISSING_NAME, SYMPTOM}
    unseen |= {CONFIDED, SELF_HARM_SAID}
    for role in ("counsellor", "clinic", "prevention-office", "counselling"):
        objects = world.here.objects() | world.own[role]
        for address, method, _who in rows():
            said = walk.text(world.ask(role, method, address, objects))
            unseen = {secret for secret in unseen if secret not in said}
            if not unseen:
                return
    assert unseen == set()

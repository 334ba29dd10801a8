"""Load the demo: campus, accounts, the days behind us, and this morning as it stands now."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from linglou.demo import outbreak, returns, stays
from linglou.demo.campus import Builder, Campus
from linglou.demo.mornings import Mornings
from linglou.foundation.access.roles import Role
from linglou.foundation.accounts import actions as accounts
from linglou.foundation.people.models import Person
from linglou.kernel import clock

PASSWORD = "linglou-demo"
DAYS_BEHIND = 4
TERM_DAYS = 80
SEED = 20261123


def load(*, people: int) -> None:
    """Everything or nothing. Writes ``demo.json`` (accounts, password, time zone) beside the data once it is there."""
    at = clock.now()
    dice = random.Random(SEED)
    with transaction.atomic():
        campus = Builder(people=people, at=at - timedelta(days=TERM_DAYS), dice=dice).build()
        listed = open_accounts(campus)
        Mornings(campus, dice=dice, now=at).play(days_behind=DAYS_BEHIND)
        stays.play(school=campus.school, at=at)
        returns.play(campus, dice=dice, now=at)
        outbreak.play(campus, now=at)
    note = {
        "school": campus.school.name, "people": people, "zone": settings.TIME_ZONE, "password": PASSWORD, "accounts": listed,
    }  # fmt: skip
    (Path(settings.DATA) / "demo.json").write_text(json.dumps(note, ensure_ascii=False, indent=1))


def open_accounts(campus: Campus) -> list[dict[str, str]]:
    """One account per role, and one ordinary student."""
    cast: list[tuple[str, Person]] = [("学生", campus.visitor)]
    cast += [(role.label, campus.holders[role]) for role in Role]
    listed, opened = [], set()
    for label, person in cast:
        if person.pk not in opened:
            accounts.create_account(person=person, password=PASSWORD, at=campus.school.opened_at, by=None)
            opened.add(person.pk)
        listed.append({"role": label, "login": person.number, "name": person.name})
    return listed

"""Load the demo: campus, accounts, the days behind us, and this morning as it stands now."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from linglou.demo import absences, command, outbreak, returns, stays
from linglou.demo.campus import Builder, Campus
from linglou.demo.care import Carers
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
        listed = open_accounts(cast_of(campus), at=campus.school.opened_at)
        Mornings(campus, dice=dice, now=at).play(days_behind=DAYS_BEHIND)
        stays.play(school=campus.school, at=at)
        connection.cursor().execute("ANALYZE")  # all of it is this transaction's own: nobody else has told the planner its size
        returns.play(campus, dice=dice, now=at)
        carers = Carers(campus, dice=dice, now=at)
        outbreak.play(campus, carers, now=at)
        carers.tell()
        if carers.watched:
            listed += open_accounts([("医学观察中的学生", carers.watched)], at=campus.school.opened_at)
        absences.play(campus, now=at)
        command.play(campus, now=at)
    note = {
        "school": campus.school.name, "people": people, "zone": settings.TIME_ZONE, "password": PASSWORD, "accounts": listed,
    }  # fmt: skip
    (Path(settings.DATA) / "demo.json").write_text(json.dumps(note, ensure_ascii=False, indent=1))


def cast_of(campus: Campus) -> list[tuple[str, Person]]:
    """One ordinary student, and a holder of each role."""
    return [("学生", campus.visitor), *((role.label, campus.holders[role]) for role in Role)]


def open_accounts(cast: list[tuple[str, Person]], *, at: datetime) -> list[dict[str, str]]:
    """An account for each of them, with the demo's password; how they log in."""
    listed, opened = [], set()
    for label, person in cast:
        if person.pk not in opened:
            accounts.create_account(person=person, password=PASSWORD, at=at, by=None)
            opened.add(person.pk)
        listed.append({"role": label, "login": person.number, "name": person.name})
    return listed

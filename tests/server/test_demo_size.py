"""The smallest demo campus is a whole one: everybody the announcement names is there, and its days add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from linglou.demo.load import DAYS_BEHIND, load
from linglou.engines.rounds.models import Closing, Round, UnitCount
from linglou.foundation.access.roles import Role
from linglou.foundation.accounts.models import Account
from linglou.foundation.people.models import Person, PersonKind
from linglou.server import prepare, supervisor


@pytest.mark.django_db
@pytest.mark.parametrize("people", [supervisor.FEWEST_PEOPLE, 130])
def test_a_small_campus(people: int, tmp_path: Path, settings: Settings) -> None:
    settings.DATA = tmp_path
    assert not prepare.has_school()
    load(people=people)
    assert prepare.has_school()
    note = json.loads((tmp_path / "demo.json").read_text())
    watched = [entry for entry in note["accounts"] if entry["role"] == "医学观察中的学生"]
    assert len(watched) == (1 if people > supervisor.FEWEST_PEOPLE else 0)  # the smallest is too small for an outbreak
    assert len(note["accounts"]) == 1 + len(Role) + len(watched)
    assert Account.objects.count() >= len(Role)
    assert Person.objects.exclude(kind=PersonKind.GUARDIAN).count() == people
    assert Closing.objects.exists()
    assert Round.objects.count() >= 3 * DAYS_BEHIND
    assert all(row.missing >= 0 and row.roster for row in UnitCount.objects.all())

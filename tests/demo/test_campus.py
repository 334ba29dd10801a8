"""The demo campus is a believable one: it adds up, its past is closed, its morning runs, and whoever is on the card can log in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db.models import F

from linglou.demo.load import DAYS_BEHIND, load
from linglou.domains.signals.models import Signal
from linglou.domains.surveillance.models import Alert
from linglou.engines.rounds import verify
from linglou.engines.rounds.models import Closing, Response, Round, State, UnitCount
from linglou.engines.tasks.models import Task
from linglou.flows import signal_counts_towards_thresholds, threshold_reached_opens_task
from linglou.foundation.access.roles import Role
from linglou.foundation.people import chain_audit
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock, identity

pytestmark = pytest.mark.django_db
PEOPLE = 120


@pytest.fixture
def note(settings: Any, tmp_path: Path) -> dict[str, Any]:
    settings.DATA = tmp_path
    load(people=PEOPLE)
    read: dict[str, Any] = json.loads((tmp_path / "demo.json").read_text())
    return read


def test_the_demo_adds_up(note: dict[str, Any]) -> None:
    school = Unit.objects.get(kind="school")
    assert (note["school"], note["people"]) == (school.name, PEOPLE)
    assert Person.objects.filter(kind__in=("student", "staff")).count() == PEOPLE

    # one open round and the closed days behind us, for students, staff and colleges
    today = clock.day_of(clock.now())
    assert Round.objects.filter(state=State.CLOSED, day__lt=today).count() == 3 * DAYS_BEHIND
    assert Closing.objects.count() == Round.objects.filter(state=State.CLOSED).count()
    assert all(found == [] for _closing, found in verify.verify_school(school.pk))
    for running in Round.objects.filter(state=State.OPEN):
        counted = UnitCount.objects.get(round_id=running.pk, unit_id=school.pk)
        assert counted.responded == Response.objects.filter(round_id=running.pk).count()
    assert not UnitCount.objects.filter(roster__lt=F("responded") + F("excused")).exists()

    # what a visitor is shown: somebody missing is looked for, the audit has one hole, nobody's number is a real one
    assert Task.objects.filter(kind="missing").exists()
    assert not Signal.objects.exclude(person__school=school).exists()
    assert chain_audit.run(school, at=clock.now()).counts["class-without-monitor"] == 1
    assert not [one.id_number for one in Person.objects.all() if one.id_number[:2] in identity.PROVINCES]


def test_this_morning_a_class_has_reached_a_threshold(note: dict[str, Any]) -> None:
    at = clock.now()
    signal_counts_towards_thresholds.run(at=at)
    threshold_reached_opens_task.run(at=at)
    today = Alert.objects.filter(rule_id="SCH-2006-1", counted="symptoms=fever", last_day=clock.day_of(at))
    has_begun = Round.objects.filter(purpose="daily-health", day=clock.day_of(at)).exists()  # not so just after midnight
    assert today.filter(scope="class", n__gte=3).exists() == has_begun


def test_the_secretaries_have_confirmed_their_colleges_but_for_one_or_two_of_today(note: dict[str, Any]) -> None:
    school = Unit.objects.get(kind="school")
    for round_ in Round.objects.filter(asks="units"):
        counted = UnitCount.objects.get(round_id=round_.pk, unit_id=school.pk)
        waiting = counted.roster - counted.responded
        assert waiting == 0 if round_.state == State.CLOSED else 1 <= waiting <= 2
        given = Response.objects.filter(round_id=round_.pk)
        assert all(one.answers["abnormal"] == one.answers["counted"] for one in given)
        assert all(round_.opens_at <= one.first_at <= min(round_.closes_at, clock.now()) for one in given)


def test_everybody_on_the_card_can_log_in(note: dict[str, Any]) -> None:
    assert {entry["role"] for entry in note["accounts"]} == {role.label for role in Role} | {"学生", "医学观察中的学生"}
    for entry in note["accounts"][:2]:
        assert authenticate(None, login=entry["login"], username=entry["login"], password=note["password"]) is not None

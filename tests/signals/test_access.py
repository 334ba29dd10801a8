"""Who sees and handles which signal."""

from __future__ import annotations

import pytest

from linglou.domains.signals import access, actions, queries, words
from linglou.domains.signals.models import Signal
from linglou.domains.signals.problems import NOT_THAT_STATE
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT, NOT_ALLOWED, NOT_FOUND
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor, holder, unit
from tests.factories.signals import new_signal, record, signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def someone(campus: Campus, role: str) -> Person:
    named = {
        "counsellor": campus.counsellor, "college-secretary": campus.secretary, "prevention-office": campus.office,
        "command-group": campus.command, "class-monitor": campus.monitor, "student": campus.students[5],
    }  # fmt: skip
    where = {"dean": campus.college, "room-head": campus.rooms[0]}
    if role == "branch-secretary":
        where[role] = unit(unit(campus.school, "committee"), "branch")
    return named.get(role) or holder(Role(role), where.get(role, campus.school))


@pytest.mark.parametrize(
    ("role", "sees", "handles"),
    [
        ("counsellor", True, True), ("college-secretary", True, True), ("dean", True, False), ("clinic", True, True),
        ("prevention-office", True, True), ("command-group", True, False),
        ("class-monitor", False, False), ("room-head", False, False), ("branch-secretary", False, False),
        ("counselling", False, False), ("logistics", False, False), ("gate", False, False), ("auditor", False, False),
        ("authority-viewer", False, False), ("administrator", False, False), ("student", False, False),
    ],
)  # fmt: skip
def test_by_post(campus: Campus, role: str, sees: bool, handles: bool) -> None:
    one = signal(campus.students[0], campus.classes[0])
    by = actor(someone(campus, role))
    if sees:
        assert access.signal_for(by, one.pk) == one
    else:
        with pytest.raises(Problem) as hidden:
            access.signal_for(by, one.pk)
        assert hidden.value.kind is NOT_FOUND
    assert access.user_can_handle(by, one) is handles
    if handles:
        access.check_user_can_handle(by, one)
    else:
        with pytest.raises(Problem) as refused:
            access.check_user_can_handle(by, one)
        assert refused.value.kind is NOT_ALLOWED


def test_another_class_and_another_school_stay_out_of_sight(campus: Campus) -> None:
    mine, other = signal(campus.students[0], campus.classes[0]), signal(campus.students[3], campus.classes[1])
    elsewhere = Campus()
    signal(elsewhere.students[0], elsewhere.classes[0])
    assert list(access.visible_signals(actor(campus.counsellor))) == [mine]
    nurse = actor(holder(Role.CLINIC, campus.school))
    assert set(access.visible_signals(nurse)) == {mine, other}


def test_the_worst_come_first_and_among_them_the_longest_waiting(campus: Campus) -> None:
    mild, urgent, later = record(
        new_signal(campus.students[0], campus.classes[0], severity=2),
        new_signal(campus.students[1], campus.classes[0], severity=3),
        new_signal(campus.students[2], campus.classes[0], severity=2),
    )
    by = actor(campus.office)
    assert list(queries.listed(by)) == [urgent, mild, later]
    assert list(queries.listed(by, severity=3)) == [urgent]
    assert list(queries.listed(by, unit=campus.classes[1])) == []
    Signal.objects.filter(pk=mild.pk).update(state="settled")
    assert list(queries.listed(by)) == [urgent, later]
    assert list(queries.listed(by, state="settled")) == [mild]
    assert queries.counts(by) == queries.Counts(new=2, handling=0, settled=1, revised=0, urgent=1)
    assert queries.counts(by, unit=campus.classes[1]).unfinished == 0


def test_a_filter_by_a_unit_out_of_scope_is_no_filter(campus: Campus) -> None:
    by = actor(campus.counsellor)
    assert queries.unit_to_filter_by(by, str(campus.classes[0].pk)) == campus.classes[0]
    for asked in (str(campus.classes[1].pk), str(campus.school.pk), "x", "", None):
        assert queries.unit_to_filter_by(by, asked) is None
    assert queries.units_to_choose(by) == [campus.classes[0]]
    assert queries.units_to_choose(actor(campus.office)) == campus.classes
    assert queries.units_to_choose(actor(campus.students[5])) == []


def test_every_look_leaves_a_trail(campus: Campus) -> None:
    one = signal(campus.students[0], campus.classes[0])
    by = actor(campus.counsellor)
    queries.rows(by, [one], at=clock.now())
    queries.detail(by, one, at=clock.now())
    read = Entry.objects.filter(subject_person_id=campus.students[0].pk, is_read=True, actor_id=by.person_id)
    assert sorted(read.values_list("action", flat=True)) == [
        "person.read-contact",
        "response.read",
        "signal.list",
        "signal.read",
    ]


def test_handling_and_settling(campus: Campus) -> None:
    one, by, at = signal(campus.students[0], campus.classes[0]), actor(campus.counsellor), clock.now()
    with pytest.raises(Problem) as early:
        actions.settle(signal=one, outcome="excluded", note="", by=by, at=at)
    assert early.value.kind is NOT_THAT_STATE
    assert actions.handle(signal=one, by=by, at=at).state == "handling"
    with pytest.raises(Problem) as twice:
        actions.handle(signal=one, by=by, at=at)
    assert twice.value.kind is NOT_THAT_STATE
    with pytest.raises(Problem) as unknown:
        actions.settle(signal=one, outcome="nonsense", note="", by=by, at=at)
    assert unknown.value.kind is INVALID_INPUT
    done = actions.settle(signal=one, outcome="excluded", note=" 已复测 ", by=by, at=at)
    assert (done.state, done.outcome, done.note, done.settled_by) == ("settled", "excluded", "已复测", by.person_id)
    trail = Entry.objects.filter(subject_type="signal", subject_id=one.pk).values_list("action", flat=True)
    assert sorted(trail) == ["signal.handle", "signal.settle"]


def test_without_a_teller_the_codes_stand_as_they_are(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_teller", words._Plain())
    one, by = signal(campus.students[0], campus.classes[0]), actor(campus.counsellor)
    shown = queries.detail(by, one, at=clock.now())
    assert (shown.facts, shown.answers) == (["temperature: 38.1"], [])

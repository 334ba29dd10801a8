"""A level is recorded as its preview showed it, and is undone as one step."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from linglou.domains.command.levels import actions, queries
from linglou.domains.command.levels.rules import Standing
from linglou.domains.command.models import Level, LevelChange
from linglou.domains.command.problems import FROM_IN_THE_PAST, NOT_UNDOABLE, NOTHING_CHANGES, PREVIEW_IS_OLD, SAME_MOMENT
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit.models import Entry
from linglou.foundation.rulebook.rules.school import Effects
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Kind, Problem
from tests.factories.command import switch
from tests.factories.people import Campus, actor


class Post:
    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.by: Actor = actor(self.campus.command)

    def holds(self, at: datetime) -> str:
        return queries.in_force(self.campus.school.pk, at).level.value

    def switch(self, level: str, hours: int = 0) -> LevelChange:
        return switch(self.campus, level, at=self.at, from_at=self.at + timedelta(hours=hours))


@pytest.fixture
def post(db: None) -> Post:
    return Post()


def refused(kind: Kind) -> pytest.RaisesExc[Problem]:
    return pytest.RaisesExc(Problem, check=lambda problem: problem.kind is kind)


def test_a_school_that_never_recorded_one_is_at_routine(post: Post) -> None:
    holds = queries.in_force(post.campus.school.pk, post.at)
    assert (holds.level, holds.change, holds.effects.reports_per_day) == (Level.ROUTINE, None, 1)


def test_a_level_holds_from_its_moment_until_the_next(post: Post) -> None:
    post.switch("II", 1)
    post.switch("III", 5)
    hours = [0, 1, 4, 5, 999]
    assert [post.holds(post.at + timedelta(hours=n)) for n in hours] == ["routine", "II", "II", "III", "III"]
    assert [one.standing for one in queries.history(post.campus.school.pk, post.at + timedelta(hours=2))] == [
        Standing.ANNOUNCED, Standing.IN_FORCE,
    ]  # fmt: skip


def test_what_is_switched_is_what_was_previewed(post: Post) -> None:
    shown = queries.preview(post.campus.school.pk, "II", from_at=None, at=post.at)
    effects = shown.profile.effects.model_copy(update={"gate": "closed"})
    actions.save_profile(level="II", effects=effects, by=post.by, at=post.at)
    typed = {"level": "II", "from_at": None, "issuer": "省政府", "document": "通告", "number": "", "by": post.by, "at": post.at}
    with refused(PREVIEW_IS_OLD):
        actions.switch(previewed=shown.fingerprint, **typed)
    again = queries.preview(post.campus.school.pk, "II", from_at=None, at=post.at)
    change = actions.switch(previewed=again.fingerprint, **typed)
    assert Effects.model_validate(change.effects).gate == "closed"
    assert change.profile is not None


def test_a_changed_profile_does_not_touch_a_level_that_holds_and_can_be_switched_to(post: Post) -> None:
    post.switch("III")
    effects = queries.profile(post.campus.school.pk, "III", post.at).effects.model_copy(update={"teaching": "remote"})
    actions.save_profile(level="III", effects=effects, by=post.by, at=post.at)
    assert queries.in_force(post.campus.school.pk, post.at).effects.teaching == "normal"
    post.switch("III", 1)
    assert queries.in_force(post.campus.school.pk, post.at + timedelta(hours=1)).effects.teaching == "remote"


def test_a_switch_is_refused_that_changes_nothing_lies_in_the_past_or_meets_another(post: Post) -> None:
    post.switch("III", 1)
    with refused(NOTHING_CHANGES):
        post.switch("III", 2)
    with refused(SAME_MOMENT):
        post.switch("II", 1)
    with refused(FROM_IN_THE_PAST):
        post.switch("II", -1)
    assert LevelChange.objects.count() == 1


def test_undoing_brings_back_what_held_before_and_keeps_the_record(post: Post) -> None:
    post.switch("III")
    change = post.switch("I", 1)
    later = post.at + timedelta(hours=3)
    actions.undo(change_id=change.pk, reason="文件理解有误", by=post.by, at=later)
    assert post.holds(later) == "III"
    assert post.holds(later - timedelta(hours=1)) == "I"  # as it was
    kept = queries.history(post.campus.school.pk, later)[0]
    assert (kept.standing, kept.undone_by, kept.change.undone_reason) == (
        Standing.UNDONE,
        post.campus.command.name,
        "文件理解有误",
    )
    assert Entry.objects.filter(action="level.undo", subject_id=change.pk).count() == 1


def test_only_what_holds_or_is_to_come_can_be_undone(post: Post) -> None:
    past, holds, coming = post.switch("III"), post.switch("II", 1), post.switch("I", 9)
    at = post.at + timedelta(hours=2)
    with refused(NOT_UNDOABLE):
        actions.undo(change_id=past.pk, reason="x", by=post.by, at=at)
    for change in (holds, coming):
        actions.undo(change_id=change.pk, reason="x", by=post.by, at=at)
        with refused(NOT_UNDOABLE):
            actions.undo(change_id=change.pk, reason="x", by=post.by, at=at)
    assert post.holds(at + timedelta(days=9)) == "III"
    actions.undo(change_id=past.pk, reason="x", by=post.by, at=at)  # it came back, so it can be undone too
    assert post.holds(at) == "routine"


def test_another_school_is_another_matter(post: Post) -> None:
    change, other = post.switch("II"), Campus()
    assert queries.in_force(other.school.pk, post.at).level == Level.ROUTINE
    with refused(NOT_FOUND):
        actions.undo(change_id=change.pk, reason="x", by=actor(other.command), at=post.at)

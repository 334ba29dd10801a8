"""Where a thing would grow too large, or belongs to somebody above, it is refused whole: nothing issued, nothing exported."""

from __future__ import annotations

import pytest

from linglou.foundation.access.actor import Actor, Grant
from linglou.foundation.access.roles import Role
from linglou.foundation.accounts import actions, rules, trail
from linglou.foundation.accounts.models import ActivationCode
from linglou.foundation.accounts.queries import Whom
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.people import Campus, actor, holder

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def test_a_sheet_of_codes_has_a_limit(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    def issue() -> int:
        issued, _passed_over = actions.issue_codes(
            unit=campus.classes[1], whom=Whom.MEMBERS, renew=False, days=7, at=clock.now(), by=actor(campus.office)
        )
        return len(issued)

    monkeypatch.setattr(rules, "SHEET_LIMIT", 2)
    with pytest.raises(Problem) as caught:
        issue()
    assert (caught.value.code, dict(caught.value.values)) == ("too-many-for-one-sheet", {"limit": 2, "count": 3})
    assert not ActivationCode.objects.exists()
    monkeypatch.setattr(rules, "SHEET_LIMIT", 3)
    assert issue() == 3


def test_a_trail_that_is_too_long_is_not_exported(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    auditor, at = actor(holder(Role.AUDITOR, campus.school)), clock.now()
    there = Entry.objects.filter(school_id=campus.school.pk).count()
    assert there > 1
    monkeypatch.setattr(trail, "EXPORT_LIMIT", there - 1)
    with pytest.raises(Problem, match="export-too-large"):
        trail.export(wanted=trail.Wanted(), by=auditor, at=at)
    assert not Entry.objects.filter(action="audit.export").exists()
    monkeypatch.setattr(trail, "EXPORT_LIMIT", there)
    assert len(trail.export(wanted=trail.Wanted(), by=auditor, at=at)) >= there
    assert Entry.objects.filter(action="audit.export").count() == 1


@pytest.mark.parametrize(("unit", "reads"), [("school", True), ("college", False)])
def test_the_trail_is_of_a_whole_school(campus: Campus, unit: str, reads: bool) -> None:
    """An entry does not say in which college it belongs: a post below the school reads none of it."""
    where = getattr(campus, unit)
    by = Actor(1, campus.school.pk, 1, "审计员", grants=(Grant(Role.AUDITOR, where.pk, where.path),))
    if reads:
        assert trail.schools_of(by) == (campus.school.pk,)
    else:
        with pytest.raises(Problem, match="not-allowed"):
            trail.schools_of(by)


def test_a_body_beyond_the_limit_is_refused_with_its_size(campus: Campus) -> None:
    client = browser(campus.students[0])
    assert client.post("/ui/language/", {"language": "en"}).status_code == 302
    refused = client.post("/ui/language/", {"language": "e" * 300_000})
    assert refused.status_code == 413
    assert str(256 * 1024) in refused.content.decode()

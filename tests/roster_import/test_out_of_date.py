"""A preview that no longer holds is not applied: it is made again, and whoever applied it is told to look again."""

from __future__ import annotations

import pytest

from linglou.foundation.people.models import Unit
from linglou.foundation.people.roster_import import actions, queries
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories import people, rosters

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> Unit:
    return people.school()


def test_the_school_has_changed_since(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(1)))
    job = rosters.previewed(school, rosters.xlsx(rosters.table(2)))
    rosters.applied(school, rosters.xlsx([rosters.HEADER, rosters.row(1, 姓名="改名")]))
    job = actions.request_apply(job, at=clock.now(), by=None, leavers=())
    with pytest.raises(Problem) as refused:
        actions.apply_now(job, at=clock.now(), by=None)
    assert refused.value.code == "import-out-of-date"
    job.refresh_from_db()
    assert (job.state, rosters.verdicts(job)) == ("previewed", {"changed": 1, "new": 1})


def test_an_earlier_release_made_it(school: Unit) -> None:
    """That kept a list for each planned unit, and not which of them nobody needs."""
    job = rosters.previewed(school, rosters.xlsx(rosters.table(2)))
    job.plan = {"units": [list(unit) for unit in zip(*job.plan["unit_columns"], strict=True)], "counsellors": []}
    job.save()
    assert [line.unit for line in queries.lines(job, queries.rows_of(job, "new"))] == ["", ""]
    job = actions.request_apply(job, at=clock.now(), by=None, leavers=())
    with pytest.raises(Problem) as refused:
        actions.apply_now(job, at=clock.now(), by=None)
    assert refused.value.code == "import-out-of-date"
    job.refresh_from_db()
    assert (job.state, job.refusal["code"], rosters.verdicts(job)) == ("previewed", "import-out-of-date", {"new": 2})
    job = actions.request_apply(job, at=clock.now(), by=None, leavers=())
    assert actions.apply_now(job, at=clock.now(), by=None).state == "applied"

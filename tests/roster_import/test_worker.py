"""What waits is done once, by whoever gets there first; what a dead process left is taken up; what is old is deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from linglou.foundation.people.models import Person, RosterImport, RosterImportRow, Unit
from linglou.foundation.people.roster_import import actions, files
from linglou.foundation.people.roster_import.progress import Progress, is_alive
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories import people, rosters


@pytest.fixture
def school() -> Unit:
    return people.school()


def queued(school: Unit) -> RosterImport:
    return actions.receive(
        school=school, file_name="名册.xlsx", chunks=[rosters.xlsx(rosters.table(3))], at=clock.now(), by=None, inline=False
    )


@pytest.mark.django_db
def test_read_and_applied(school: Unit) -> None:
    job = queued(school)
    assert actions.run_pending(clock.now()) == 1
    job.refresh_from_db()
    assert rosters.verdicts(job) == {"new": 3}
    assert actions.run_pending(clock.now()) == 0
    actions.request_apply(job, at=clock.now(), by=None, leavers=(), inline=False)
    assert actions.run_pending(clock.now()) == 1
    assert Person.objects.filter(school=school).count() == 3


@pytest.mark.django_db
def test_what_a_request_is_about_to_do_is_left_to_it_for_a_while(school: Unit) -> None:
    rosters.received(school, rosters.xlsx(rosters.table(3)))
    assert actions.run_pending(clock.now()) == 0
    assert actions.run_pending(clock.now() + actions.INLINE_PATIENCE) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["reading", "applying"])
def test_what_a_dead_process_left_is_taken_up(school: Unit, state: str) -> None:
    job = queued(school)
    if state == "applying":
        actions.run_pending(clock.now())
        actions.request_apply(job, at=clock.now(), by=None, leavers=(), inline=False)
    RosterImport.objects.filter(pk=job.pk).update(state=state)
    assert actions.run_pending(clock.now()) == 1
    job.refresh_from_db()
    assert job.state == {"reading": "previewed", "applying": "applied"}[state]


@pytest.mark.django_db
def test_two_never_work_on_one(school: Unit) -> None:
    job = queued(school)
    with Progress(job):
        assert is_alive(job)
        assert actions.run_pending(clock.now()) == 0
        with pytest.raises(Problem) as refused:
            actions.read(job, at=clock.now(), by=None)
        assert refused.value.code == "import-not-ready"
    assert not is_alive(job)
    assert actions.run_pending(clock.now()) == 1


@pytest.mark.django_db
def test_rows_lost_in_a_crash_are_read_again(school: Unit) -> None:
    """The staging table is unlogged: PostgreSQL empties it when it recovers."""
    job = queued(school)
    actions.run_pending(clock.now())
    actions.request_apply(job, at=clock.now(), by=None, leavers=(), inline=False)
    RosterImportRow.objects.all().delete()
    actions.run_pending(clock.now())
    job.refresh_from_db()
    assert (job.state, job.refusal["code"], rosters.verdicts(job)) == ("previewed", "import-out-of-date", {"new": 3})
    assert not Person.objects.filter(school=school).exists()


@pytest.mark.django_db
def test_the_staging_table_stays_out_of_the_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'people_rosterimportrow'")
        assert cursor.fetchone() == ("u",)


@pytest.mark.django_db
def test_files_and_rows_are_deleted_after_a_week(school: Unit) -> None:
    job = queued(school)
    actions.run_pending(clock.now())
    job.refresh_from_db()
    path = files.path_of(job.file_key)
    assert actions.purge(clock.now() + actions.KEEP_FILES - timedelta(minutes=1)) == 0
    assert actions.purge(clock.now() + actions.KEEP_FILES) == 1
    assert not path.exists()
    assert not RosterImportRow.objects.exists()
    job.refresh_from_db()
    assert (job.state, job.file_key, job.plan) == ("discarded", "", {})


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_by_others_while_the_work_is_not_committed(school: Unit) -> None:
    """From another connection: the step is there, the persons are not yet."""
    job = queued(school)
    actions.run_pending(clock.now())
    job = actions.request_apply(job, at=clock.now(), by=None, leavers=(), inline=False)
    other = connection.copy()
    seen: dict[str, tuple[str, str, int]] = {}

    def look(step: str, _done: int, _total: int) -> None:
        if step == "trail":  # the last step: everything is written, nothing is committed
            with other.cursor() as cursor:
                cursor.execute(
                    "SELECT state, progress_step, (SELECT count(*) FROM people_person WHERE school_id = %s) "
                    "FROM people_rosterimport WHERE id = %s",
                    [school.pk, job.pk],
                )
                seen[step] = cursor.fetchone()

    try:
        actions.apply_now(job, at=clock.now(), by=None, listener=look)
    finally:
        other.close()
    assert seen == {"trail": ("applying", "posts", 0)}
    assert Person.objects.filter(school=school).count() == 3

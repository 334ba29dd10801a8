"""Writes of movement: lists of risk areas."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from linglou.domains.movement import area_file, queries
from linglou.domains.movement.models import AreaImport, AreaImportState
from linglou.domains.movement.problems import AREA_IMPORT_DONE, AREA_LIST_INCOMPLETE, AREA_LIST_MOVED
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.rulebook import actions as rulebook
from linglou.kernel import clock
from linglou.kernel.problems import Problem


@transaction.atomic
def read_areas(*, path: Path, file_name: str, by: Actor, at: datetime) -> AreaImport:
    """Read an uploaded list and keep it with its verdicts; nothing is listed yet. Raises ``Problem`` (FILE_*, AREA_FILE_*)."""
    on = clock.day_of(at)
    titles, lines = area_file.read(path, standing=queries.standing_areas(by.school_id, on), on=on)
    return AreaImport.objects.create(
        school_id=by.school_id, file_name=file_name[:200], titles=titles, rows=[line.as_json() for line in lines],
        counts=dict(Counter(line.verdict for line in lines)), uploaded_at=at, uploaded_by=by.person_id,
    )  # fmt: skip


@transaction.atomic
def apply_areas(*, job: AreaImport, replace: bool, by: Actor, at: datetime) -> dict[str, int]:
    """Bring the list to what the file says: new rows are listed, changed ones withdrawn and listed anew; with ``replace`` what the
    file does not name is withdrawn. How many of each. Applied a second time, or another file that says the same, nothing changes.
    Raises ``Problem`` (AREA_IMPORT_DONE, AREA_LIST_MOVED, AREA_LIST_INCOMPLETE: a misspelt row would withdraw what it means)."""
    rulebook.lock_risk_regions(by.school_id)
    locked = AreaImport.objects.select_for_update().get(pk=job.pk, school_id=by.school_id)
    if locked.state != AreaImportState.PREVIEWED:
        raise Problem(AREA_IMPORT_DONE)
    if queries.rejudged(locked, on=clock.day_of(at)) != [row["verdict"] for row in locked.rows]:
        raise Problem(AREA_LIST_MOVED)
    if replace and locked.counts.get("rejected"):
        raise Problem(AREA_LIST_INCOMPLETE)
    done: Counter[str] = Counter(new=0, changed=0, withdrawn=0)
    entries = queries.standing_entries(by.school_id, clock.day_of(at))
    for row in locked.rows:
        if row["verdict"] not in ("new", "changed"):
            continue
        area = area_file.area_of(row["area"])
        if row["verdict"] == "changed":
            reason = _("由新名单更正：%(file)s") % {"file": locked.file_name}
            rulebook.withdraw_risk_region(region_id=entries[area.key].pk, reason=reason[:200], by=by, at=at)
        rulebook.list_risk_region(
            region=area.region, place=area.place, level=area.level, from_day=area.from_day, to_day=area.to_day,
            issuer=area.issuer, source=area.source or locked.file_name, by=by, at=at,
        )  # fmt: skip
        done[row["verdict"]] += 1
    if replace:
        for entry in queries.not_named(locked, on=clock.day_of(at)):
            reason = _("新名单中没有：%(file)s") % {"file": locked.file_name}
            rulebook.withdraw_risk_region(region_id=entry.pk, reason=reason[:200], by=by, at=at)
            done["withdrawn"] += 1
    locked.state, locked.applied_at, locked.counts = AreaImportState.APPLIED, at, locked.counts | {"done": dict(done)}
    locked.save(update_fields=["state", "applied_at", "counts"])
    audit.record(
        by=by, school_id=by.school_id, at=at, action="risk-region.import", subject_type="area-import", subject_id=locked.pk,
        filename=locked.file_name, count=sum(done.values()),
    )  # fmt: skip
    return dict(done)


@transaction.atomic
def judge_areas_again(*, job: AreaImport, at: datetime) -> None:
    """The list has moved since the preview: the preview follows it."""
    verdicts = queries.rejudged(job, on=clock.day_of(at))
    for row, verdict in zip(job.rows, verdicts, strict=True):
        row["verdict"] = verdict
    job.counts = dict(Counter(verdicts))
    job.save(update_fields=["rows", "counts"])

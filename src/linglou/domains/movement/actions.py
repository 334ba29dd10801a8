"""Writes of movement: lists of risk areas, and the screenings. (Whereabouts: ``telling``; call-backs: ``sampling``.)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from linglou.domains.movement import area_file, queries, rescreening, rules
from linglou.domains.movement.models import (
    AreaImport,
    AreaImportState,
    ReportedContact,
    Screening,
    ScreeningEvent,
    State,
    ToScreen,
)
from linglou.domains.movement.problems import (
    AREA_IMPORT_DONE,
    AREA_LIST_INCOMPLETE,
    AREA_LIST_MOVED,
    SCREENING_NOT_OPEN,
)
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.rulebook import actions as rulebook
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem


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


@transaction.atomic
def settle_screening(*, screening: Screening, outcome: str, note: str, by: Actor, at: datetime) -> Screening:
    """How it ended (``rules.OUTCOMES``). The same reasons do not bring the person back; a new one does, as a new episode.
    Raises ``Problem`` (SCREENING_NOT_OPEN, INVALID_INPUT)."""
    if outcome not in rules.OUTCOMES:
        raise Problem(INVALID_INPUT, (FieldError("outcome", "unknown-outcome", "", outcome),))
    rescreening.lock(screening.school_id)  # or a screening of everybody would add to what is settled meanwhile
    locked = Screening.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=screening.pk)
    state = rules.follow(locked.state, "settle")
    if state is None:
        raise Problem(SCREENING_NOT_OPEN, state=State(locked.state).label)
    locked.state, locked.outcome, locked.note = state, outcome, note.strip()
    locked.ended_at = locked.changed_at = at
    locked.ended_by, locked.flowed_at = by.person_id, None
    locked.save()
    ScreeningEvent.objects.create(screening=locked, at=at, kind="settled", by_id=by.person_id, by_label=by.name)
    audit.record(
        by=by, school_id=locked.school_id, at=at, action="screening.settle", subject_type="screening", subject_id=locked.pk,
        person_id=locked.person_id,
    )  # fmt: skip
    return locked


@dataclass(frozen=True)
class NewContact:
    """Somebody who was with a case. ``key`` is the caller's own (it may name the case, and is shown to nobody); ``until_day`` the
    last day of watching, by the disease's rule (None: the window of the screening rule)."""

    person_id: int
    key: str
    last_day: date
    until_day: date | None = None


@transaction.atomic
def add_to_screening(*, school_id: int, contacts: Sequence[NewContact], by: Actor | None, at: datetime) -> None:
    """For the cases domain: these people are screened as contacts of a case. Told again by the same key, the days are those told
    last. The list follows at the next tick."""
    told = {(contact.person_id, contact.key): contact for contact in contacts}
    ReportedContact.objects.bulk_create(
        [
            ReportedContact(
                school_id=school_id, person_id=contact.person_id, key=contact.key, last_day=contact.last_day,
                until_day=contact.until_day, recorded_at=at,
            )
            for contact in told.values()
        ],
        update_conflicts=True, unique_fields=["school_id", "person_id", "key"],
        update_fields=["last_day", "until_day", "recorded_at", "withdrawn_at"], batch_size=1000,
    )  # fmt: skip
    _look_again(school_id, [contact.person_id for contact in contacts])
    audit.record_many(
        by=by, school_id=school_id, at=at, action="screening.contact", person_ids=[contact.person_id for contact in contacts]
    )


@transaction.atomic
def withdraw_from_screening(*, school_id: int, keys: Iterable[str], at: datetime) -> None:
    """For the cases domain: these contacts are none (the case was excluded, the contact withdrawn)."""
    gone = ReportedContact.objects.select_for_update().filter(school_id=school_id, key__in=list(keys), withdrawn_at=None)
    persons = list(gone.values_list("person_id", flat=True))
    ReportedContact.objects.filter(school_id=school_id, key__in=list(keys), withdrawn_at=None).update(withdrawn_at=at)
    _look_again(school_id, persons)


def _look_again(school_id: int, person_ids: Sequence[int]) -> None:
    ToScreen.objects.bulk_create(ToScreen(school_id=school_id, person_id=person_id) for person_id in set(person_ids))

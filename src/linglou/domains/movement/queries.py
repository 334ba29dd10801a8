"""Reads of movement: the list of risk areas and what an uploaded one would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, Q, QuerySet, When
from django.utils.translation import gettext as _

from linglou.domains.movement import area_file, explaining, rules, whereabouts
from linglou.domains.movement.models import AreaImport, CallBack, Category, RegionStay, Sample, Screening
from linglou.domains.movement.rules import Area
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Tree, Unit, UnitKind
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import regions
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@dataclass(frozen=True)
class ShownArea:
    """A risk area as a page shows it. ``state``: now, coming, over, withdrawn."""

    entry: RiskRegion
    name: str
    level: str
    state: str


def shown_area(entry: RiskRegion, on: date) -> ShownArea:
    if entry.withdrawn_at:
        state = "withdrawn"
    elif entry.from_day > on:
        state = "coming"
    else:
        state = "over" if entry.to_day and entry.to_day < on else "now"
    level = str(rules.LEVELS.get(entry.level, entry.level))
    return ShownArea(entry, regions.name_of_prefix(entry.region), level, state)


def areas(school_id: int, on: date) -> list[ShownArea]:
    """What holds on a day, and what is to come after it."""
    return [shown_area(entry, on) for entry in rulebook.risk_regions_since(school_id, on)]


def past_areas(school_id: int, on: date) -> Any:
    """A queryset: what held once, the latest first."""
    return rulebook.past_risk_regions(school_id, on)


def area_of(actor: Actor, region_id: int) -> RiskRegion:
    """Raises ``Problem(NOT_FOUND)``."""
    entry = rulebook.risk_regions_by_id([region_id]).get(region_id)
    if entry is None or entry.school_id != actor.school_id:
        raise Problem(NOT_FOUND)
    return entry


def standing_entries(school_id: int, on: date) -> dict[tuple[str, str, date], RiskRegion]:
    """Every entry that is not withdrawn and not over."""
    return {(one.region, one.place, one.from_day): one for one in rulebook.risk_regions_since(school_id, on)}


def standing_areas(school_id: int, on: date) -> dict[tuple[str, str, date], Area]:
    return {
        key: Area(one.region, one.place, one.level, one.from_day, one.to_day, one.issuer, one.source)
        for key, one in standing_entries(school_id, on).items()
    }


def area_import(actor: Actor, import_id: int) -> AreaImport:
    """Raises ``Problem(NOT_FOUND)``."""
    job = AreaImport.objects.filter(pk=import_id, school_id=actor.school_id).first()
    if job is None:
        raise Problem(NOT_FOUND)
    return job


def recent_imports(school_id: int) -> list[AreaImport]:
    return list(AreaImport.objects.filter(school_id=school_id).defer("rows", "titles").order_by("-uploaded_at")[:5])


def rejudged(job: AreaImport, *, on: date) -> list[str]:
    """The verdict on every row against the list as it stands now."""
    standing = standing_areas(job.school_id, on)
    return [rules.verdict(area_file.area_of(row["area"]), standing) if row["area"] else "rejected" for row in job.rows]


def not_named(job: AreaImport, *, on: date) -> list[RiskRegion]:
    """The entries that hold on the day and that the file does not name."""
    named = {area_file.area_of(row["area"]).key for row in job.rows if row["area"]}
    return [entry for key, entry in standing_entries(job.school_id, on).items() if key not in named and entry.from_day <= on]


def shown_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of an uploaded list as the preview shows it."""
    area = area_file.area_of(row["area"]) if row["area"] else None
    return {
        "line": row["line"], "said": "　".join(filter(None, row["cells"])), "reasons": row["reasons"], "area": area,
        "name": regions.name_of_prefix(area.region) if area else "", "level": rules.LEVELS[area.level] if area else "",
    }  # fmt: skip


# -- call-backs ----------------------------------------------------------------------------------------------------------


def units_to_draw(actor: Actor) -> QuerySet[Unit]:
    """Where the actor may draw a sample: the open administrative units of their scope, from the widest down to classes."""
    scope = within(actor, Verb.CHECK_WHEREABOUTS, "path")
    kinds = (UnitKind.SCHOOL, UnitKind.COLLEGE, UnitKind.DEPARTMENT, UnitKind.CLASS)
    units = Unit.objects.filter(scope, Q(pk=actor.school_id) | Q(school_id=actor.school_id), closed_at=None, kind__in=kinds)
    shown = units.exclude(kind=UnitKind.CLASS) if units.exclude(kind=UnitKind.CLASS).exists() else units
    return shown.order_by("depth", "sort_key", "pk")


def calls(actor: Actor, *, done: bool) -> QuerySet[CallBack]:
    """Call-backs in scope: those that wait (never tried first), or those that are done."""
    found = CallBack.objects.filter(within(actor, Verb.CHECK_WHEREABOUTS), person__school_id=actor.school_id)
    found = found.select_related("person", "unit")
    if done:
        return found.filter(result__in=list(rules.SETTLED_RESULTS)).order_by("-called_at", "pk")
    return found.exclude(result__in=list(rules.SETTLED_RESULTS)).order_by("tries", "drawn_at", "pk")


def call(actor: Actor, call_id: int) -> CallBack:
    """Raises ``Problem(NOT_FOUND)``."""
    found = CallBack.objects.filter(within(actor, Verb.CHECK_WHEREABOUTS), pk=call_id, person__school_id=actor.school_id)
    one = found.select_related("person").first()
    if one is None:
        raise Problem(NOT_FOUND)
    return one


def call_of(actor: Actor, call_id: str, person: Person) -> CallBack | None:
    """The call-back of an address, if it is about this person and the actor's to make."""
    if not call_id.isdecimal():
        return None
    found = CallBack.objects.filter(within(actor, Verb.CHECK_WHEREABOUTS), pk=int(call_id), person=person)
    return found.exclude(result__in=list(rules.SETTLED_RESULTS)).first()


@dataclass(frozen=True)
class CallRow:
    """A call-back as a page shows it, with what the person told. ``phone`` is None without SEE_CONTACT."""

    call: CallBack
    phone: str | None
    told: list[str]
    gaps: list[tuple[date, date]]
    result: str


@transaction.atomic
def call_rows(actor: Actor, shown: Sequence[CallBack], *, at: datetime) -> list[CallRow]:
    """The rows of a page; every look and every number shown is on the trail."""
    with_phone = [one.person_id for one in shown if actor.may(Verb.SEE_CONTACT, at=[one.unit.path])]
    for action, ids in (("whereabouts.read", [one.person_id for one in shown]), ("person.read-contact", with_phone)):
        audit.record_reads(by=actor, school_id=actor.school_id, at=at, action=action, person_ids=sorted(set(ids)))
    rows = []
    for one in shown:
        told = whereabouts.told_by(one.person, at=at)
        words = [f"{_span(row)} {whereabouts.place_name(row.region, row.place)}" for row in told.stays]
        words += [f"{row.day:%m-%d} {whereabouts.trip_name(row)}" for row in told.trips]
        phone = one.person.phone if one.person_id in with_phone else None
        rows.append(CallRow(one, phone, words, told.gaps, str(rules.RESULTS.get(one.result, ""))))
    return rows


def _span(row: RegionStay) -> str:
    return f"{row.from_day:%m-%d} – {f'{row.to_day:%m-%d}' if row.to_day else _('至今')}"


def samples(actor: Actor) -> list[Sample]:
    """The last samples drawn in scope."""
    found = Sample.objects.filter(within(actor, Verb.CHECK_WHEREABOUTS), school_id=actor.school_id)
    return list(found.select_related("unit", "drawn_by").order_by("-drawn_at", "-pk")[:8])


def above(actor: Actor, unit: Unit) -> list[Unit]:
    """The units above one that the actor may look at too, for the way back."""
    upper = Unit.objects.filter(pk__in=unit.ancestor_ids[:-1]).exclude(kind=UnitKind.AUTHORITY).order_by("depth")
    return [one for one in upper if actor.may(Verb.SEE_WHEREABOUTS, at=[one.path])]


def screened(actor: Actor) -> dict[str, int]:
    """How many people are being screened, by class, in the scope of SEE_WHEREABOUTS; for the whole school, in counts, to those who
    see counts alone."""
    found = Screening.objects.filter(school_id=actor.school_id, state="open")
    if actor.may_anywhere(Verb.SEE_WHEREABOUTS):
        found = found.filter(within(actor, Verb.SEE_WHEREABOUTS))
    counts = dict(found.order_by().values_list("category").annotate(n=Count("pk")))
    return {str(label): counts.get(value, 0) for value, label in Category.choices}


# -- screenings ----------------------------------------------------------------------------------------------------------


def screenings(actor: Actor, *, state: str = "", category: str = "", unit: Unit | None = None) -> QuerySet[Screening]:
    """Screenings in scope; ``state`` '' for the open ones, the most urgent class first."""
    found = Screening.objects.filter(within(actor, Verb.SEE_WHEREABOUTS), school_id=actor.school_id)
    found = found.filter(state=state or "open").select_related("person", "unit", "task__owner")
    if category:
        found = found.filter(category=category)
    if unit:
        found = found.filter(unit__path__startswith=unit.path)
    if state in ("settled", "lifted"):
        return found.order_by("-ended_at", "-pk")
    order = Case(*(When(category=value, then=n) for n, value in enumerate(Category.values)), default=9)
    return found.order_by(order, "opened_at", "pk")


def screening_counts(actor: Actor, *, unit: Unit | None = None) -> dict[str, int]:
    """How many by state."""
    found = Screening.objects.filter(within(actor, Verb.SEE_WHEREABOUTS), school_id=actor.school_id).order_by()
    if unit:
        found = found.filter(unit__path__startswith=unit.path)
    return dict(found.values_list("state").annotate(n=Count("pk")))


def screening(actor: Actor, screening_id: int) -> Screening:
    """Raises ``Problem(NOT_FOUND)``, whether absent or out of scope."""
    found = Screening.objects.filter(within(actor, Verb.SEE_WHEREABOUTS), school_id=actor.school_id, pk=screening_id)
    one = found.select_related("person", "unit", "task__owner").first()
    if one is None:
        raise Problem(NOT_FOUND)
    return one


@transaction.atomic
def listed(actor: Actor, shown: Sequence[Screening], *, at: datetime) -> list[explaining.Explained]:
    """The rows of one page with their reasons; each person shown gets an entry in the trail."""
    audit.record_reads(
        by=actor, school_id=actor.school_id, at=at, action="screening.list",
        person_ids=sorted({one.person_id for one in shown}),
    )  # fmt: skip
    return explaining.explained(shown)


@dataclass(frozen=True)
class ScreeningDetail:
    """One screening with what the actor may see. ``phone`` is None without SEE_CONTACT."""

    said: explaining.Explained
    told: whereabouts.Told
    stays: list[str]
    trips: list[str]
    phone: str | None
    place: str
    tasks: list[Task]
    may_settle: bool


@transaction.atomic
def screening_detail(actor: Actor, one: Screening, *, at: datetime) -> ScreeningDetail:
    """One person on the list, with an entry in the trail for each thing shown."""
    sees_contact = actor.may(Verb.SEE_CONTACT, at=[one.unit.path])
    for action in ("screening.read", "whereabouts.read", *(["person.read-contact"] if sees_contact else [])):
        audit.record_reads(by=actor, school_id=one.school_id, at=at, action=action, person_ids=[one.person_id])
    told = whereabouts.told_by(one.person, at=at)
    tasks = Task.objects.filter(school_id=one.school_id, key__startswith=rules.task_key(one.pk, ""))
    return ScreeningDetail(
        said=explaining.explained([one])[0],
        told=told,
        stays=[f"{_span(row)} {whereabouts.place_name(row.region, row.place)}" for row in told.stays],
        trips=[f"{row.day:%m-%d} {whereabouts.trip_name(row)}" for row in told.trips],
        phone=one.person.phone if sees_contact else None,
        place=people.labels_of([one.unit])[one.unit_id],
        tasks=list(tasks.select_related("owner").order_by("opened_at", "pk")),
        may_settle=one.state == "open" and actor.may(Verb.CHECK_WHEREABOUTS, at=[one.unit.path]),
    )


def units_to_filter(actor: Actor) -> list[Unit]:
    """Colleges and departments in scope; classes where the scope is smaller."""
    units = Unit.objects.filter(
        within(actor, Verb.SEE_WHEREABOUTS, "path"), school_id=actor.school_id, tree=Tree.ADMINISTRATION, closed_at=None
    )
    upper = list(units.filter(kind__in=[UnitKind.COLLEGE, UnitKind.DEPARTMENT]).order_by("sort_key"))
    return upper if len(upper) > 1 else list(units.filter(kind=UnitKind.CLASS).order_by("sort_key"))


def unit_to_filter_by(actor: Actor, unit_id: str) -> Unit | None:
    """The unit of a filter, if it lies in scope."""
    unit = Unit.objects.filter(pk=int(unit_id), school_id=actor.school_id).first() if unit_id.isdecimal() else None
    return unit if unit and actor.may(Verb.SEE_WHEREABOUTS, at=[unit.path]) else None

"""Reads about imports: the list, one of them, its rows with what they would change. Sensitive values come masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import contacts
from linglou.foundation.people.facts import in_force
from linglou.foundation.people.models import (
    ImportVerdict,
    Membership,
    Person,
    PersonKind,
    RosterImport,
    RosterImportRow,
    Sex,
    Unit,
)
from linglou.foundation.people.roster_import import matching, places, reasons
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import CATALOGUE, Problem

RECENT = 20
MASKS = {
    "id_number": contacts.masked_id_number,
    "phone": contacts.masked_phone,
    "guardian_phone": contacts.masked_phone,
}
TREES = {"unit": "administration", "room": "residence", "branch": "party"}


@dataclass(frozen=True)
class Change:
    """One field of a changed row, in words, masked where it is sensitive."""

    field: str
    label: str
    old: str
    new: str


@dataclass
class Line:
    """One row of the preview. ``where`` is ``5`` or ``Sheet1 5``; '' for a person who stands in no row."""

    row: RosterImportRow
    where: str
    unit: str = ""
    room: str = ""
    changes: list[Change] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def school_of(actor: Actor) -> Unit:
    """The school into which the actor may import. Raises ``Problem(NOT_ALLOWED)``."""
    school = Unit.objects.get(pk=actor.school_id)
    actor.check(Verb.IMPORT_ROSTER, at=[school.path])
    return school


def imports_of(school: Unit) -> QuerySet[RosterImport]:
    return RosterImport.objects.filter(school=school).order_by("-pk")[:RECENT]


def get(actor: Actor, import_id: int) -> RosterImport:
    """Raises ``Problem(NOT_FOUND)`` for what is absent, of another school, or not the actor's to import."""
    job = RosterImport.objects.filter(pk=import_id).select_related("school").first()
    if job is None or not actor.may(Verb.IMPORT_ROSTER, at=[job.school.path]):
        raise Problem(NOT_FOUND)
    return job


def refusal_of(job: RosterImport) -> Problem | None:
    """Why the import as a whole was refused, in the reader's language."""
    kind = CATALOGUE.get(job.refusal.get("code", ""))
    return Problem(kind, **job.refusal.get("values", {})) if kind else None


def notices_of(job: RosterImport) -> list[str]:
    """What else should be known, in the reader's language."""
    texts = {
        "may-not-appoint": _("文件中有辅导员一列，但您的岗位不能任命，这一列没有处理。"),
        "counsellor-unknown": _("这些辅导员不在教职工名册中，没有任命：{names}。请先导入教职工，再导入一次本文件。"),
        "counsellor-ambiguous": _("这些辅导员有重名，没有任命：{names}。请在“辅导员”列改填工号。"),
        "counsellor-barred": _("这些辅导员不能任命（现任岗位不能兼任，或是您本人）：{names}。"),
        "sheets-not-read": _("这些工作表没有找到表头，没有读取：{names}。"),
    }
    told = []
    for code, names in job.notices:
        shown = "、".join(names[:12]) + (_("等 {count} 项").format(count=len(names)) if len(names) > 12 else "")
        told.append(texts[code].format(names=shown))
    return told


def rows_of(job: RosterImport, verdict: str) -> QuerySet[RosterImportRow]:
    return RosterImportRow.objects.filter(import_id=job.pk, verdict=verdict).order_by("n")


def lines(job: RosterImport, rows: Sequence[RosterImportRow]) -> list[Line]:
    """A page of rows as people read them. What a changed row changes is looked up now: after the apply it is gone."""
    planned = places.parse(job.plan.get("unit_columns", []))
    sheets = [sheet["name"] for sheet in job.layout.get("sheets", [])]
    many = sum(1 for sheet in job.layout.get("sheets", []) if sheet["usable"]) > 1
    changed = [row for row in rows if row.verdict == ImportVerdict.CHANGED]
    persons = Person.objects.in_bulk([row.person_id for row in changed if row.person_id])
    at = job.previewed_at or job.uploaded_at
    holding = in_force(Membership.objects.filter(person_id__in=persons), at).select_related("unit")
    memberships = {(fact.person_id, fact.tree): fact for fact in holding}
    shown = []
    for row in rows:
        where = f"{sheets[row.sheet]} {row.line}" if many and row.line and row.sheet < len(sheets) else str(row.line or "")
        line = Line(row, where)
        if row.verdict == ImportVerdict.LEFT:
            line.unit = row.place
        elif row.verdict == ImportVerdict.REJECTED:
            line.reasons = reasons.words(reasons.load(row.reasons))
        else:
            line.unit, line.room = _named(planned, row.home), _named(planned, row.room)
        if row.person_id in persons and row.verdict == ImportVerdict.CHANGED:
            line.changes = _changes(row, persons[row.person_id], memberships, planned)
        shown.append(line)
    return shown


def _changes(
    row: RosterImportRow,
    person: Person,
    memberships: dict[tuple[int, str], Membership],
    planned: Sequence[places.Planned],
) -> list[Change]:
    changes = []
    labels = matching.FIELDS | {"unit": _("所在单位"), "room": matching.FIELDS["room"]}
    for name in row.fields.split(","):
        if not name:
            continue
        if name in TREES:
            fact = memberships.get((person.pk, TREES[name]))
            old = fact.unit.name + (f" {fact.place}" if fact.place else "") if fact else ""
            key = {"unit": row.home, "room": row.room, "branch": row.branch}[name]
            new = _named(planned, key, 1) + (f" {row.place}" if name == "room" and row.place else "")
        else:
            old, new = str(getattr(person, name) or ""), getattr(row, name)
            if name in MASKS:
                old, new = MASKS[name](old), MASKS[name](new)
            elif name == "sex":
                old, new = (str(Sex(value).label) if value else "" for value in (old, new))
            elif name == "kind":
                old, new = (str(PersonKind(value).label) if value else "" for value in (old, new))
        changes.append(Change(name, str(labels[name]), old, new))
    return changes


def _named(planned: Sequence[places.Planned], key: int, steps: int = 2) -> str:
    """``信息学院 软件2401``: the planned unit and ``steps`` - 1 units above it; floors are passed over. '' when nothing is planned
    any more: the import is over, or an earlier release planned it."""
    names: list[str] = []
    while planned and key and len(names) < steps:
        unit = planned[key - 1]
        if unit.kind != "floor":
            names.append(unit.name)
        key = unit.parent
    return " ".join(reversed(names))


@dataclass(frozen=True)
class LeaverGroup:
    """Proposed leavers of one unit."""

    unit_id: int
    name: str
    rows: tuple[RosterImportRow, ...]


def leavers_of(job: RosterImport) -> list[LeaverGroup]:
    groups: dict[int, list[RosterImportRow]] = {}
    for row in rows_of(job, ImportVerdict.LEFT).only("n", "person_id", "number", "name", "place", "home", "kind"):
        groups.setdefault(row.home, []).append(row)
    return [LeaverGroup(unit_id, rows[0].place, tuple(rows)) for unit_id, rows in groups.items()]


def reasons_count(job: RosterImport) -> list[tuple[str, int]]:
    """How many rows each reason refuses, most first."""
    counted: Counter[str] = Counter()
    for stored in rows_of(job, ImportVerdict.REJECTED).values_list("reasons", flat=True):
        counted.update({code for code, _values in reasons.load(stored)})
    return counted.most_common()


def columns_of(job: RosterImport) -> list[dict[str, Any]]:
    """Every column title of the file once, with what it was taken for and a few values: what the user corrects."""
    seen: dict[str, dict[str, Any]] = {}
    for sheet in job.layout.get("sheets", []):
        for column in sheet["columns"]:
            one = seen.setdefault(column["title"], column | {"samples": []})
            one["samples"] = list(dict.fromkeys(one["samples"] + [text for text in column["samples"] if text]))[:3]
            one["field"] = one["field"] or column["field"]
    return list(seen.values())

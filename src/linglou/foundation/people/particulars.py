"""What is typed of one person by hand: judged by the judge of the roster import, as a file of one row.

So there is one validator, one catalogue of reasons, one cleaned form of a number, whichever way a person came in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from linglou.foundation.people import contacts
from linglou.foundation.people.facts import in_force
from linglou.foundation.people.models import Membership, Person
from linglou.foundation.people.problems import NUMBER_TAKEN
from linglou.foundation.people.roster_import import judging, reasons
from linglou.foundation.people.roster_import.matching import Column, Header
from linglou.foundation.people.roster_import.places import Named, Places
from linglou.foundation.people.roster_import.reasons import Reason
from linglou.foundation.people.roster_import.survey import Survey
from linglou.kernel.problems import FieldError, Problem

# What can be typed, by the import's names for it.
FIELDS = (
    "number", "name", "kind", "sex", "document_kind", "id_number", "birth_date", "phone", "major", "origin", "guardian_name",
    "guardian_phone",
)  # fmt: skip

# Which fields a reason speaks of; what it names itself (``{field}``) comes first.
_ABOUT = {
    "name-missing": ("name",),
    "kind-unknown": ("kind",),
    "sex-unknown": ("sex",),
    "sex-mismatch": ("sex", "id_number"),
    "birth-unreadable": ("birth_date",),
    "birth-implausible": ("birth_date",),
    "birth-mismatch": ("birth_date", "id_number"),
    "document-kind-unknown": ("document_kind",),
}
_FAMILIES = {"number": ("number",), "id": ("id_number", "document_kind")}

_HEADER = Header(
    0,
    tuple(Column(position, name, name) for position, name in enumerate(FIELDS)),
    {name: position for position, name in enumerate(FIELDS)},
)


@dataclass(frozen=True)
class Judgement:
    """``values`` are the cleaned fields of ``FIELDS`` ('' : not said), a birth date in ISO form; ``errors`` say why not."""

    values: Mapping[str, str]
    errors: tuple[FieldError, ...] = ()

    @property
    def birth_date(self) -> date | None:
        return date.fromisoformat(self.values["birth_date"]) if self.values["birth_date"] else None


def judge(typed: Mapping[str, str], *, today: date, touched: Collection[str] = FIELDS) -> Judgement:
    """Judge and clean. With ``touched``, the rest of ``typed`` is what the school has: of that nothing is held against whoever
    corrects a phone number, unless it contradicts what they typed."""
    values, found = _judged(typed, today)
    held = [reason for reason in found if set(_fields_of(reason)) & set(touched)]
    if found and not held:
        kept = {name: text for name, text in typed.items() if name in {*touched, "number", "name"}}
        values, found = _judged(kept, today)
        held = [reason for reason in found if set(_fields_of(reason)) & set(touched)]
    return Judgement(values, tuple(_error(reason, typed, touched) for reason in held))


def _judged(typed: Mapping[str, str], today: date) -> tuple[dict[str, str], list[Reason]]:
    judge_ = judging.Judge(0, today, Places(0, "", ()), Survey({}, False, Named(frozenset(), frozenset())))
    drafts = judge_.sheet(0, "", _HEADER)([1], [[typed.get(name, "")] for name in FIELDS] + [[""]])
    if not drafts:
        return dict.fromkeys(FIELDS, ""), [("number-missing", {}), ("name-missing", {})]
    row = dict(zip(judging.COLUMNS, drafts[0], strict=True))
    return {name: row[name] for name in FIELDS}, reasons.load(row["reasons"])


def _fields_of(reason: Reason) -> tuple[str, ...]:
    code, values = reason
    named = (values["field"],) if "field" in values else ()
    return named or _ABOUT.get(code) or _FAMILIES[code.partition("-")[0]]


def _error(reason: Reason, typed: Mapping[str, str], touched: Collection[str]) -> FieldError:
    """Shown at the first field of those it speaks of that was typed. The value goes along only where it is no secret."""
    name = next((name for name in _fields_of(reason) if name in touched), _fields_of(reason)[0])
    value = typed.get(name) if name in ("number", "name", "kind", "sex") else None
    return FieldError(name, reason[0], words(reason[0], **reason[1]), value)


def words(code: str, **values: str) -> str:
    """A reason of the import's catalogue, in the reader's language."""
    return reasons.words([(code, values)])[0]


def clashes(
    values: Mapping[str, str], *, school_id: int, kind: str, at: datetime, of: Person | None = None
) -> tuple[FieldError, ...]:
    """What belongs to somebody else already: the number, or the document
    of somebody of the same kind who still belongs here."""
    others = Person.objects.filter(school_id=school_id)
    others = others.exclude(pk=of.pk) if of else others
    found: list[FieldError] = []
    number = values["number"]
    if number and (of is None or of.number != number) and (taken := others.filter(number=number).first()):
        problem = Problem(NUMBER_TAKEN, number=number, name=taken.name)
        found.append(FieldError("number", problem.code, problem.title + problem.cure, number))
    index = contacts.id_number_index(values["id_number"])
    if index and (of is None or of.id_number_index != index):
        here = in_force(Membership.objects.filter(school_id=school_id), at).values("person")
        holder = others.filter(Q(kind=kind), id_number_index=index, pk__in=here).order_by("number").first()
        if holder:
            found.append(FieldError("id_number", "id-taken", words("id-taken", number=holder.number)))
    return tuple(found)

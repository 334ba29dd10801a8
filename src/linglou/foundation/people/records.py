"""One person's record by hand: entered when they arrive, corrected when something is wrong.

The import does the same for a hundred thousand; both go by the one judge (``particulars``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import actions, particulars, rules
from linglou.foundation.people.models import DocumentKind, Person, PersonKind, Post, Unit
from linglou.foundation.people.problems import KIND_HELD_BY_POST, NUMBER_TAKEN
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

# What may be emptied again once it is known. A number, a name and a kind everybody has.
ERASABLE = ("id_number", "birth_date", "phone", "origin", "guardian_name", "guardian_phone")

# How the judge is told the kind of a document that the school has on record.
_SAID = {
    DocumentKind.RESIDENT.value: "居民身份证",
    DocumentKind.RESIDENT_15.value: "居民身份证",
    DocumentKind.PASSPORT.value: "护照",
    DocumentKind.RESIDENCE_PERMIT.value: "居留证",
    "": "",
}


@transaction.atomic
def add(*, unit: Unit, typed: Mapping[str, str], at: datetime, by: Actor | None, since: datetime | None = None) -> Person:
    """Enter one person who belongs to ``unit`` from ``since``. ``typed`` are texts by ``particulars.FIELDS``, as somebody typed
    them. Raises ``Problem`` INVALID_INPUT with an error per field, NUMBER_TAKEN, and what ``actions.join`` raises."""
    said = _said(typed)
    judgement = particulars.judge(said, today=clock.day_of(at))
    kind = judgement.values["kind"]
    found = judgement.errors
    if not found and kind not in (PersonKind.STUDENT, PersonKind.STAFF):
        found = (_kind_missing(),)
    if not found:
        found = particulars.clashes(judgement.values, school_id=unit.in_school, kind=kind, at=at)
    if found:
        raise Problem(INVALID_INPUT, errors=found)
    person = Person(school_id=unit.in_school, created_at=at, birth_date=judgement.birth_date, **_columns(judgement.values))
    _save(person)
    audit.record(
        by=by, school_id=person.school_id, at=at, action="person.add", subject_type="person", subject_id=person.pk,
        person_id=person.pk, number=person.number,
    )  # fmt: skip
    actions.join(person=person, unit=unit, at=at, by=by, since=since)
    return person


@transaction.atomic
def correct(
    *, person: Person, typed: Mapping[str, str], at: datetime, by: Actor | None, erase: Collection[str] = ()
) -> list[str]:
    """Correct what is on record; the names of the fields that are different now. ``typed`` holds only what was typed: what it
    leaves out stays. ``erase`` names fields of ``ERASABLE`` to be emptied. Raises ``Problem`` INVALID_INPUT with an error per
    field, NUMBER_TAKEN, or KIND_HELD_BY_POST."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    gone = {name for name in erase if name in ERASABLE and not typed.get(name)}
    stored = {name: "" if name in gone else text for name, text in stored_values(person).items()}
    touched = set(typed) | gone
    if "id_number" in touched and not typed.get("document_kind"):
        stored["document_kind"] = ""
    is_guardian = person.kind == PersonKind.GUARDIAN
    if typed.get("id_number"):  # what the wrong number said of them goes with it
        stored |= {"sex": "", "birth_date": ""}
    said = _said(stored | dict(typed))
    if is_guardian:
        said["kind"] = ""
    judgement = particulars.judge(said, today=clock.day_of(at), touched=touched)
    values = dict(judgement.values)
    kind = person.kind if is_guardian else values["kind"] or person.kind
    found = judgement.errors or particulars.clashes(values, school_id=person.school_id, kind=kind, at=at, of=person)
    if found:
        raise Problem(INVALID_INPUT, errors=found)
    if kind != person.kind:
        _check_posts_fit(person, kind, at)
    new = _columns(values | {"kind": kind}) | {"birth_date": judgement.birth_date}
    # What an id number says (sex, birth date, kind of document) follows it; of the rest only what was typed is written.
    written = touched | {name for name in ("sex", "birth_date") if values[name]}
    written |= {"document_kind"} if "id_number" in touched else set()
    changed = [name for name in new if name in written and new[name] != getattr(person, name)]
    if not changed:
        return []
    for name in changed:
        setattr(person, name, new[name])
    _save(person, changed)
    audit.record(
        by=by, school_id=person.school_id, at=at, action="person.correct", subject_type="person", subject_id=person.pk,
        person_id=person.pk, fields=sorted(changed),
    )  # fmt: skip
    return changed


def stored_values(person: Person) -> dict[str, str]:
    """What the school has, by ``particulars.FIELDS``, in the form in which it would be typed."""
    values = {name: getattr(person, name) or "" for name in particulars.FIELDS}
    return values | {"birth_date": person.birth_date.isoformat() if person.birth_date else ""}


def _said(typed: Mapping[str, str]) -> dict[str, str]:
    said = dict(typed)
    return said | {"document_kind": _SAID.get(said.get("document_kind", ""), said.get("document_kind", ""))}


def _columns(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in particulars.FIELDS if name != "birth_date"}


def _kind_missing() -> FieldError:
    return FieldError("kind", "kind-unknown", particulars.words("kind-unknown", value=""), "")


def _save(person: Person, fields: list[str] | None = None) -> None:
    """Raises ``Problem(NUMBER_TAKEN)`` for somebody who was entered by somebody else this very moment."""
    try:
        with transaction.atomic():
            person.save(update_fields=fields) if fields else person.save()
    except IntegrityError as error:
        raise Problem(NUMBER_TAKEN, number=person.number, name="—") from error


def _check_posts_fit(person: Person, kind: str, at: datetime) -> None:
    held = Post.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), person=person, superseded_at=None)
    for role in map(Role, held.values_list("role", flat=True)):
        if kind not in rules.POSTS_FOR[role]:
            raise Problem(KIND_HELD_BY_POST, name=person.name, role=role.label)

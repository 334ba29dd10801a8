"""The rows of the export: one entry per person (a case, or a contact who is none), and who was exposed to whom."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.db import transaction

from linglou.domains.cases import access
from linglou.domains.cases.contacts.queries import confirmed, whose
from linglou.domains.cases.godata import rules
from linglou.domains.cases.models import Case, Contact, Decision, Status
from linglou.domains.cases.rules import DEFINED
from linglou.domains.cases.transmission.rules import day_of_illness
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person, PersonKind, Unit
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

NAMESPACE = uuid.UUID("6b0b8f52-5f0b-5c0e-9a53-6c696e676c6f")
OF = {1: "close-contact", 2: "contact-of-contact"}

Row = dict[str, Any]


class LostToFollowUp(Protocol):
    """Of these persons, watched because of a disease, those whom nobody reached in the last days of it."""

    def __call__(self, school_id: int, person_ids: Collection[int], disease: str, *, at: datetime) -> set[int]: ...


_asked: list[LostToFollowUp] = []


def lost_by(asked: LostToFollowUp) -> None:
    """Who watches people stands above and says here whom to ask for the lost; without one, nobody is."""
    _asked[:] = [asked]


@dataclass(frozen=True)
class Export:
    """Rows by the columns of ``rules``; days are ``date``, what nobody knows is None or ''."""

    cases: list[Row]
    contacts: list[Row]
    relationships: list[Row]


@transaction.atomic
def export(actor: Actor, disease: str, *, since: date, until: date, with_names: bool, at: datetime) -> Export:
    """The cases of a disease that fell ill in a period, the confirmed contacts of those that are not excluded, and their
    relationships. Everybody in it gets an entry in the trail. Names only where the actor may see them, and asks for them."""
    seen = access.visible_cases(actor, Verb.SEE_CLINICAL) & access.visible_cases(actor, Verb.EXPORT)
    everyone = list(seen.filter(disease=disease, merged_into=None).order_by("opened_at", "pk"))
    shown = [case for case in everyone if since <= day_of_illness(case.onset, clock.day_of(case.diagnosed_at)) <= until]
    contacts = list(confirmed([case.pk for case in shown if case.status != Status.EXCLUDED]))
    return _Writer(actor, disease, everyone, shown, contacts, with_names=with_names, at=at).export()


class _Writer:
    def __init__(
        self, actor: Actor, disease: str, everyone: Sequence[Case], cases: Sequence[Case], contacts: Sequence[Contact], *,
        with_names: bool, at: datetime,
    ) -> None:  # fmt: skip
        self.actor, self.disease, self.with_names, self.at = actor, disease, with_names, at
        self.today = clock.day_of(at)
        # whoever is a case is no contact any more; a discarded one who is a contact all the same is a contact again
        met = {contact.person_id for contact in contacts}
        self.cases = [case for case in cases if case.status != Status.EXCLUDED or case.person_id not in met]
        self.case_of = {case.person_id: case for case in self.cases}  # the latest, of who had it twice
        self.was_case = {case.person_id for case in everyone if case.status == Status.EXCLUDED}
        self.died = set(
            access.visible_cases(actor, Verb.SEE_CLINICAL)
            .filter(person_id__in=met, status=Status.DIED)
            .values_list("person_id", flat=True)
        )
        self.lost = set[int]().union(*(asked(actor.school_id, met, disease, at=at) for asked in _asked))
        self.contacts_of: dict[int, list[Contact]] = {}
        self.contacts = contacts
        for contact in contacts:
            self.contacts_of.setdefault(contact.person_id, []).append(contact)
        self.met_by = Counter(map(whose, contacts))
        self.by_id = {case.pk: case for case in cases}
        self.outcomes = _last_defined([case.pk for case in everyone])

    def export(self) -> Export:
        persons = sorted({*self.case_of, *self.contacts_of})
        audit.record_reads(
            by=self.actor, school_id=self.actor.school_id, at=self.at, action="case.export-godata", person_ids=persons,
            with_names=self.with_names,
        )  # fmt: skip
        people = [found for person, found in self.contacts_of.items() if person not in self.case_of]
        return Export(
            cases=[self._case(case) for case in self.cases],
            contacts=[self._contact(found) for found in people],
            relationships=[self._relationship(contact) for contact in self.contacts],
        )

    def _person(self, person: Person, unit: Unit | None, entry: tuple[str, str]) -> Row:
        may_name = self.with_names and unit is not None and self.actor.may(Verb.SEE_NAMES, at=[unit.path])
        years = rules.age(person.birth_date, self.today)
        return {
            "uuid": entry[0], "firstName": rules.plain(person.name) if may_name else entry[1],
            "gender": rules.GENDERS.get(person.sex, ""), "age": years, "age_class": rules.age_class(years),
            "occupation": "STUDENT" if person.kind == PersonKind.STUDENT else "OTHER",
            "location_id": f"U{unit.pk}" if unit else "", "location_name": rules.plain(unit.name) if unit else "",
        }  # fmt: skip

    def _case(self, case: Case) -> Row:
        met = self.contacts_of.get(case.person_id, [])
        of_mine = self.met_by[case.pk]
        last_defined, first_at = self.outcomes[case.pk]
        is_in_hospital = case.whereabouts == "hospital"
        entry = self._case_entry(case)
        return self._person(case.person, case.unit, entry) | {
            "case_id": entry[1], "disease": case.disease,
            "classification": rules.classification(case.status, last_defined), "outcome_id": rules.outcome(case.status),
            "date_of_reporting": clock.day_of(first_at), "date_of_data_entry": clock.day_of(case.opened_at),
            "date_of_onset": case.onset, "date_of_outcome": clock.day_of(case.diagnosed_at) if case.ended_at else None,
            "date_of_last_contact": clock.day_of(max(one.last_at for one in met)) if met else None,
            "date_become_case": clock.day_of(first_at) if met else None, "has_relationships": bool(met or of_mine),
            "was_contact": bool(met), "hospitalization_typeid": "HOSPITALIZATION" if is_in_hospital else "",
            "hospitalization_centername": rules.plain(case.hospital) if is_in_hospital else "", "contacts_per_case": of_mine,
        }  # fmt: skip

    def _contact(self, found: Sequence[Contact]) -> Row:
        """Of several contacts the last one counts for the observation, the gravest for the risk."""
        last = max(found, key=lambda contact: contact.last_at)
        last_day = clock.day_of(last.last_at)
        starts, ends = rules.follow_up(last_day, self._days(last))
        gravest = max(found, key=lambda contact: rules.risk(contact.where, is_close=contact.is_close))
        status = rules.contact_status(
            ends, today=self.today, is_lost=last.person_id in self.lost, has_died=last.person_id in self.died
        )
        entry = self._entry(last.person_id)
        return self._person(last.person, last.unit, entry) | {
            "contact_id": entry[1], "active": status == "UNDER_FOLLOW_UP", "contact_status": status,
            "date_of_reporting": clock.day_of(min(one.decided_at or one.proposed_at for one in found)),
            "date_of_data_entry": clock.day_of(min(one.proposed_at for one in found)), "date_of_last_contact": last_day,
            "date_of_followup_start": starts, "date_of_followup_end": ends,
            "risk_level": rules.LEVEL_CODES[rules.risk(gravest.where, is_close=gravest.is_close)],
            "risk_reason": rules.CONTEXTS[gravest.where], "was_case": last.person_id in self.was_case,
        }  # fmt: skip

    def _relationship(self, contact: Contact) -> Row:
        """From the case to the contact; to a contact of the second degree from the contact through whom."""
        case = self.by_id[whose(contact)]
        source, entry = case.person, self._case_entry(case)
        if contact.via and contact.via.person_id in self.contacts_of:
            source, entry = contact.via.person, self._entry(contact.via.person_id)
        best: Row = next((one for one in contact.meetings if one["where"] == contact.where), {})
        exposure = rules.exposure_type(contact.where, best.get("rows"), best.get("seats"))
        said = [contact.place, contact.note] if exposure == rules.OTHER_EXPOSURE else [contact.note]
        certainty = rules.certainty(is_close=contact.is_close, by_hand=contact.by_hand, missed=contact.missed)
        return {
            "uuid": str(uuid.uuid5(NAMESPACE, f"relationship:{contact.pk}")),
            **self._end("source", source, entry), **self._end("target", contact.person, self._entry(contact.person_id)),
            "date_of_first_contact": clock.day_of(contact.first_at), "date_of_last_contact": clock.day_of(contact.last_at),
            "date_of_data_entry": clock.day_of(contact.proposed_at), "exposure_type": exposure,
            "context_of_exposure": rules.CONTEXTS[contact.where],
            "exposure_frequency": rules.frequency(sum(one["meetings"] for one in contact.meetings)),
            "exposure_duration": rules.duration(contact.minutes), "exposure_duration_minutes": contact.minutes or None,
            "certainty_level": rules.LEVELS[certainty], "relation_detail": contact.where, "is_contact_date_estimated": contact.by_hand,
            "comment": rules.plain(" · ".join(filter(None, said))),
        }  # fmt: skip

    def _end(self, end: str, person: Person, entry: tuple[str, str]) -> Row:
        return {
            f"{end}_uuid": entry[0], f"{end}_visualid": entry[1],
            f"{end}_gender": rules.GENDERS.get(person.sex, "").capitalize(), f"{end}_age": rules.age(person.birth_date, self.today),
        }  # fmt: skip

    def _entry(self, person_id: int) -> tuple[str, str]:
        """uuid and visual id. One person in one outbreak keeps one uuid, as a contact and as a case, in every export."""
        if case := self.case_of.get(person_id):
            return self._case_entry(case)
        first = min(self.contacts_of[person_id], key=lambda contact: contact.pk)
        return self._uuid(person_id), f"CONTACT-{clock.local(first.proposed_at).year}-{first.pk:04}"

    def _case_entry(self, case: Case) -> tuple[str, str]:
        is_latest = self.case_of[case.person_id] == case
        own = self._uuid(case.person_id) if is_latest else str(uuid.uuid5(NAMESPACE, f"case:{case.pk}"))
        return own, f"CASE-{case.number}"

    def _uuid(self, person_id: int) -> str:
        return str(uuid.uuid5(NAMESPACE, f"{self.actor.school_id}:{self.disease}:{person_id}"))

    def _days(self, contact: Contact) -> int | None:
        row = rulebook.observation(contact.case.disease, OF[contact.degree], clock.day_of(contact.case.diagnosed_at))
        return row.days if row else None


def _last_defined(case_ids: Iterable[int]) -> dict[int, tuple[str, datetime]]:
    """Case -> the last status that a definition describes, and the moment of the first diagnosis."""
    found: dict[int, tuple[str, datetime]] = {}
    decided = Decision.objects.filter(case_id__in=list(case_ids), to_status__in=DEFINED).order_by("pk")
    for case_id, status, diagnosed_at in decided.values_list("case_id", "to_status", "diagnosed_at"):
        found[case_id] = (status, found.get(case_id, ("", diagnosed_at))[1])
    return found

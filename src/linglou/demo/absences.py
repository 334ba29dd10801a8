"""Who misses class through illness: somebody followed up every day, somebody nobody asked after yet today, two who are back, one by
the clinic's certificate and one by a hospital's; and a student whom the counselling centre has talked to."""

from __future__ import annotations

from datetime import datetime, timedelta

from linglou.demo.campus import Campus
from linglou.domains.care.absences import actions as absences
from linglou.domains.care.counselling import actions as counselling
from linglou.domains.care.models import Absence
from linglou.flows import absence_is_followed_daily
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.people.queries import actor_of
from linglou.kernel import clock

SICK = 5
HOSPITAL = "云泽市第一人民医院"
LOW = (1, 2, 2, 2, 1, 1, 1, 0, 1)  # PHQ-9: 11, with a thought that nobody should be alone with


def play(campus: Campus, *, now: datetime) -> None:
    sick = _SickBay(campus, now)
    first, second, third, fourth, fifth = sick.students()
    followed = sick.absent(first, 3, ["fever", "cough"], disease="influenza", care_sought=True, hospital=HOSPITAL)
    for days in (2, 1, 0):
        sick.followed(followed, days, course="better" if days < 2 else "same")
    sick.absent(second, 1, ["vomiting", "diarrhoea"], by=sick.clinic)
    sick.certified(sick.absent(third, 8, ["fever", "sore-throat"], disease="influenza"))
    sick.back(sick.absent(fourth, 5, ["rash"], diagnosis="荨麻疹", care_sought=True, hospital=HOSPITAL))
    sick.talked_to(fifth)
    absence_is_followed_daily.run(at=now)


class _SickBay:
    def __init__(self, campus: Campus, now: datetime) -> None:
        self.campus, self.now, self.today = campus, now, clock.day_of(now)
        self.counsellor, self.clinic, self.centre = (
            actor_of(campus.holders[role], account_id=0, at=now) for role in (Role.COUNSELLOR, Role.CLINIC, Role.COUNSELLING)
        )
        self.units = people.units_of_persons([one.pk for one in campus.students], at=now)

    def students(self) -> list[Person]:
        """The last of the class whose counsellor a visitor of the demo can be: the outbreak takes from its first."""
        others = [one for one in self.campus.students if one != self.campus.visitor]
        mates = [one for one in others if self.units[one.pk] == self.campus.classes[0].pk]
        return (mates if len(mates) >= SICK else others)[-SICK:]

    def _unit(self, person: Person) -> Unit:
        return people.units_by_id([self.units[person.pk]]).popitem()[1]

    def _at(self, days: int) -> datetime:
        return self.now - timedelta(days=days, minutes=20)

    def absent(
        self, person: Person, days: int, symptoms: list[str], *, by: Actor | None = None, disease: str = "", diagnosis: str = "",
        care_sought: bool | None = None, hospital: str = "",
    ) -> Absence:  # fmt: skip
        day = self.today - timedelta(days=days)
        return absences.register(
            person=person, unit=self._unit(person), from_day=day, onset=day, symptoms=symptoms, disease=disease, diagnosis=diagnosis,
            care_sought=care_sought, hospital=hospital, whereabouts="dorm", by=by or self.counsellor, at=self._at(days),
        )  # fmt: skip

    def followed(self, absence: Absence, days: int, *, course: str) -> None:
        absences.follow_up(
            absence=absence, course=course, outcome="resting", care_sought=None, whereabouts="dorm", note="", by=self.counsellor,
            at=self._at(days),
        )  # fmt: skip

    def certified(self, absence: Absence) -> None:
        well = self.now - timedelta(days=3)
        absences.certify(
            absence=absence, disease=absence.disease, since={"onset": self._at(8), "fever-end": well, "symptoms-end": well},
            returned_on=self.today, by=self.clinic, at=self.now - timedelta(minutes=10),
        )  # fmt: skip

    def back(self, absence: Absence) -> None:
        absences.accept_certificate(
            absence=absence, issuer=HOSPITAL, issued_on=self.today - timedelta(days=1), returned_on=self.today, by=self.counsellor,
            at=self.now - timedelta(minutes=15),
        )  # fmt: skip

    def talked_to(self, person: Person) -> None:
        """The centre called within minutes; they see each other again today."""
        at = self._at(2)
        own = actor_of(person, account_id=0, at=self.now)
        counselling.assess(person=person, instrument="phq-9", answers=LOW, by=own, at=at)
        counselling.answer(
            person=person, outcome="talked", text="电话里愿意说话，约了当天下午面谈；室友陪着。考试和家里的事压在一起，睡不好。",
            follow_up_on=self.today, by=self.centre, at=at + timedelta(minutes=6),
        )  # fmt: skip

"""Measles in one dorm and one class: somebody who came back with it, two who had it from them, one from one of those, and this
morning a suspicion whose contacts wait for a review. Contacts stand on days 3, 9 and 14."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from linglou.demo.campus import Campus
from linglou.demo.care import Carers
from linglou.domains.cases import actions as cases
from linglou.domains.cases.actions import NewFindings, Specimen
from linglou.domains.cases.contacts import actions as contacts
from linglou.domains.cases.models import Case, Decision
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.people.queries import actor_of

DISEASE = "measles"
SIGNS = {"fever": True, "rash-maculopapular": True, "catarrh": True}
PROVEN = SIGNS | {"symptoms": True, "igm-positive": True}
# Days ago that the rash began.
INDEX, SECOND, THIRD, FOURTH = 25, 14, 9, 3
MATES = 18


def play(campus: Campus, carers: Carers, *, now: datetime) -> None:
    outbreak = _Outbreak(campus, carers, now)
    class_of = people.units_of_persons([one.pk for one in campus.students], at=now)
    at_hand = [one for one in campus.students if one != campus.visitor]
    classmates = [one for one in at_hand if class_of[one.pk] == campus.classes[0].pk][5:]
    if len(classmates) <= MATES:  # a campus too small for an outbreak has a suspicion all the same
        outbreak.suspected(at_hand[-1])
        return
    first, *mates = classmates
    home = campus.homes
    room = [one for one in at_hand if home.get(one.pk) == home.get(first.pk) and one != first]
    second, third, fourth, fifth = mates[:4]
    index = outbreak.confirmed(first, INDEX, has_recovered=True)
    outbreak.met(index, [*room[:4], second, third], "dorm-room")
    outbreak.met(outbreak.confirmed(second, SECOND), [fourth, *mates[4:9]], "class-session")
    outbreak.met(outbreak.confirmed(third, THIRD), [fifth, *mates[9:13]], "gathering")
    outbreak.met(outbreak.confirmed(fourth, FOURTH), mates[13:18], "class-session")
    outbreak.suspected(fifth)


class _Outbreak:
    def __init__(self, campus: Campus, carers: Carers, now: datetime) -> None:
        self.now, self.campus, self.carers = now, campus, carers
        self.clinic: Actor = actor_of(campus.holders[Role.CLINIC], account_id=0, at=now)

    def _unit(self, person: Person) -> Unit:
        return people.units_by_id([people.units_of_persons([person.pk], at=self.now)[person.pk]]).popitem()[1]

    def confirmed(self, person: Person, days: int, *, has_recovered: bool = False) -> Case:
        """A case of ``days`` ago: told, reported, and over when it has recovered."""
        rash = self.now - timedelta(days=days, hours=2)
        at = rash + timedelta(hours=3)
        case = cases.open_case(
            person=person, unit=self._unit(person), disease=DISEASE, event="confirm", diagnosed_at=at, by=self.clinic, at=at,
            whereabouts="home" if has_recovered else "hospital", hospital="" if has_recovered else "云泽市传染病医院",
            findings=NewFindings(
                said=PROVEN, since={"onset": rash - timedelta(days=3), "rash-onset": rash},
                specimens={"igm-positive": Specimen("血清", "云泽市疾控中心", at - timedelta(hours=1))},
            ),
        )  # fmt: skip
        if has_recovered:
            over = rash + timedelta(days=12)
            cases.decide(case=case, event="recover", diagnosed_at=over, by=self.clinic, at=over)
        for report in case.reports.filter(sent_at=None):
            moment = report.decision.diagnosed_at + timedelta(hours=1)
            cases.send_report(
                report=report, means="network", recipient="云泽区疾控中心", reference=f"YZ{report.pk:06}", sent_at=moment,
                by=self.clinic, at=moment,
            )  # fmt: skip
        Decision.objects.filter(case=case).update(flowed_at=at)  # it was told then
        case.refresh_from_db()
        return case

    def met(self, case: Case, persons: Sequence[Person], where: str) -> None:
        """Confirmed contacts, together for the last time on the day that the case was found."""
        for n, person in enumerate(persons):
            last = case.opened_at - timedelta(minutes=60 + 10 * n)
            contacts.add(
                case=case, person=person, where=where, first_at=last - timedelta(days=2), last_at=last, note="",
                by=self.clinic, at=case.opened_at + timedelta(hours=3),
            )  # fmt: skip
        self.carers.watch(case.opened_at + timedelta(hours=4))

    def suspected(self, person: Person) -> None:
        """This morning's: examined, suspected, told by the next tick, its contacts found and not yet reviewed."""
        at = self.now - timedelta(minutes=40)
        case = cases.open_case(
            person=person, unit=self._unit(person), disease=DISEASE, event="suspect", diagnosed_at=at, by=self.clinic, at=at,
            whereabouts="clinic",
            findings=NewFindings(said=SIGNS, since={"onset": at - timedelta(days=2), "rash-onset": at - timedelta(hours=9)}),
        )  # fmt: skip
        contacts.propose(case=case, by=self.clinic, at=self.now - timedelta(minutes=20))
        self.carers.watch(self.now - timedelta(minutes=20))

"""Everybody whom the outbreak concerns is cared for: placed, visited each morning, let go when the days are over."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from decimal import Decimal

from linglou.demo.campus import Campus
from linglou.domains.care.models import LogEntry, LogKind, Observation, Plan
from linglou.domains.care.observation import actions as observation
from linglou.domains.care.plans import actions as plans
from linglou.domains.care.rooms import actions as rooms
from linglou.flows import (
    case_decided_tells_chain,
    case_isolates_patient,
    contact_confirmed_is_told,
    contact_confirmed_is_watched,
    need_is_somebodys_task,
    observation_is_told,
)
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person
from linglou.foundation.people.queries import actor_of
from linglou.kernel import clock

ROOMS = [f"{floor}0{n}" for floor in (1, 2) for n in range(1, 7)]
PLACED_SHARE, NEED_SHARE, ANSWERED_SHARE = 0.5, 0.3, 0.5
FOLLOW_UP = timedelta(days=10)


class Carers:
    """``watched``: somebody under observation whose account a visitor can try."""

    watched: Person | None = None

    def __init__(self, campus: Campus, *, dice: random.Random, now: datetime) -> None:
        self.campus, self.dice, self.now = campus, dice, now
        keeper = self._actor(campus.holders[Role.LOGISTICS])
        began = now - timedelta(days=30)
        site = rooms.add_site(name="松园隔离公寓", kind="isolation-room", address="东校区松园 3 号楼", by=keeper, at=began)
        self.rooms = rooms.add_rooms(site=site, names=ROOMS, beds=1, by=keeper, at=began)

    def _actor(self, person: Person) -> Actor:
        return actor_of(person, account_id=0, at=self.now)

    def watch(self, at: datetime) -> None:
        """What the tick did then, and the days since for everybody who came under observation."""
        case_isolates_patient.run(at=at)
        contact_confirmed_is_watched.run(at=at)
        for plan in Plan.objects.filter(opened_at=at).select_related("responsible"):
            over = self._release(plan)
            self._place(plan, at, is_over=over is not None)
            self._visit(plan, at, until=over or self.now)
            if over is None and plan.observations.exclude(last_day=None):
                self.watched = Person.objects.get(pk=plan.person_id)

    def tell(self) -> None:
        """What happened just now is told at once."""
        for flow in (case_decided_tells_chain, contact_confirmed_is_told, observation_is_told, need_is_somebodys_task):
            flow.run(at=self.now)

    def _release(self, plan: Plan) -> datetime | None:
        """Whose days are over was let go in the morning after; when."""
        last_days = [one.last_day for one in Observation.objects.filter(plan=plan)]
        if None in last_days or not last_days:
            return None
        over = clock.moment(max(day for day in last_days if day) + timedelta(days=1), time(8, 40))
        if over > self.now:
            return None
        doctor = self._actor(self.campus.holders[Role.CLINIC])
        for one in Observation.objects.filter(plan=plan):
            observation.release(observation=one, said={"no-symptoms": True}, reason="", by=doctor, at=over)
        plans.close(
            plan=plan, follow_up_on=clock.day_of(self.now + FOLLOW_UP), note="期间体温正常，无不适。",
            by=self._actor(plan.responsible), at=over + timedelta(hours=2),
        )  # fmt: skip
        return over

    def _place(self, plan: Plan, at: datetime, *, is_over: bool) -> None:
        if is_over or plan.placements.exists():
            return
        alone = bool(self.rooms) and self.dice.random() < PLACED_SHARE
        rooms.place(
            plan=plan, kind="isolation-room" if alone else "dorm", room=self.rooms.pop(0) if alone else None, detail="",
            by=self._actor(plan.responsible), at=at,
        )  # fmt: skip
        if self.dice.random() < NEED_SHARE:
            self._ask(plan)

    def _ask(self, plan: Plan) -> None:
        by = self._actor(plan.responsible)
        need = plans.raise_need(
            plan=plan, kind="study", text="下周高数小测，能不能线上参加？", by=by, at=self.now - timedelta(hours=20)
        )
        if self.dice.random() < ANSWERED_SHARE:
            plans.answer_need(need=need, answer="已和任课老师说好，线上参加", by=by, at=self.now - timedelta(hours=15))

    def _visit(self, plan: Plan, began: datetime, *, until: datetime) -> None:
        first, last = clock.day_of(began), clock.day_of(until)
        LogEntry.objects.bulk_create(
            LogEntry(
                plan=plan, by_id=plan.responsible_id, kind=LogKind.CHECK, text="",
                at=clock.moment(first + timedelta(days=n), time(8, self.dice.randint(0, 59))),
                temperature=Decimal(str(round(self.dice.uniform(36.2, 36.9), 1))),
            )
            for n in range(1, (last - first).days)
        )  # fmt: skip

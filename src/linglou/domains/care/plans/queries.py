"""Reads of care plans: the list, one plan, one's own. What shows that somebody is under care is audited in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linglou.domains.care import access, checks, rules
from linglou.domains.care.checks import Check
from linglou.domains.care.models import (
    LogEntry,
    Need,
    NeedKind,
    Observation,
    ObservationEvent,
    ObservationState,
    Placement,
    Plan,
    PlanState,
)
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Post
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

# The people of a plan, and which posts may be asked; the first two are never empty.
PEOPLE = {
    "responsible": (Role.COUNSELLOR, Role.COLLEGE_SECRETARY, Role.DEAN, Role.PREVENTION_OFFICE, Role.CLINIC),
    "supporter": (Role.COUNSELLING,),
    "clinician": (Role.CLINIC,),
    "tutor": (Role.COUNSELLOR, Role.COLLEGE_SECRETARY, Role.DEAN, Role.CLASS_MONITOR),
}
NEVER_EMPTY = frozenset({"responsible", "supporter"})
SHOWN = ("person", "unit", "responsible", "supporter", "clinician", "tutor")


def candidates(plan: Plan, *, at: datetime) -> dict[str, dict[int, str]]:
    """Role of the plan -> who may be named: id -> name. Those on the chain of the person's unit, and of the school's own posts."""
    posts = people.in_force(Post.objects.filter(school_id=plan.school_id, unit__isnull=False), at).select_related(
        "person", "unit"
    )
    found: dict[str, dict[int, str]] = {role: {} for role in PEOPLE}
    for post in posts.order_by("-unit__depth", "pk"):
        assert post.unit is not None
        if not plan.unit.path.startswith(post.unit.path):
            continue
        for role, allowed in PEOPLE.items():
            if post.role in allowed:
                found[role].setdefault(post.person_id, post.person.name)
    for role in PEOPLE:  # whoever is named already stays to be chosen
        named = getattr(plan, role)
        if named is not None:
            found[role].setdefault(named.pk, named.name)
    return found


@dataclass(frozen=True)
class Row:
    """One person under care, as a list shows them. ``leading`` None: no observation runs, the plan goes on."""

    plan: Plan
    leading: Observation | None
    standing: rules.Standing | None
    today: tuple[Check, ...]
    place: Placement | None
    needs: int

    @property
    def is_checked(self) -> bool:
        return any(check.at for check in self.today)

    @property
    def is_due(self) -> bool:
        """Whether the last day is over, so that the release is to be decided."""
        return self.standing is not None and self.standing.is_over


TABS = ("", "unchecked", "due", "patients", "needs", "closed")
_WATCHING = Observation.objects.filter(plan=OuterRef("pk"), state=ObservationState.WATCHING)


def listed(actor: Actor, *, tab: str, text: str, at: datetime) -> QuerySet[Plan]:
    """The plans of one tab, those who have been longest first."""
    plans = access.visible_plans(actor).select_related("responsible", "supporter")
    plans = plans.filter(state=PlanState.CLOSED if tab == "closed" else PlanState.OPEN)
    if tab == "unchecked":
        plans = plans.filter(pk__in=_unchecked(plans, at=at))
    elif tab == "due":
        plans = plans.filter(Exists(_due(at)), ~Exists(_running(at)))
    elif tab == "patients":
        plans = plans.filter(Exists(_WATCHING.filter(ground__in=rules.PATIENTS)))
    elif tab == "needs":
        plans = plans.filter(Exists(Need.objects.filter(plan=OuterRef("pk"), answered_at=None)))
    if text:
        plans = plans.filter(Q(person__name__icontains=text) | Q(person__number__iexact=text) | Q(unit__name__icontains=text))
    return plans.order_by("-closed_at" if tab == "closed" else "opened_at", "pk")


def _due(at: datetime) -> QuerySet[Observation]:
    return _WATCHING.filter(last_day__lt=clock.day_of(at))


def _running(at: datetime) -> QuerySet[Observation]:
    return _WATCHING.filter(Q(last_day=None) | Q(last_day__gte=clock.day_of(at)))


def _unchecked(plans: QuerySet[Plan], *, at: datetime) -> list[int]:
    """The plans under observation in which nobody has been checked today."""
    day = clock.day_of(at)
    watched = dict(plans.filter(Exists(_WATCHING)).order_by().values_list("person_id", "pk"))
    if not watched:
        return []
    school_id = plans.values_list("school_id", flat=True)[0]
    found = checks.checks_of(school_id, list(watched), first=day, last=day)
    return [watched[person_id] for person_id, theirs in found.items() if not any(check.at for check in theirs)]


def counts(actor: Actor, *, at: datetime) -> dict[str, int]:
    """How many plans each tab shows."""
    return {tab: listed(actor, tab=tab, text="", at=at).count() for tab in TABS}


@transaction.atomic
def rows(actor: Actor, plans: Sequence[Plan], *, at: datetime) -> list[Row]:
    """The rows of one page; each person shown gets an entry in the trail."""
    if not plans:
        return []
    day = clock.day_of(at)
    audit.record_reads(
        by=actor, school_id=actor.school_id, at=at, action="plan.list", person_ids=sorted({plan.person_id for plan in plans})
    )
    by_plan: dict[int, list[Observation]] = defaultdict(list)
    for one in Observation.objects.filter(plan__in=plans, state=ObservationState.WATCHING):
        by_plan[one.plan_id].append(one)
    today = checks.checks_of(actor.school_id, [plan.person_id for plan in plans], first=day, last=day)
    places = {
        place.plan_id: place for place in Placement.objects.filter(plan__in=plans, to_at=None).select_related("room__site")
    }
    owed = dict(Need.objects.filter(plan__in=plans, answered_at=None).order_by().values_list("plan").annotate(n=Count("pk")))
    found = []
    for plan in plans:
        leading = rules.leading(by_plan[plan.pk])
        standing = rules.standing(leading, on=day) if leading else None
        found.append(Row(plan, leading, standing, tuple(today[plan.person_id]), places.get(plan.pk), owed.get(plan.pk, 0)))
    return found


@dataclass(frozen=True)
class DayOfChecks:
    day: date
    number: int
    checks: tuple[Check, ...]
    log: tuple[LogEntry, ...]


@dataclass(frozen=True)
class Detail:
    """One plan with everything the viewer may see. ``sees_cases``: the disease and on what ground; ``sees_answers``: what was measured;
    ``phone``, ``family_phone`` None without SEE_CONTACT."""

    plan: Plan
    observations: list[Observation]
    ended: list[Observation]
    leading: Observation | None
    standing: rules.Standing | None
    days: list[DayOfChecks]
    events: list[ObservationEvent]
    needs: list[Need]
    place: Placement | None
    places: list[Placement]
    home: str
    unit: str
    phone: str | None
    family_phone: str | None
    sees_cases: bool
    sees_answers: bool
    may: dict[str, bool] = field(default_factory=dict)

    @property
    def today(self) -> DayOfChecks | None:
        return self.days[0] if self.days else None

    @property
    def carers(self) -> list[tuple[str, Person]]:
        """Whom the person may call, each once: (in what capacity, who)."""
        plan, found = self.plan, dict[int, tuple[str, Person]]()
        named = ((_("责任人"), plan.responsible), (_("校医"), plan.clinician), (_("心理支持人"), plan.supporter))
        for label, person in named:
            if person:
                found.setdefault(person.pk, (label, person))
        return list(found.values())


def plan_with_people(plan_id: int) -> Plan:
    return Plan.objects.select_related(*SHOWN).get(pk=plan_id)


@transaction.atomic
def detail(actor: Actor, plan: Plan, *, at: datetime) -> Detail:
    """One plan, with an entry in the trail for what is shown."""
    path = [plan.unit.path]
    sees_contact = actor.may(Verb.SEE_CONTACT, at=path)
    for action in ["plan.read", *(["person.read-contact"] if sees_contact else [])]:
        audit.record_reads(by=actor, school_id=plan.school_id, at=at, action=action, person_ids=[plan.person_id])
    shown = plan_with_people(plan.pk)
    return _detail(
        shown, at=at, phone=shown.person.phone if sees_contact else None,
        family_phone=(shown.family_phone or shown.person.guardian_phone) if sees_contact else None,
        sees_cases=actor.may(Verb.SEE_CASES, at=path), sees_answers=actor.may(Verb.SEE_WHAT, at=path),
        may={
            "handle": plan.state == PlanState.OPEN and actor.may(Verb.HANDLE_CARE, at=path),
            "release": actor.may(Verb.RELEASE, at=path),
            "report_for": actor.may(Verb.REPORT_FOR, at=path),
            "counsel": actor.may(Verb.COUNSEL, at=path),
        },
    )  # fmt: skip


def own(person: Person, *, at: datetime) -> Detail | None:
    """The person's own open plan, or one that was closed within a month; None without one."""
    plans = Plan.objects.filter(Q(state=PlanState.OPEN) | Q(closed_at__gt=at - RECENT), person=person).select_related(*SHOWN)
    plan = max(plans, key=lambda one: (one.state == PlanState.OPEN, one.opened_at), default=None)
    if plan is None:
        return None
    return _detail(plan, at=at, phone=None, family_phone=None, sees_cases=True, sees_answers=True, may={"self": True})


@dataclass(frozen=True)
class NeedShown:
    """A need for whoever has its task: what, for whom, where; nothing of why they are watched. ``phone`` None without SEE_CONTACT.
    ``may_answer``: it is open, and the viewer's to answer."""

    need: Need
    place: Placement | None
    home: str
    phone: str | None
    may_answer: bool


@transaction.atomic
def need(actor: Actor, need_id: int, *, at: datetime) -> NeedShown:
    """Raises ``Problem(NOT_FOUND)`` for whoever neither has the task nor handles the person's care. What somebody said about how they
    feel is for the supporter and the counselling centre alone."""
    owns = Task.objects.filter(key=rules.need_key(need_id), school_id=actor.school_id, owner_id=actor.person_id).exists()
    found = access.need_for(actor, need_id, owned=owns)
    if found.kind == NeedKind.MIND and not (owns or actor.may(Verb.COUNSEL, at=[found.plan.unit.path])):
        raise Problem(NOT_FOUND)
    person, path = found.plan.person, [found.plan.unit.path]
    audit.record_reads(by=actor, school_id=actor.school_id, at=at, action="plan.read-need", person_ids=[person.pk])
    place = Placement.objects.filter(plan=found.plan, to_at=None).select_related("room__site").first()
    return NeedShown(
        found, place, " ".join(filter(None, people.home_of(person.pk, at=at))),
        person.phone if actor.may(Verb.SEE_CONTACT, at=path) else None, found.answered_at is None,
    )  # fmt: skip


RECENT = timedelta(days=30)
DAYS_SHOWN = 30


def _detail(
    plan: Plan, *, at: datetime, phone: str | None, family_phone: str | None, sees_cases: bool, sees_answers: bool,
    may: dict[str, bool],
) -> Detail:  # fmt: skip
    today = clock.day_of(at)
    every = list(Observation.objects.filter(plan=plan).order_by("pk"))
    running = [one for one in every if one.state == ObservationState.WATCHING]
    leading = rules.leading(running)
    log = list(LogEntry.objects.filter(plan=plan).select_related("by").order_by("-at", "-pk"))
    until = clock.day_of(plan.closed_at) if plan.closed_at else today
    first = max(clock.day_of(plan.opened_at), until - timedelta(days=DAYS_SHOWN))
    found = checks.checks_of(plan.school_id, [plan.person_id], first=first, last=until)[plan.person_id]
    counted = leading or rules.leading(every)
    since = counted.since if counted else first
    room, bed = people.home_of(plan.person_id, at=at)
    return Detail(
        plan=plan, observations=sorted(running, key=lambda one: one is not leading),
        ended=[one for one in every if one.state != ObservationState.WATCHING], leading=leading,
        standing=rules.standing(leading, on=today) if leading else None,
        days=[
            DayOfChecks(
                day, (day - since).days, tuple(check for check in found if check.day == day),
                tuple(entry for entry in log if clock.day_of(entry.at) == day),
            )
            for day in _days(until, first)
        ],
        events=list(ObservationEvent.objects.filter(observation__plan=plan).select_related("observation", "by").order_by("-pk")),
        needs=list(Need.objects.filter(plan=plan).select_related("answered_by").order_by("answered_at", "-raised_at")),
        place=Placement.objects.filter(plan=plan, to_at=None).select_related("room__site").first(),
        places=list(Placement.objects.filter(plan=plan).select_related("room__site").order_by("-from_at")),
        home=" ".join(filter(None, (room, bed))), unit=people.labels_of([plan.unit]).get(plan.unit_id, plan.unit.name), phone=phone,
        family_phone=family_phone, sees_cases=sees_cases, sees_answers=sees_answers, may=may,
    )  # fmt: skip


def _days(last: date, first: date) -> Iterable[date]:
    return (last - timedelta(days=n) for n in range((last - first).days + 1))

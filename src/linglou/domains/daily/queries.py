"""Reads of the daily report: what is asked of a person, what they answered, what one tap would confirm."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linglou.domains.daily import access, rules
from linglou.domains.daily.intake import ticket as tickets
from linglou.domains.daily.problems import ALREADY_REPORTED
from linglou.engines.rounds import roster
from linglou.engines.rounds.models import (
    WHEREABOUTS,
    Excuse,
    Form,
    Response,
    Round,
    RoundExcuse,
    Schedule,
    Source,
    State,
)
from linglou.engines.rounds.problems import NOT_ON_ROSTER, NOT_OPEN
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Membership, Person, Tree, Unit, UnitKind
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock, ids, regions
from linglou.kernel.problems import Problem

REPEAT_DAYS = 7  # a report older than this is not repeated by one tap
LATE = tickets.GRACE


@dataclass(frozen=True)
class Given:
    """A response as its owner sees it. ``by_name`` is '' for one's own."""

    round_id: int
    answers: dict[str, Any]
    revision: int
    source: str
    by_name: str
    is_late: bool
    first_at: datetime
    last_at: datetime
    code: str

    @property
    def is_proxy(self) -> bool:
        return self.source != Source.SELF

    @property
    def source_label(self) -> str:
        return str(Source(self.source).label)


@dataclass(frozen=True)
class Repeat:
    """What one tap confirms: the answers, in words, and the fingerprint that the tap sends back."""

    answers: dict[str, Any]
    lines: list[tuple[str, str]]
    fingerprint: str
    last_day: date


@dataclass(frozen=True)
class Asked:
    """One round as it stands for one person. ``state``: answered, excused, waiting, late (past the close, still taken)."""

    round: Round
    person_id: int
    state: str
    given: Given | None = None
    excused_until: datetime | None = None
    repeat: Repeat | None = None


def questions_of(round_: Round) -> tuple[rules.Question, ...]:
    return rules.parse_questions(round_.form.questions)


def asked_of(person: Person, *, at: datetime) -> list[Asked]:
    """The rounds that concern a person now: open ones, today's, and yesterday's that can still be answered late."""
    candidates = list(
        Round.objects.filter(Q(person_kind="") | Q(person_kind=person.kind), school_id=person.school_id, asks="people")
        .filter(Q(state=State.OPEN) | Q(closes_at__gt=at - LATE), opens_at__lte=at)
        .exclude(purpose=WHEREABOUTS)
        .select_related("form", "audience")
        .order_by("closes_at", "pk")
    )
    given = given_by_round(person, candidates)
    excused = {
        row.round_id: row.excuse_id
        for row in RoundExcuse.objects.filter(
            school_id=person.school_id, round_id__in=[one.pk for one in candidates], respondent_id=person.pk
        )
    }
    ends = dict(Excuse.objects.filter(pk__in=excused.values()).values_list("pk", "ends_at"))
    last = last_report(person, at=at) if any(one.pk not in given for one in candidates) else None
    found = []
    for round_ in candidates:
        is_past = round_.state == State.CLOSED or round_.closes_at <= at
        if round_.pk in given:
            if not is_past or round_.day == clock.day_of(at):
                found.append(Asked(round_, person.pk, "answered", given=given[round_.pk]))
        elif not is_on_roster(round_, person.pk):
            continue
        elif round_.pk in excused:
            if not is_past:
                found.append(Asked(round_, person.pk, "excused", excused_until=ends.get(excused[round_.pk])))
        elif is_past:
            if round_.closes_at > at - LATE:
                found.append(Asked(round_, person.pk, "late"))
        else:
            found.append(Asked(round_, person.pk, "waiting", repeat=repeat_of(round_, last)))
    return sorted(found, key=lambda asked: (ORDER[asked.state], asked.round.closes_at))


ORDER = {"waiting": 0, "answered": 1, "excused": 2, "late": 3}


def is_on_roster(round_: Round, respondent_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM ({roster.sql(round_)}) r WHERE respondent_id = %(respondent_id)s)",
            roster.parameters(round_) | {"respondent_id": respondent_id},
        )
        (is_there,) = cursor.fetchone()
    return bool(is_there)


def given_by_round(person: Person, rounds: Sequence[Round]) -> dict[int, Given]:
    """The person's responses to these rounds."""
    rows = list(
        Response.objects.filter(
            school_id=person.school_id,
            day__in={one.day for one in rounds},
            round_id__in=[one.pk for one in rounds],
            respondent_id=person.pk,
        )
    )
    names = names_of(row.by_id for row in rows if row.source != Source.SELF)
    return {
        row.round_id: Given(
            row.round_id, row.answers, row.revision, row.source, names.get(row.by_id or 0, ""), row.is_late, row.first_at,
            row.last_at, ids.receipt_code(row.receipt),
        )
        for row in rows
    }  # fmt: skip


def names_of(person_ids: Iterable[int | None]) -> dict[int, str]:
    return dict(Person.objects.filter(pk__in={one for one in person_ids if one}).values_list("pk", "name"))


LAST_SQL = """
    SELECT p.answers, r.day, f.key
    FROM rounds_round r
    JOIN rounds_form f ON f.id = r.form_id
    JOIN rounds_response p ON p.school_id = r.school_id AND p.day = r.day AND p.round_id = r.id AND p.respondent_id = %(person)s
    WHERE r.school_id = %(school)s AND r.asks = 'people' AND r.purpose <> %(elsewhere)s
      AND r.day >= %(since)s AND r.opens_at <= %(at)s
    ORDER BY p.last_at DESC
    LIMIT 1
"""


@dataclass(frozen=True)
class LastReport:
    answers: dict[str, Any]
    day: date
    form_key: str


def last_report(person: Person, *, at: datetime, days: int = REPEAT_DAYS) -> LastReport | None:
    """The person's latest answers within ``days`` days, whichever round they were for."""
    since = clock.day_of(at) - timedelta(days=days)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "person": person.pk,
            "school": person.school_id,
            "since": since,
            "at": at,
            "elsewhere": WHEREABOUTS,
        }
        cursor.execute(LAST_SQL, values)
        row = cursor.fetchone()
    return LastReport(_decoded(row[0]), row[1], row[2]) if row else None


def _decoded(value: Any) -> dict[str, Any]:
    """jsonb as a plain cursor gives it (Django's connections leave it as text)."""
    decoded: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return decoded


def repeat_of(round_: Round, last: LastReport | None) -> Repeat | None:
    """What "nothing has changed" would confirm in this round; None when it cannot be offered."""
    if last is None or last.form_key != round_.form.key:
        return None
    questions = questions_of(round_)
    answers = rules.repeat(questions, last.answers, known_region=regions.is_place)
    if answers is None:
        return None
    return Repeat(answers, describe(questions, answers), rules.fingerprint(answers), last.day)


def describe(questions: Sequence[rules.Question], answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Answers in words, question by question: (title, answer). Unanswered optional questions are left out."""
    language = get_language() or ""
    lines = []
    for question in questions:
        value = answers.get(question.key)
        if value is not None and value != "":
            lines.append((question.label(language), _words(question, value, language)))
    return lines


def _words(question: rules.Question, value: Any, language: str) -> str:
    match question.kind:
        case "temperature":
            return _("体温正常（低于 37.3 ℃）") if value == rules.NORMAL else f"{value} ℃"
        case "symptoms":
            return _("、").join(str(rules.SYMPTOMS.get(code, code)) for code in value) or _("没有不舒服")
        case "exposure":
            return _("、").join(str(rules.EXPOSURES.get(code, code)) for code in value) or _("没有接触史和风险行程")
        case "where":
            return place_in_words(value)
        case "yes-no":
            return _("是") if value == "yes" else _("否")
        case "choice" | "choices":
            named: dict[str, str] = {
                option.code: (option.en if language.startswith("en") else "") or option.zh for option in question.options
            }
            chosen = value if isinstance(value, list) else [value]
            return _("、").join(str(named.get(code, code)) for code in chosen)
    return str(value)


def place_in_words(where: Mapping[str, Any]) -> str:
    if where.get("kind") == "campus":
        return str(_("在校内：%s") % where.get("place", ""))
    detail = where.get("detail", "")
    if where.get("kind") == "abroad":
        return str(_("在境外：%s") % detail)
    return f"{regions.name(where.get('region', ''))} {detail}".strip()


def home_place(person_id: int, *, at: datetime) -> str:
    """Where the person lives on campus, as a form shows it ("东校区 3号楼 214"); '' for someone who lives outside."""
    home = (
        people.in_force(Membership.objects.filter(person_id=person_id, tree=Tree.RESIDENCE), at).select_related("unit").first()
    )
    if home is None:
        return ""
    shown = {UnitKind.CAMPUS, UnitKind.BUILDING, UnitKind.ROOM}
    units = Unit.objects.filter(pk__in=home.unit.ancestor_ids, kind__in=shown).order_by("depth")
    return " ".join(units.values_list("name", flat=True))[: rules.PLACE_LIMIT]


def round_to_answer(school_id: int, round_id: int, *, at: datetime) -> Round:
    """A round of people that takes answers now, on time or late. Raises ``Problem`` (NOT_ON_ROSTER, NOT_OPEN)."""
    round_ = (
        Round.objects.filter(pk=round_id, school_id=school_id, asks="people")
        .exclude(purpose=WHEREABOUTS)
        .select_related("form", "audience", "school")
        .first()
    )
    if round_ is None:
        raise Problem(NOT_ON_ROSTER)
    if not round_.opens_at <= at < round_.closes_at + LATE:
        raise Problem(NOT_OPEN, title=round_.title)
    return round_


def ticket_for(actor: Actor, round_: Round, person_id: int, at: datetime) -> str:
    """The ticket by which the actor answers for a person (or for themselves) in a round. Somebody who may not see the answers
    reports only for whoever has not. Raises ``Problem`` (NOT_FOUND, NOT_ON_ROSTER, ALREADY_REPORTED)."""
    standing = access.standing_in(round_, actor, person_id, at=at)
    if not standing.sees_answers and round_.pk in given_by_round(standing.person, [round_]):
        raise Problem(ALREADY_REPORTED, name=standing.person.name)
    return tickets.issue(
        round_=round_, respondent_id=person_id, by_id=actor.person_id, source=standing.source,
        until=None if standing.is_self else at + tickets.PROXY_LIFE,
    )  # fmt: skip


def advice_for(round_: Round, answers: Mapping[str, Any]) -> list[str]:
    """What the rules tell a person to do after such a report, worst first."""
    on = round_.day
    findings = rules.triage(
        questions_of(round_), rulebook.triage_rules(on), answers, on=on,
        risk_regions=rulebook.risk_regions(round_.school_id, on),
    )  # fmt: skip
    language = "en" if (get_language() or "").startswith("en") else "zh"
    found = (rulebook.triage_rule(finding.rule_id, finding.edition) for finding in findings)
    return [getattr(rule.advice, language) for rule in found if rule and rule.advice]


def wards_of(actor: Actor) -> list[Person]:
    """The persons for whom the actor reports as a guardian."""
    return list(Person.objects.filter(pk__in=actor.wards(Verb.REPORT_FOR), school_id=actor.school_id).order_by("name"))


def excuses_in(actor: Actor, *, at: datetime) -> QuerySet[Excuse]:
    """Excuses of persons whom the actor may excuse, those in force or to come first."""
    scope = within(actor, Verb.EXCUSE)
    members = people.in_force(Membership.objects.filter(scope, school_id=actor.school_id), at)
    return (
        Excuse.objects.filter(school_id=actor.school_id, person_id__in=members.values("person_id"))
        .select_related("person", "approved_by")
        .order_by("-ends_at", "-pk")
    )


def current_forms(school_id: int) -> list[Form]:
    """The newest version of every form of a school."""
    return list(Form.objects.filter(school_id=school_id).order_by("key", "-version").distinct("key"))


@dataclass(frozen=True)
class Scheduled:
    """A schedule with its round that is open now, if there is one."""

    schedule: Schedule
    open_round: Round | None


def schedules(actor: Actor, *, at: datetime) -> list[Scheduled]:
    """The schedules that the actor may edit."""
    listed = Schedule.objects.filter(school_id=actor.school_id).select_related("audience").order_by("-is_active", "opens", "pk")
    open_now = {
        one.schedule_id: one for one in Round.objects.filter(school_id=actor.school_id, state=State.OPEN, opens_at__lte=at)
    }
    return [Scheduled(one, open_now.get(one.pk)) for one in listed if actor.may(Verb.EDIT_SCHEDULE, at=[one.audience.path])]

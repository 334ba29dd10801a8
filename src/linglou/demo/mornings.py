"""The days behind us and this morning: who reported when, who has a fever, who is excused, who is missing."""

from __future__ import annotations

import json
import random
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from linglou.demo.campus import BEDS, Campus
from linglou.domains.daily import zero_report
from linglou.domains.daily.intake.ticket import LABELS
from linglou.domains.daily.intake.writer import Answer, write
from linglou.domains.daily.rules import STANDARD_FORM
from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds import excuses, queries
from linglou.engines.rounds.commit import Submission
from linglou.engines.rounds.models import Asks, Form, Round, Schedule
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.flows import close_opens_search_tasks, signal_counts_towards_thresholds, symptom_report_opens_signal
from linglou.foundation.people.models import Person
from linglou.foundation.people.queries import actor_of
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook import rules as triage
from linglou.kernel import clock
from linglou.kernel.ids import receipt_number
from linglou.kernel.secrets import key_for

OPENS, CLOSES = time(0, 10), time(23, 50)
REMINDERS = [time(9, 30), time(14, 0), time(17, 30)]
WAKING = timedelta(hours=3, minutes=20)
TURNOUT = 0.985
PROMPT_SHARE = 0.8
PROMPT, REMINDED = timedelta(hours=3, minutes=30), timedelta(hours=2, minutes=30)
EXCUSED_SHARE = 0.012
FOUND_SHARE = 0.9
UNITS_LATE = 2
ILL_SHARE = 0.008
BATCH = 400
CLUSTER = 4  # so many of one class: this morning has an alert to show, also when one of them does not report


class Mornings:
    def __init__(self, campus: Campus, *, dice: random.Random, now: datetime) -> None:
        self.campus, self.dice, self.now = campus, dice, now
        self.cluster = self._cluster()

    def play(self, *, days_behind: int) -> None:
        schedules = self._schedules(clock.day_of(self.now) - timedelta(days=days_behind))
        self._excuse_some()
        for behind in range(days_behind, -1, -1):
            day = clock.day_of(self.now) - timedelta(days=behind)
            for schedule in schedules:
                opens_at, closes_at = rounds.window(schedule, day)
                if opens_at <= self.now:
                    self._day(schedule, day, opens_at, closes_at)

    def _cluster(self) -> set[int]:
        """Classmates, of different rooms, who have caught the same thing by this morning, and say so early."""
        students, classes = self.campus.students, len(self.campus.classes)
        start = min(2, classes - 1) * len(students) // classes + 2
        return {one.pk for one in students[start :: BEDS + 1][:CLUSTER] if one != self.campus.visitor}

    def _schedules(self, first: date) -> list[Schedule]:
        school = self.campus.school
        common: dict[str, Any] = {"school": school, "audience": school, "from_day": first, "opens": OPENS, "closes": CLOSES}
        health = {"purpose": "daily-health", "form_key": "daily-health", "reminders": REMINDERS}
        for key, title, questions in (("daily-health", "每日健康填报", STANDARD_FORM), ("unit-zero", "单位零报告", [])):
            Form.objects.create(school=school, key=key, version=1, title=title, questions=questions, published_at=self.now)
        return [
            Schedule.objects.create(title="学生每日健康填报", person_kind="student", **health, **common),
            Schedule.objects.create(title="教职工每日健康填报", person_kind="staff", **health, **common),
            Schedule.objects.create(
                title="学院零报告", purpose="unit-zero", form_key="unit-zero", asks=Asks.UNITS, unit_kind="college", **common
            ),
        ]

    def _excuse_some(self) -> None:
        approver = next(iter(self.campus.holders.values()))
        actor = actor_of(approver, account_id=0, at=self.now)
        for person in self.dice.sample(self.campus.students, int(len(self.campus.students) * EXCUSED_SHARE)):
            excuses.approve(
                person=person, reason=self.dice.choice(("leave", "internship", "hospital")), note="",
                starts_at=self.now - timedelta(days=self.dice.randint(0, 6)),
                ends_at=self.now + timedelta(days=self.dice.randint(2, 20)), by=actor, at=self.now,
            )  # fmt: skip

    def _day(self, schedule: Schedule, day: date, opens_at: datetime, closes_at: datetime) -> None:
        round_ = rounds.open_round(schedule=schedule, day=day, at=opens_at)
        is_over = closes_at <= self.now
        if round_.asks == "people":
            people = self.campus.students if schedule.person_kind == "student" else self.campus.staff
            reporting = [one for one in people if self.dice.random() < TURNOUT]
            if not is_over:
                reporting = [one for one in reporting if one != self.campus.visitor]
            self._report(round_, reporting, closes_at if is_over else self.now)
        else:
            self._confirm_units(round_, closes_at if is_over else self.now, is_over=is_over)
        if is_over:
            symptom_report_opens_signal.run(at=closes_at)
            signal_counts_towards_thresholds.run(at=closes_at)
            close_opens_search_tasks.close(round_=round_, at=closes_at, by=None)
            self._find(round_, closes_at)

    def _confirm_units(self, round_: Round, end: datetime, *, is_over: bool) -> None:
        """The secretaries confirm what the system counts at their college; of today's, one or two have not got to it yet."""
        late = 0 if is_over else min(UNITS_LATE, len(self.campus.colleges) - 1)
        for n, college in enumerate(self.campus.colleges[: len(self.campus.colleges) - late]):
            secretary = actor_of(self.campus.staff[n], account_id=0, at=end)
            figures = zero_report.unit_figures(college, round_.day)
            at = round_.opens_at + (end - round_.opens_at) * self.dice.uniform(0.7, 0.98)
            zero_report.confirm(
                round_=round_, unit=college, abnormal=figures.abnormal if figures else 0, note="",
                key=f"demo-{round_.pk}-{college.pk}", by=secretary, at=at,
            )  # fmt: skip

    def _find(self, round_: Round, closed_at: datetime) -> None:
        """By the next morning nearly everybody was found; one or two of yesterday's are still being looked for."""
        for task in Task.objects.filter(key__startswith=f"missing:{round_.pk}:"):
            if self.now - closed_at > timedelta(days=1) or self.dice.random() < FOUND_SHARE:
                outcome = self.dice.choice(("reached", "reached", "on-leave"))
                tasks.settle(task=task, outcome=outcome, note="", by=None, at=closed_at + timedelta(minutes=80))

    def _report(self, round_: Round, people: list[Person], end: datetime) -> None:
        places = queries.places_of(round_, [person.pk for person in people])
        rules = rulebook.triage_rules(round_.day)
        waking = max(round_.opens_at, min(clock.moment(round_.day, time(6, 0)), end - WAKING))
        pace = min(1.0, (end - waking) / WAKING)  # loaded a quarter of an hour after the opening, a morning passes in that time
        written: list[Answer] = []
        for n, (person_id, place) in enumerate(places.items()):
            is_ill = person_id in self.cluster and round_.day == clock.day_of(self.now)
            at = waking + (PROMPT * 0.3 if is_ill else self._delay()) * pace
            if at >= end:
                continue
            answers = self._answers(self.campus.homes.get(person_id))
            if is_ill:
                answers |= {"temperature": 38.0 + n % 4 / 10, "symptoms": ["fatigue"], "unchanged": False}
            findings = triage.judge(rules, answers, on=round_.day, risk_regions=frozenset())
            submission = Submission(
                school_id=round_.school_id, day=round_.day, round_id=round_.pk, respondent_id=person_id,
                unit_id=place.unit_id, lines=place.lines, curved=place.curved, answers=json.dumps(answers),
                severity=max((finding.severity for finding in findings), default=0), source="self", by_id=person_id,
                by_label=LABELS["self"], key=f"demo-{round_.pk}-{n}",
                receipt=receipt_number(key_for("receipt"), round_.school_id, round_.pk, person_id, n),
                at=at,
            )  # fmt: skip
            written.append(Answer(submission, findings))
        with connection.cursor() as cursor:
            for start in range(0, len(written), BATCH):
                write(cursor, written[start : start + BATCH])

    def _delay(self) -> timedelta:
        """After waking: most people report by half past nine, the others are reminded into it over the rest of the day."""
        if self.dice.random() < PROMPT_SHARE:
            return PROMPT * self.dice.betavariate(2.2, 3.2)
        return PROMPT + REMINDED * self.dice.expovariate(1)

    def _answers(self, home: str | None) -> dict[str, Any]:
        answers: dict[str, Any] = {
            "temperature": self.dice.choice(["normal", 36.2, 36.4, 36.5, 36.6, 36.8]),
            "symptoms": [],
            "where": {"kind": "campus", "place": home or ""},
            "exposure": [],
            "note": "",
            "unchanged": True,
        }
        if self.dice.random() < ILL_SHARE:
            answers |= self.dice.choice(
                (
                    {"temperature": 38.3, "symptoms": ["cough", "sore-throat"]},
                    {"temperature": 37.8, "symptoms": ["headache"]},
                    {"temperature": 37.5, "symptoms": ["cough"]},
                    {"symptoms": ["diarrhoea", "vomiting"]},
                    {"temperature": 39.1, "symptoms": ["dyspnoea"]},
                )
            ) | {"unchanged": False}
        return answers

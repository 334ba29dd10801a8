"""Three weeks of an outbreak, February 2020, through the public API alone: a fever becomes a case, contacts are traced and watched for
fourteen days, one falls ill and is cleared, somebody is forgotten one day and found the same evening; and on every day everybody of
the school is accounted for. The worker's tick is the only other thing that moves."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linglou.engines.tasks.models import State, Task
from linglou.flows.tick import tick
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.daily import answers, publish
from tests.factories.people import Campus, holder, person
from tests.factories.rounds import schedule

FIRST, DAYS = date(2020, 2, 10), 21
WATCHED = 14  # days, by the plan of 2020
OPENED, MORNING, NOON, AFTERNOON, EVENING, LATE = (time(0, 15), time(7, 30), time(12, 30), time(15), time(20, 5), time(23, 55))
WELL = {"temperature": 36.5, "symptoms": []}
ILL = {"temperature": 38.5, "symptoms": ["cough"]}


def moment(day: int, at: time) -> datetime:
    """A wall-clock time on the ``day``-th day, counted from 1."""
    return clock.moment(FIRST + timedelta(days=day - 1), at)


class Replay:
    """A school of two classes, the people who act, and what each of them does by the API."""

    def __init__(self) -> None:
        self.campus = Campus()
        campus = self.campus
        self.students = [*campus.students, *(person(campus.classes[n % 2], room=campus.rooms[n % 2]) for n in range(4))]
        self.patient, self.falls_ill, self.forgotten = campus.students[1], campus.students[2], campus.students[0]
        self.doctor = holder(Role.CLINIC, campus.school)
        self.supporter = holder(Role.COUNSELLING, campus.school)
        publish(campus.school)
        schedule(campus.school, opens=time(0, 10), closes=time(23, 50), accounted_until=clock.now())
        self.keys = iter(range(10**6))
        self.checked: dict[int, set[date]] = defaultdict(set)

    def client(self, who: Person) -> Client:
        return browser(who)

    def get(self, who: Person, path: str, **query: Any) -> Any:
        return self._said(self.client(who).get(f"/api/v1{path}", query))

    def post(self, who: Person, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._said(
            self.client(who).post(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=headers)
        )

    def _said(self, response: Any) -> Any:
        assert response.status_code in (200, 201), response.content.decode()
        return response.json()

    @contextmanager
    def at(self, day: int, clock_time: time) -> Iterator[datetime]:
        """The worker has just ticked, and does so again afterwards."""
        with time_machine.travel(moment(day, clock_time), tick=False):
            tick(clock.now())
            yield clock.now()
            tick(clock.now())

    def report(self, who: Person, given: dict[str, Any], *, only: str = "") -> None:
        """Answer everything that is asked of somebody now."""
        for asked in self.get(who, "/rounds/current"):
            if asked["state"] not in ("waiting", "late") or only not in asked["title"]:
                continue
            keys = {question["key"] for question in asked["questions"]}
            body = {key: value for key, value in answers(**given).items() if key in keys}
            self.post(
                who, f"/rounds/{asked['id']}/responses", body, ticket=asked["ticket"],
                **{"Idempotency-Key": f"replay-{next(self.keys):06}"},
            )  # fmt: skip

    def attended(self) -> None:
        """The office uploads who sat in this morning's lesson: the patient's class."""
        rows = "学号,地点,日期,开始时间,结束时间,出勤情况\n" + "".join(
            f"{one.number},东教 101,{FIRST},08:00,09:40,出勤\n" for one in [*self.campus.students[:3], *self.students[6::2]]
        )
        sent = {"kind": "attendance", "file": SimpleUploadedFile("考勤.csv", rows.encode())}
        job = self._said(self.client(self.campus.office).post("/api/v1/stays/imports", sent))
        self.post(self.campus.office, f"/stays/imports/{job['id']}/apply")

    def signals_of(self, who: Person) -> list[int]:
        return [one["id"] for one in self.get(self.doctor, "/signals")["items"] if one["person_id"] == who.pk]

    def suspect(self, who: Person, at: datetime) -> int:
        """The clinic examines and suspects; the signals are settled by it."""
        signal, *others = self.signals_of(who)
        case = self.post(self.doctor, "/cases", {
            "person_number": who.number, "disease": "covid-19", "event": "suspect", "diagnosed_at": at.isoformat(),
            "findings": {
                "facts": {"fever": True, "pneumonia-imaging": True, "wbc-or-lymphocytes-low": True, "epi-wuhan": True},
                "events": {"onset": (at - timedelta(hours=6)).isoformat()},
            },
            "whereabouts": "hospital", "hospital": "市定点医院", "signal_id": signal,
        })  # fmt: skip
        for other in others:
            self.post(self.doctor, f"/signals/{other}/handle")
            self.post(self.doctor, f"/signals/{other}/settle", {"outcome": "suspected", "note": case["number"]})
        self.follow_up(case["id"])
        return int(case["id"])

    def follow_up(self, case_id: int) -> None:
        """Everybody who is told of a decision acknowledges it, and the report that it asks for goes out."""
        tick(clock.now())
        for told in (self.doctor, self.campus.counsellor, self.campus.secretary, self.campus.office, self.campus.command):
            self.post(told, f"/cases/{case_id}/acknowledge")
        for report in self.get(self.doctor, f"/cases/{case_id}")["reports"]:
            if report["sent_at"] is None:
                self.post(self.doctor, f"/cases/{case_id}/reports/{report['id']}/send", {
                    "means": "network", "recipient": "区疾控", "sent_at": clock.now().isoformat(),
                })  # fmt: skip

    def decide(self, case_id: int, event: str, facts: dict[str, bool], reason: str = "") -> None:
        if facts:
            self.post(self.doctor, f"/cases/{case_id}/findings", {"facts": facts})
        self.post(
            self.doctor, f"/cases/{case_id}/decide", {"event": event, "diagnosed_at": clock.now().isoformat(), "reason": reason}
        )
        self.follow_up(case_id)

    def plans(self, tab: str = "") -> dict[int, dict[str, Any]]:
        """Person -> the plan as the clinic sees it."""
        return {row["person_id"]: row for row in self.get(self.doctor, "/care/plans", tab=tab)["items"]}

    def note_checks(self, day: int) -> None:
        """Who was checked today, as the plans tell it."""
        for person_id, plan in self.plans().items():
            if any(check["at"] for check in plan["checks_today"]):
                self.checked[person_id].add(FIRST + timedelta(days=day - 1))

    def release_due(self) -> list[int]:
        """The clinic lets everybody go whose criteria are met; the counsellor closes the plan with a date to ask again."""
        released = []
        for person_id, plan in self.plans("due").items():
            shown = self.get(self.doctor, f"/care/plans/{plan['id']}")
            for one in shown["observations"]:
                if one["state"] == "watching":
                    path = f"/care/plans/{plan['id']}/observations/{one['id']}/release"
                    self.post(self.doctor, path, {"facts": {"no-symptoms": True}})
            self.close_plan(plan["id"])
            released.append(person_id)
        return released

    def close_plan(self, plan_id: int) -> None:
        follow_up = clock.day_of(clock.now()) + timedelta(days=7)
        self.post(self.campus.counsellor, f"/care/plans/{plan_id}/close", {"follow_up_on": str(follow_up), "note": "一切正常"})


@pytest.fixture
def replay(db: None) -> Replay:
    with time_machine.travel(moment(1, time(0, 5)), tick=False):
        return Replay()


def test_three_weeks_of_an_outbreak_end_with_everybody_accounted_for_on_every_day(replay: Replay) -> None:
    case, second, contacts, released = 0, 0, set[int](), dict[int, int]()
    for day in range(1, DAYS + 1):
        with replay.at(day, OPENED):
            pass
        with replay.at(day, MORNING):
            for who in replay.students:
                if (day, who) == (4, replay.students[5]):
                    continue  # says nothing all day
                if (day, who) == (3, replay.forgotten):
                    replay.report(who, WELL, only="每日")  # and forgets the checks
                    continue
                is_ill = (day, who) in ((1, replay.patient), (5, replay.falls_ill))
                replay.report(who, ILL if is_ill else WELL)
        with replay.at(day, NOON) as now:
            if day == 1:
                case = replay.suspect(replay.patient, now)
                replay.attended()
                assert replay.post(replay.doctor, f"/cases/{case}/contacts/propose")["proposed"] >= 4
                found = replay.get(replay.doctor, f"/cases/{case}/contacts", state="proposed", close="close")["items"]
                contacts = {one["person_id"] for one in found}
                review = {"contact_ids": [one["id"] for one in found], "event": "confirm"}
                assert replay.post(replay.doctor, f"/cases/{case}/contacts/decide", review)["decided"] == len(found)
            elif day == 2:
                replay.decide(case, "confirm", {"pcr-positive": True})
            elif day == 5:
                second = replay.suspect(replay.falls_ill, now)
            elif day == 6:
                replay.decide(second, "exclude", {"pcr-positive": False}, "两次核酸阴性")
            elif day == 18:
                replay.decide(case, "recover", {"two-pcr-negative": True})
                plan = replay.plans()[replay.patient.pk]
                (isolated,) = [
                    one
                    for one in replay.get(replay.doctor, f"/care/plans/{plan['id']}")["observations"]
                    if one["state"] == "watching"
                ]
                path = f"/care/plans/{plan['id']}/observations/{isolated['id']}/release"
                replay.post(replay.doctor, path, {"reason": "符合出院标准，医院出具证明"})
                replay.close_plan(plan["id"])
                released[replay.patient.pk] = day
            for person_id in replay.release_due():
                released[person_id] = day
        with replay.at(day, AFTERNOON):
            for who in replay.students:
                if (day, who) not in ((3, replay.forgotten), (4, replay.students[5])):
                    replay.report(who, WELL, only="医学观察")
        with replay.at(day, EVENING):
            unchecked = replay.plans("unchecked")
            assert set(unchecked) == ({replay.forgotten.pk} if day == 3 else set())
            for plan in unchecked.values():
                assert Task.objects.filter(kind="care-unchecked", about_id=plan["person_id"], state=State.OPEN).count() == 1
                check = {"kind": "check", "temperature": "36.6", "text": "上门查看"}
                replay.post(replay.campus.counsellor, f"/care/plans/{plan['id']}/log", check)
            replay.note_checks(day)
        with replay.at(day, LATE):
            if day == 4:
                (closed,) = [
                    one for one in replay.get(replay.campus.office, "/closings")
                    if one["round"]["day"] == str(FIRST + timedelta(days=3)) and one["round"]["purpose"] == "daily-health"
                ]  # fmt: skip
                reached = {"person_id": replay.students[5].pk, "result": "reached"}
                replay.post(replay.campus.office, f"/rounds/{closed['round']['id']}/attempts", reached)

    everybody_answered_or_was_found(replay)
    everybody_watched_was_checked_on_every_day(replay, contacts, released)
    nothing_is_left_open(replay, case)


def everybody_answered_or_was_found(replay: Replay) -> None:
    """Of every day: the roster is the school's, it adds up, and each missing person has an owner."""
    with time_machine.travel(moment(DAYS + 1, NOON), tick=False):
        closings = {
            one["round"]["day"]: one
            for one in replay.get(replay.campus.office, "/closings")
            if one["round"]["purpose"] == "daily-health" and one["round"]["state"] == "closed"
        }
        days = [str(FIRST + timedelta(days=n)) for n in range(DAYS)]
        assert set(days) <= set(closings)
        missing = {}
        for day in days:
            one = closings[day]
            assert one["roster"] == len(replay.students) == one["responded"] + one["excused"] + one["missing"]
            for row in replay.get(replay.campus.office, f"/closings/{one['round']['id']}")["missing_persons"]:
                assert row["owner_name"]
                assert row["outcome"]  # the search ended
                missing[day] = row["respondent_id"]
        assert missing == {days[3]: replay.students[5].pk}


def everybody_watched_was_checked_on_every_day(replay: Replay, contacts: set[int], released: dict[int, int]) -> None:
    assert replay.falls_ill.pk in contacts
    assert replay.forgotten.pk in contacts
    assert {released[person_id] for person_id in contacts} == {WATCHED + 2}  # the morning after the last day
    for person_id in {*contacts, replay.patient.pk}:
        watched = {FIRST + timedelta(days=n) for n in range(released[person_id] - 1)}
        assert watched - replay.checked[person_id] <= {FIRST}, person_id  # it began at noon of the first day


def nothing_is_left_open(replay: Replay, case: int) -> None:
    with time_machine.travel(moment(DAYS + 1, NOON), tick=False):
        tick(clock.now())
        assert replay.plans() == {}
        assert replay.get(replay.doctor, "/cases")["total"] == 0
        assert replay.get(replay.doctor, f"/cases/{case}")["status"] == "recovered"
        assert all(report["sent_at"] for report in replay.get(replay.doctor, f"/cases/{case}")["reports"])
        mine = replay.get(replay.falls_ill, "/care/mine")
        assert {one["state"] for one in mine["observations"]} == {"released", "withdrawn"}
    about_people = ("missing", "care-unchecked", "care-release", "case-told", "case-report", "signal")
    assert list(Task.objects.filter(kind__in=about_people, state=State.OPEN).values_list("kind", "key")) == []

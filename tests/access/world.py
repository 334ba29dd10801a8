"""Two schools, everything there is to ask about in them, and one person for every role.

The roles of the first school stand where they belong: class monitor and counsellor at class A, dean at its college, the rest at
the school. *Here* is class A; *next door* another college of the same school; *elsewhere* the other school.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from linglou.domains.care.counselling import actions as counselling
from linglou.domains.care.models import Need, Observation, Plan
from linglou.domains.care.plans import actions as care_plans
from linglou.domains.care.rooms import actions as rooms
from linglou.domains.cases.contacts import actions as contacts
from linglou.domains.command.group import actions as group
from linglou.domains.daily.rules import FORM_KEY
from linglou.domains.movement.models import AreaImport, CallBack, Sample, Screening, StayImport
from linglou.domains.movement.stays import actions as stays
from linglou.engines.notifications import actions as notifications
from linglou.engines.notifications.models import Notification
from linglou.engines.rounds import closing, excuses
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.people import actions
from linglou.foundation.people.models import Person, PersonKind, Post, RosterImport
from linglou.foundation.people.roster_import import actions as imports
from linglou.foundation.rulebook import actions as rulebook
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock, ids
from tests.factories import movement, people, rosters
from tests.factories import notifications as channel_factory
from tests.factories.absences import absence
from tests.factories.accounts import account, token
from tests.factories.care import watched
from tests.factories.cases import clinic, confirmed
from tests.factories.certificates import certificate
from tests.factories.command import member, switch
from tests.factories.counselling import SELF_HARM, assessment
from tests.factories.daily import answers, health_round
from tests.factories.people import Campus, actor
from tests.factories.rounds import submission, submit
from tests.factories.signals import signal
from tests.factories.stays import place, stay
from tests.factories.surveillance import alert, event
from tests.factories.tasks import task

# What only the answer of one student holds; none of it may reach somebody who sees *whether*, not *what*.
NOTE, TEMPERATURE, PHONE, ID_NUMBER = "夜间盗汗七号", "39.7", "13900009876", "11010519491231002X"
HOSPITAL, LABORATORY = "市第七十七医院", "壬字号检验所"
CONTACT_NOTE = "同桌下棋到深夜"  # how somebody was a contact of that student
DIAGNOSIS = "丁字号热"  # why that student misses class
CONFIDED = "庚字独白"  # to the counselling centre, and to nobody else
WHEREABOUTS = "枫林晚客栈"  # where that student was
NAME, MISSING_NAME = "欧阳密文", "司徒未答"
WHERE = "琴房地下九室"  # where the student was
CARE_NOTE, SORROW = "查房时呕吐三回", "夜里总想家睡不着"  # what was noted about the student, and what they said


class School:
    """One school: a campus of two colleges with a morning behind it."""

    def __init__(self) -> None:

        at = clock.now()
        self.campus = campus = Campus()
        self.office = campus.office
        self.patient = people.person(campus.classes[0], name=NAME, room=campus.rooms[0])
        self.patient.phone, self.patient.id_number = PHONE, ID_NUMBER
        self.patient.document_kind = "resident"
        self.patient.save()
        self.missing = campus.students[1]
        self.missing.name = MISSING_NAME
        self.missing.save()
        self.next_college = people.unit(campus.school, "college", "机械学院")
        self.next_class = people.unit(self.next_college, "class", "机械2401")
        self.neighbour, self.next_missing = (people.person(self.next_class, room=campus.rooms[1]) for _ in range(2))
        self.committee = people.unit(campus.school, "committee")
        self.branch = people.unit(self.committee, "branch")
        self.round = health_round(campus.school)
        self.unit_round = health_round(
            campus.school, asks="units", unit_kind="college", person_kind="", purpose="unit-zero", title="零报告",
            form_key=FORM_KEY,
        )  # fmt: skip
        given = json.dumps(answers(temperature=float(TEMPERATURE), symptoms=["cough"], note=NOTE), ensure_ascii=False)
        (counted,) = submit(submission(self.round, self.patient, answers=given, severity=3))
        self.receipt = ids.receipt_code(counted.receipt)
        self.closed = health_round(campus.school, opens=time(0, 20), closes=time(23, 40), title="早报")
        closing.close(round_=self.closed, at=at, by=None)
        by = actor(campus.office)
        self.excuses = [
            excuses.approve(
                person=who, reason="leave", note="", starts_at=at, ends_at=at + timedelta(days=2), by=by, at=at,
            )
            for who in (campus.students[2], self.neighbour)
        ]  # fmt: skip
        because = {"temperature": float(TEMPERATURE)}
        self.signals = [signal(self.patient, campus.classes[0], because=because), signal(self.neighbour, self.next_class)]
        another = people.person(self.next_class)
        self.alerts = [
            alert(self.patient, *campus.students[:2], scope="class"),
            alert(self.neighbour, self.next_missing, another, scope="class"),
        ]
        self.events = [
            event(self.patient, unit=campus.classes[0], by=by),
            event(self.neighbour, unit=self.next_class, by=by),
        ]
        self.tasks = [
            task(campus.classes[0], owner=campus.office, about_id=self.patient.pk),
            task(self.next_class, owner=campus.office),
        ]
        self.posts = [
            Post.objects.get(person=campus.monitor),
            actions.appoint(
                person=self.neighbour, role=Role.CLASS_MONITOR, unit=self.next_class, at=people.long_ago(), by=None
            ),
        ]
        self.region = RiskRegion.objects.create(
            school_id=campus.school.pk, region="330106", level="high", from_day=clock.day_of(at), issuer="省疾控",
            recorded_at=at,
        )  # fmt: skip
        self.area_import = AreaImport.objects.create(
            school_id=campus.school.pk, file_name="名单.xlsx", titles=[], rows=[], uploaded_at=at, uploaded_by=campus.office.pk
        )
        self.calls, self.screenings = self.whereabouts(at)
        self.job = self.imported(at)
        doctor = clinic(campus.school)
        self.cases = [
            confirmed(one, where, by=doctor, laboratory=LABORATORY, whereabouts="hospital", hospital=HOSPITAL)
            for one, where in ((self.patient, campus.classes[0]), (self.neighbour, self.next_class))
        ]
        self.certificates = [
            certificate(one, where, by=doctor)
            for one, where in ((self.patient, campus.classes[0]), (self.neighbour, self.next_class))
        ]
        self.absences = [
            absence(one, where, by=by, hospital=HOSPITAL, diagnosis=DIAGNOSIS)
            for one, where in ((self.patient, campus.classes[0]), (self.neighbour, self.next_class))
        ]
        self.assessments = [assessment(one, SELF_HARM) for one in (self.patient, self.neighbour)]
        for one in (self.patient, self.neighbour):
            counselling.write_note(person=one, text=CONFIDED, by=doctor, at=at)
        room = place(campus.school, name=WHERE)
        for who in (self.patient, self.neighbour):
            stay(who, room, at - timedelta(days=1), minutes=45)
        self.contacts = [
            contacts.add(
                case=one, person=met, where="named", first_at=at - timedelta(hours=9), last_at=at - timedelta(hours=8),
                note=CONTACT_NOTE, by=doctor, at=at,
            )
            for one, met in zip(self.cases, (campus.students[2], self.next_missing), strict=True)
        ]  # fmt: skip
        self.stay_import = self.imported_stays(at)
        self.plans, self.observations, self.needs = self.care(by, at)
        self.own_rule = rulebook.add_own_rule(
            rule_id="MEAS-OBSERVATION-CLOSE-CONTACT", text="观察 28 天", document="校发〔2026〕5号", days=28, checks_per_day=None,
            from_day=clock.day_of(at), to_day=None, by=by, at=at,
        )  # fmt: skip
        self.term = rulebook.add_term(name="秋季学期", first_day=date(2026, 9, 1), last_day=date(2027, 1, 15), by=by, at=at)
        self.site = rooms.add_site(name="隔离公寓", kind="isolation-room", address="", by=by, at=at)
        (self.isolation_room,) = rooms.add_rooms(site=self.site, names=["301"], beds=2, by=by, at=at)
        self.change, self.member = switch(campus, "III"), member(campus, "leader")
        self.area = group.add_area(name="民族学生工作", by=by, at=at)
        self.responsibility = group.assign(
            key=f"area:{self.area.area}", person_id=self.member.person_id, alone=True, by=by, at=at
        )
        self.channel = channel_factory.channel("json://127.0.0.1:9/hook", unit=campus.school)

    def whereabouts(self, at: datetime) -> tuple[list[CallBack], list[Screening]]:
        """Two people in a risk area, telephoned and screened."""
        campus = self.campus
        asked = [(self.patient, campus.classes[0]), (self.neighbour, self.next_class)]
        sample = Sample.objects.create(
            school=campus.school, unit=campus.school, seed=1, size=2, frame=2, drawn_at=at, drawn_by=campus.office
        )
        calls = [CallBack.objects.create(sample=sample, person=who, unit=unit, drawn_at=at) for who, unit in asked]
        for who, _unit in asked:
            movement.stay(who, "330106", 5, place=WHEREABOUTS)
        movement.screen(campus.school)
        return calls, [Screening.objects.get(person=who) for who, _unit in asked]

    def care(self, by: Actor, at: datetime) -> tuple[list[Plan], list[Observation], list[Need]]:
        """Two people under observation, what was measured, and what they said they need."""
        found = [
            watched(who, unit) for who, unit in ((self.patient, self.campus.classes[0]), (self.neighbour, self.next_class))
        ]
        plans = [one.plan for one in found]
        for plan in plans:
            care_plans.log(plan=plan, kind="check", text=CARE_NOTE, temperature=Decimal(TEMPERATURE), by=by, at=at)
            care_plans.raise_need(plan=plan, kind="mind", text=SORROW, by=by, at=at)
        needs = [care_plans.raise_need(plan=plan, kind="meal", text="清淡饮食", by=by, at=at) for plan in plans]
        return plans, found, needs

    def imported_stays(self, at: datetime) -> StayImport:
        """A gate log that was read, with a row that is refused."""
        rows = f"学号,闸机,时间\n{self.patient.number},{WHERE},{at - timedelta(days=2):%Y-%m-%d} 08:00\nX,{WHERE},刚才\n"
        job = stays.receive(
            school=self.campus.school,
            kind="gate",
            file_name="gate.csv",
            chunks=[rows.encode()],
            at=at,
            by=actor(self.campus.office),
        )
        return stays.read(job, at=at)

    def imported(self, at: datetime) -> RosterImport:
        """A roster file that was read, with a row that is refused."""
        rows = rosters.table(2, rosters.row(3, 身份证号="3.40524E+17"))
        by = actor(self.campus.office)
        job = imports.receive(school=self.campus.school, file_name="名册.xlsx", chunks=[rosters.xlsx(rows)], at=at, by=by)
        return imports.read(job, at=at, by=by)

    def objects(self, *, next_door: bool = False) -> dict[str, Any]:
        """What a URL's parameters stand for, in class A or in the other college."""
        n = 1 if next_door else 0
        return {
            "unit_id": (self.next_class if next_door else self.campus.classes[0]).pk,
            "person_id": (self.neighbour if next_door else self.patient).pk,
            "round_id": self.round.pk,
            "schedule_id": self.round.schedule_id,
            "excuse_id": self.excuses[n].pk,
            "signal_id": self.signals[n].pk,
            "alert_id": self.alerts[n].pk,
            "event_id": self.events[n].pk,
            "task_id": self.tasks[n].pk,
            "post_id": self.posts[n].pk,
            "region_id": self.region.pk,
            "call_id": self.calls[n].pk,
            "screening_id": self.screenings[n].pk,
            "area_import_id": self.area_import.pk,
            "channel_id": self.channel.pk,
            "import_id": self.job.pk,
            "case_id": self.cases[n].pk,
            "into_id": self.cases[n].pk,
            "contact_id": self.contacts[n].pk,
            "report_id": self.cases[n].reports.order_by("pk").last().pk,
            "absence_id": self.absences[n].pk,
            "assessment_id": self.assessments[n].pk,
            "instrument": "phq-9",
            "certificate_id": self.certificates[n].pk,
            "certificate_code": self.certificates[n].code,
            "kind": "docx",
            "person_number": (self.neighbour if next_door else self.patient).number,
            "plan_id": self.plans[n].pk,
            "observation_id": self.observations[n].pk,
            "need_id": self.needs[n].pk,
            "own_id": self.own_rule.pk,
            "term_id": self.term.pk,
            "change_id": self.change.pk,
            "level": "II",
            "member_id": self.member.pk,
            "responsibility_id": self.responsibility.pk,
            "area_id": self.area.pk,
            "leader_id": self.member.person_id,
            "leader_number": self.member.person.number,
            "site_id": self.site.pk,
            "room_id": self.isolation_room.pk,
            "stay_import_id": self.stay_import.pk,
            "stay_kind": "gate",
            "school_id": self.campus.school.pk,
            "college_id": (self.next_college if next_door else self.campus.college).pk,
            "closed_id": self.closed.pk,
            "unit_round_id": self.unit_round.pk,
            "missing_number": (self.next_missing if next_door else self.missing).number,
            "missing_id": (self.next_missing if next_door else self.missing).pk,
            "code": self.receipt,
            "key": FORM_KEY,
            "slug": "measles",
            "tree": "administration",
            "role": "class-monitor",
        }


def people_of(school: School) -> dict[str, Person]:
    """A holder of each role, and a student who holds none (``student``)."""
    campus = school.campus
    school_wide = {
        role: people.holder(role, campus.school)
        for role in (
            Role.CLINIC, Role.COUNSELLING, Role.LOGISTICS, Role.GATE, Role.AUDITOR, Role.AUTHORITY_VIEWER, Role.ADMINISTRATOR,
        )
    }  # fmt: skip
    guardian = Person.objects.create(
        school=campus.school, number=f"G{school.patient.pk}", name="家长某", kind=PersonKind.GUARDIAN,
        created_at=people.long_ago(),
    )  # fmt: skip
    actions.appoint(person=guardian, role=Role.GUARDIAN, ward=school.patient, at=people.long_ago(), by=None)
    head = campus.students[2]
    actions.appoint(person=head, role=Role.ROOM_HEAD, unit=campus.rooms[0], at=people.long_ago(), by=None)
    found = {
        Role.CLASS_MONITOR: campus.monitor,
        Role.ROOM_HEAD: head,
        Role.COUNSELLOR: campus.counsellor,
        Role.COLLEGE_SECRETARY: campus.secretary,
        Role.DEAN: people.holder(Role.DEAN, campus.college),
        Role.BRANCH_SECRETARY: people.holder(Role.BRANCH_SECRETARY, school.branch),
        Role.PREVENTION_OFFICE: campus.office,
        Role.COMMAND_GROUP: campus.command,
        Role.GUARDIAN: guardian,
    } | school_wide
    return {role.value: who for role, who in found.items()} | {"student": campus.students[1]}


def own(who: Person) -> dict[str, int]:
    """What belongs to the asking person alone."""
    at = clock.now()
    notifications.notify(
        school_id=who.school_id, topic="test", at=at,
        key=f"own:{who.pk}", subject="提醒", body="请填报", person_id=who.pk,
    )  # fmt: skip
    token(who)
    return {
        "notification_id": Notification.objects.get(person=who, topic="test").pk,
        "channel_id": channel_factory.channel("json://127.0.0.1:9/own", person=who).pk,
        "token_id": account(who).api_tokens.get().pk,
    }

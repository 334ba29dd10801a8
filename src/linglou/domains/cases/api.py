"""Cases for API clients: list, look at one, open, record findings, decide, take back, acknowledge, record a report as sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from pydantic import AfterValidator

from linglou.domains.cases import access, actions, card, queries
from linglou.domains.cases.actions import NewFindings, Specimen
from linglou.domains.cases.models import Case, Report
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

router = Router(tags=["cases"])
PER_PAGE = 50
Moment = Annotated[datetime, AfterValidator(clock.sent)]
Id = Annotated[int, Field(ge=1, le=2**62)]
Text = Annotated[str, Field(max_length=400, pattern=r"^[^\x00]*$")]
Code = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$")]
CaseStatus = Literal["suspected", "probable", "confirmed", "asymptomatic", "recovered", "died", "excluded"]
Whereabouts = Literal["unknown", "clinic", "isolation-room", "hospital", "home", "dorm", "hotel"]


class CaseSummary(Schema):
    id: int
    number: str
    person_id: int
    person_name: str
    unit_id: int
    unit_name: str
    disease: str
    status: CaseStatus
    onset: date | None
    whereabouts: Whereabouts
    hospital: str
    opened_at: datetime


class CasePage(Schema):
    items: list[CaseSummary]
    total: int
    page: int
    per_page: int


class Judgement(Schema):
    rule_id: str
    edition: str
    answer: Literal["met", "not-met", "unknown"]


class CaseReport(Schema):
    id: int
    stage: Literal["initial", "progress", "final"]
    due_at: datetime | None
    rule_id: str
    rule_edition: str
    own_rule: str = Field(
        "", description="The document of the school's own rule that gives fewer hours than the row; '' for none."
    )
    sent_at: datetime | None
    means: str
    recipient: str
    reference: str
    missing: list[str] = Field(description="Starred fields of the card that are still empty; [] without report-cases.")


class CaseDecision(Schema):
    at: datetime
    event: str
    from_status: str
    to_status: CaseStatus
    rule_id: str
    rule_edition: str


class CaseDetail(CaseSummary):
    diagnosed_at: datetime
    rule_id: str
    rule_edition: str
    merged_into_id: int | None
    definitions: dict[str, Judgement] | None = Field(None, description="By status; null without see-clinical.")
    facts: dict[str, bool] | None = Field(None, description="What is known; null without see-clinical.")
    decisions: list[CaseDecision]
    reports: list[CaseReport]
    events: list[str] = Field(description="What I may decide next.")


class SpecimenOf(Schema):
    kind: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = ""
    laboratory: Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")] = ""
    sampled_at: Moment | None = None


class Findings(Schema):
    facts: dict[Code, bool | None] = Field(default={}, description="Fact codes of the rulebook; null: not known any more.")
    events: dict[Code, Moment | None] = {}
    specimens: dict[Code, SpecimenOf] = Field(default={}, description="By the laboratory fact that the specimen showed.")

    def as_findings(self) -> NewFindings:
        specimens = {code: Specimen(one.kind, one.laboratory, one.sampled_at) for code, one in self.specimens.items()}
        return NewFindings(said=self.facts, since=self.events, specimens=specimens)


class Opening(Schema):
    person_number: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]
    disease: Code
    event: Literal["suspect", "diagnose", "confirm", "find-asymptomatic"]
    diagnosed_at: Moment
    findings: Findings = Findings()
    whereabouts: Whereabouts = "unknown"
    hospital: Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")] = ""
    reason: Text = ""
    signal_id: Id | None = None


class Deciding(Schema):
    event: Literal["diagnose", "confirm", "find-asymptomatic", "exclude", "recover", "die"]
    diagnosed_at: Moment
    reason: Text = ""


class Reason(Schema):
    reason: Text


class Sending(Schema):
    means: Literal["network", "phone", "fax", "mail", "paper"]
    recipient: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    reference: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] = ""
    sent_at: Moment


class Moving(Schema):
    whereabouts: Whereabouts
    hospital: Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")] = ""


class Merging(Reason):
    into_id: Id


class CardField(Schema):
    key: str
    name: str
    value: str
    starred: bool
    is_missing: bool


class ReportCard(Schema):
    fields: list[CardField]


class Filling(Schema):
    """What the school cannot know of itself."""

    belongs_to: Literal["", "county", "city", "province", "country", "hk-mo-tw", "foreign"] = ""
    address: Annotated[str, Field(max_length=160, pattern=r"^[^\x00]*$")] = ""
    reporter: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = ""
    reporter_phone: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = ""
    remark: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""


class Acknowledged(Schema):
    acknowledged: int


def _summary(case: Case) -> dict[str, Any]:
    return {
        **{name: getattr(case, name) for name in (
            "id", "number", "person_id", "unit_id", "disease", "status", "onset", "whereabouts", "hospital", "opened_at",
        )},
        "person_name": case.person.name,
        "unit_name": case.unit.name,
    }  # fmt: skip


def _report(report: Report, *, with_missing: bool, at: datetime) -> dict[str, Any]:
    fields = card.fields_of(report, at=at) if with_missing else []
    return {
        **{name: getattr(report, name) for name in (
            "id", "stage", "due_at", "rule_id", "rule_edition", "sent_at", "means", "recipient", "reference",
        )},
        "own_rule": report.own_rule.document if report.own_rule else "",
        "missing": [field.key for field in fields if field.is_missing],
    }  # fmt: skip


def _detail(actor: Actor, case: Case) -> dict[str, Any]:
    at = clock.now()
    shown = queries.detail(actor, access.case_for(actor, case.pk), at=at)
    judged = shown.judged
    return _summary(shown.case) | {
        **{name: getattr(shown.case, name) for name in ("diagnosed_at", "rule_id", "rule_edition", "merged_into_id")},
        "definitions": None if judged is None else {
            status: {"rule_id": one.rule.rule_id, "edition": one.rule.edition, "answer": one.answer.value}
            for status, one in judged.items()
        },
        "facts": {code: said for code, said in shown.said.items() if said is not None} if shown.may["see_clinical"] else None,
        "decisions": [
            {name: getattr(decision, name) for name in ("at", "event", "from_status", "to_status", "rule_id", "rule_edition")}
            for decision in shown.decisions
        ],
        "reports": [_report(report, with_missing=shown.may["report"], at=at) for report in shown.reports],
        "events": shown.events,
    }  # fmt: skip


@router.get("/cases", response=CasePage, summary="Cases in my scope; without a status, those not ended")
def list_cases(
    request: HttpRequest,
    status: Annotated[CaseStatus | Literal["", "ended", "owing"], Query()] = "",
    disease: Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9-]*$")] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_CASES)
    cases = queries.listed(actor, status=status, disease=disease)
    start = (page - 1) * PER_PAGE
    rows = queries.rows(actor, list(cases[start : start + PER_PAGE]), at=clock.now())
    return {"items": [_summary(case) for case in rows], "total": cases.count(), "page": page, "per_page": PER_PAGE}


@router.post("/cases", response={201: CaseDetail}, summary="Open a case by its first decision")
def open_case(request: HttpRequest, opening: Opening) -> Any:
    """Whoever may not decide about cases opens suspected ones only."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.OPEN_CASES)
    person, unit = queries.person_to_open_for(actor, opening.person_number, at=at)
    if person is None or unit is None:
        raise Problem(NOT_FOUND)
    access.check_user_can_open(actor, unit, opening.event)
    given = opening.dict(exclude={"person_number", "findings"})
    case = actions.open_case(person=person, unit=unit, findings=opening.findings.as_findings(), by=actor, at=at, **given)
    return Status(201, _detail(actor, case))


@router.get("/cases/{case_id}", response=CaseDetail, summary="One case with everything I may see of it")
def read_case(request: HttpRequest, case_id: int) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_CASES)
    return _detail(actor, access.case_for(actor, case_id))


@router.post("/cases/{case_id}/findings", response=CaseDetail, summary="Record what was found; what is not named stays")
def record_findings(request: HttpRequest, case_id: int, findings: Findings) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    actions.record_findings(case=case, findings=findings.as_findings(), by=actor, at=clock.now())
    return _detail(actor, case)


@router.post("/cases/{case_id}/decide", response=CaseDetail, summary="The next status")
def decide_case(request: HttpRequest, case_id: int, deciding: Deciding) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    actions.decide(case=case, by=actor, at=clock.now(), **deciding.dict())
    return _detail(actor, case)


@router.post("/cases/{case_id}/undo", response=CaseDetail, summary="Take back the last decision")
def undo_decision(request: HttpRequest, case_id: int, why: Reason) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    actions.undo(case=case, by=actor, at=clock.now(), reason=why.reason)
    return _detail(actor, case)


@router.post("/cases/{case_id}/move", response=CaseDetail, summary="Where the patient is from now on")
def move_patient(request: HttpRequest, case_id: int, moving: Moving) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    actions.move(case=case, by=actor, at=clock.now(), **moving.dict())
    return _detail(actor, case)


@router.post("/cases/{case_id}/merge", response=CaseDetail, summary="The same illness of the same person as another case")
def merge_case(request: HttpRequest, case_id: int, merging: Merging) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    into = access.case_for(actor, merging.into_id)
    access.check_user_can(actor, Verb.HANDLE_CASES, into)
    actions.merge(case=case, into=into, by=actor, at=clock.now(), reason=merging.reason)
    return _detail(actor, case)


@router.post("/cases/{case_id}/unmerge", response=CaseDetail, summary="Two cases after all")
def unmerge_case(request: HttpRequest, case_id: int, why: Reason) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    actions.unmerge(case=case, by=actor, at=clock.now(), reason=why.reason)
    return _detail(actor, case)


@router.post("/cases/{case_id}/acknowledge", response=Acknowledged, summary="Acknowledge what I was told of a case")
def acknowledge_case(request: HttpRequest, case_id: int) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.SEE_CASES)
    return {"acknowledged": actions.acknowledge(case=case, by=actor, at=clock.now())}


@router.get("/cases/{case_id}/reports/{report_id}", response=ReportCard, summary="The report card, field by field")
def read_report(request: HttpRequest, case_id: int, report_id: int) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.REPORT_CASES)
    report, at = _report_of(case, report_id), clock.now()
    queries.record_card_read(actor, case, at=at, action="case.read-card")
    return {"fields": card.fields_of(report, at=at)}


@router.post("/cases/{case_id}/reports/{report_id}/fill", response=ReportCard, summary="Fill in what only a person can know")
def fill_report(request: HttpRequest, case_id: int, report_id: int, filling: Filling) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.REPORT_CASES)
    at = clock.now()
    filled = actions.fill_card(report=_report_of(case, report_id), typed=filling.dict(), by=actor, at=at)
    queries.record_card_read(actor, case, at=at, action="case.read-card")
    return {"fields": card.fields_of(_report_of(case, filled.pk), at=at)}


@router.post("/cases/{case_id}/reports/{report_id}/send", response=CaseDetail, summary="Record that a report was sent")
def send_report(request: HttpRequest, case_id: int, report_id: int, sending: Sending) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.REPORT_CASES)
    report = _report_of(case, report_id)
    actions.send_report(report=report, by=actor, at=clock.now(), **sending.dict())
    return _detail(actor, case)


def _report_of(case: Case, report_id: int) -> Report:
    report = queries.report_of(case, report_id)
    if report is None:
        raise Problem(NOT_FOUND)
    return report


def _to_do(request: HttpRequest, case_id: int, verb: Verb) -> tuple[Actor, Case]:
    actor = actor_of(request)
    actor.check_anywhere(verb)
    case = access.case_for(actor, case_id)
    access.check_user_can(actor, verb, case)
    return actor, case

"""The pages of a case, as clinic, counsellor and office use them."""

from __future__ import annotations

import io
from datetime import timedelta

import docx
import pytest
from django.test import Client

from linglou.domains.cases import actions
from linglou.domains.cases.actions import NewFindings
from linglou.domains.cases.models import Case, Report
from linglou.engines.tasks.models import Task
from linglou.flows import case_decided_tells_chain
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock, typesetting
from tests.factories import signals
from tests.factories.accounts import browser
from tests.factories.cases import CONFIRMED, case
from tests.factories.people import Campus, actor, holder

pytestmark = pytest.mark.django_db


class Ward:
    """A campus with a doctor, a suspected case that has been told on, and browsers."""

    def __init__(self) -> None:
        self.campus = Campus()
        self.doctor = holder(Role.CLINIC, self.campus.school)
        self.patient = self.campus.students[1]
        self.case = case(self.patient, self.campus.classes[0], by=actor(self.doctor), at=clock.now() - timedelta(minutes=5))
        case_decided_tells_chain.run(at=clock.now())
        self.clinic, self.counsellor = browser(self.doctor), browser(self.campus.counsellor)
        self.office = browser(self.campus.office)

    @property
    def page(self) -> str:
        return f"/cases/{self.case.pk}/"

    @property
    def report(self) -> Report:
        return self.case.reports.get(sent_at=None, void_at=None)


@pytest.fixture
def ward() -> Ward:
    return Ward()


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_opened_from_a_signal_with_what_was_reported(ward: Ward) -> None:
    raised = signals.signal(ward.campus.students[4], ward.campus.classes[1], because={"symptoms": ["fever", "cough"]})
    first = text(ward.clinic, f"/cases/new/?signal={raised.pk}")
    assert ward.campus.students[4].name in first
    url = f"/cases/new/?signal={raised.pk}&number={ward.campus.students[4].number}&disease=measles"
    second = text(ward.clinic, url)
    assert 'name="fact-fever" value="yes"' in second
    assert 'value="yes" id="id_fact-fever_0" checked' in second.replace(" required", "")
    now = f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"
    typed = {
        "event": "suspect", "diagnosed_at": now, "whereabouts": "clinic", "fact-fever": "yes",
        "fact-rash-maculopapular": "yes", "fact-catarrh": "yes", "event-onset": now,
    }  # fmt: skip
    answer = ward.clinic.post(url, typed)
    opened = Case.objects.get(person=ward.campus.students[4])
    assert answer.headers["Location"] == f"/cases/{opened.pk}/"
    assert (opened.status, opened.whereabouts, opened.onset) == ("suspected", "clinic", clock.day_of(clock.now()))
    raised.refresh_from_db()
    assert raised.state == "settled"


def test_what_was_typed_stays_when_it_is_refused(ward: Ward) -> None:
    url = f"/cases/new/?number={ward.campus.students[4].number}&disease=measles"
    now = f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"
    answer = ward.clinic.post(url, {"event": "confirm", "diagnosed_at": now, "whereabouts": "hospital", "hospital": "市二院"})
    assert answer.status_code == 422
    assert "现有资料还不符合“确诊”定义" in answer.content.decode()
    assert "市二院" in answer.content.decode()
    assert Case.objects.count() == 1


def test_somebody_who_is_not_there(ward: Ward) -> None:
    assert "没有查到这个学号/工号" in text(ward.clinic, "/cases/new/?number=0000&disease=measles")


def test_the_definition_is_shown_criterion_by_criterion_and_the_clinician_decides(ward: Ward) -> None:
    shown = text(ward.clinic, ward.page)
    assert "MEAS-SUSPECTED" in shown
    assert "资料不足" in shown  # confirmed: nothing is known of the laboratory yet
    facts = {f"fact-{code}": "yes" for code in CONFIRMED}
    assert ward.clinic.post(ward.page + "findings/", facts).status_code == 302
    now = f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"
    assert ward.clinic.post(ward.page + "decide/", {"event": "confirm", "diagnosed_at": now}).status_code == 302
    ward.case.refresh_from_db()
    assert ward.case.status == "confirmed"
    refused = ward.clinic.post(ward.page + "decide/", {"event": "exclude", "diagnosed_at": now})
    assert refused.status_code == 422
    assert ward.clinic.post(ward.page + "undo/", {"reason": "标本弄混"}).status_code == 302
    ward.case.refresh_from_db()
    assert ward.case.status == "suspected"


def test_each_told_acknowledges(ward: Ward) -> None:
    assert "确认签收" in text(ward.counsellor, ward.page)
    assert ward.counsellor.post(ward.page + "acknowledge/").status_code == 302
    tasks = Task.objects.filter(kind="case-told")
    assert set(tasks.filter(state="done").values_list("owner_role", flat=True)) == {"counsellor"}
    assert set(tasks.filter(state="open").values_list("owner_role", flat=True)) == {
        "clinic", "college-secretary", "prevention-office", "command-group",
    }  # fmt: skip


def test_the_counsellor_sees_the_case_and_no_clinical_record(ward: Ward) -> None:
    shown = text(ward.counsellor, ward.page)
    assert "麻疹" in shown
    for secret in ("柯氏斑", "卡他症状", "定义逐条核对"):
        assert secret not in shown
    for action in ("findings/", "decide/", "undo/", "move/"):
        assert ward.counsellor.post(ward.page + action).status_code == 403
    looked = Entry.objects.filter(subject_person_id=ward.patient.pk, actor_id=ward.campus.counsellor.pk, is_read=True)
    assert set(looked.values_list("action", flat=True)) == {"case.read", "person.read-contact"}


def test_the_card_is_filled_printed_and_recorded_as_sent(ward: Ward) -> None:
    ward.patient.id_number, ward.patient.sex, ward.patient.phone = "11010519491231002X", "female", "13900001111"
    ward.patient.save()
    url = f"{ward.page}reports/{ward.report.pk}/"
    shown = text(ward.clinic, url)
    assert "11010519491231002X" in shown
    assert "必填项还缺" in shown
    assert ward.clinic.post(url + "fill/", {"belongs_to": "country", "address": "东校区 3 号楼 201"}).status_code == 302
    assert "外省" in text(ward.clinic, url)
    made = ward.clinic.get(url + "card.docx")
    cells = [cell.text for row in docx.Document(io.BytesIO(made.content)).tables[0].rows for cell in row.cells]
    assert cells[cells.index("患者姓名*") + 1] == ward.patient.name
    assert cells[cells.index("病例分类*") + 1] == "疑似"
    if typesetting.chinese_font():
        assert ward.clinic.get(url + "card.pdf").content.startswith(b"%PDF")
    sent = {
        "means": "network", "recipient": "区疾控中心", "reference": "R-1",
        "sent_at": f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    assert ward.clinic.post(url + "send/", sent | {"recipient": ""}).status_code == 422
    assert ward.clinic.post(url + "send/", sent).status_code == 302
    report = Report.objects.get(case=ward.case)
    assert (report.reference, report.content["address"], report.sent_by_id) == ("R-1", "东校区 3 号楼 201", ward.doctor.pk)
    assert Task.objects.get(kind="case-report").state == "done"
    ward.patient.name = "改名"
    ward.patient.save()
    assert report.content["name"] in text(ward.office, url)
    assert ward.clinic.post(url + "send/", sent).status_code == 409


def test_the_list_shows_who_owes_a_report_first(ward: Ward) -> None:
    other = case(ward.campus.students[4], ward.campus.classes[1], by=actor(ward.doctor), disease="varicella", reason="x")
    shown = text(ward.clinic, "/cases/")
    assert ward.patient.name in shown
    assert other.person.name in shown
    assert other.person.name not in text(ward.clinic, "/cases/?status=owing")
    assert ward.patient.name not in text(ward.clinic, "/cases/?disease=varicella")
    assert "这里没有病例" in text(ward.clinic, "/cases/?status=ended")


def test_duplicates_are_shown_merged_and_taken_apart(ward: Ward) -> None:
    twin = ward.campus.students[2]
    for person in (ward.patient, twin):
        person.phone = "13900002222"
        person.save()
    second = case(twin, ward.campus.classes[0], by=actor(ward.doctor))
    assert "电话相同" in text(ward.clinic, ward.page)
    assert ward.clinic.post(f"/cases/{second.pk}/merge/{ward.case.pk}/", {"reason": ""}).status_code == 422
    assert ward.clinic.post(f"/cases/{second.pk}/merge/{ward.case.pk}/", {"reason": "两个学号"}).status_code == 302
    assert twin.name not in text(ward.clinic, "/cases/")
    assert "已并入另一个病例" in text(ward.clinic, f"/cases/{second.pk}/")
    assert ward.clinic.post(f"/cases/{second.pk}/unmerge/", {"reason": "确为两人"}).status_code == 302
    assert twin.name in text(ward.clinic, "/cases/")


def test_findings_of_another_school_are_not_there(ward: Ward) -> None:
    elsewhere = Ward()
    for url in (elsewhere.page, f"{elsewhere.page}reports/{elsewhere.report.pk}/"):
        assert ward.clinic.get(url).status_code == 404
    wrong = f"{ward.page}reports/{elsewhere.report.pk}/"
    assert ward.clinic.get(wrong).status_code == 404


def test_no_statutory_clock_says_so(ward: Ward) -> None:
    other = case(ward.campus.students[4], ward.campus.classes[1], by=actor(ward.doctor), disease="varicella", reason="x")
    assert "当前没有法定的个案上报时限" in text(ward.clinic, f"/cases/{other.pk}/")


def test_corrected_findings_stand_in_the_history(ward: Ward) -> None:
    actions.record_findings(case=ward.case, findings=NewFindings(said={"catarrh": None}), by=actor(ward.doctor), at=clock.now())
    assert "已更正" in text(ward.clinic, ward.page)

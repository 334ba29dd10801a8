"""The pages and the API of absences, as counsellor, clinic and the person use them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from linglou.domains.care.models import Absence
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from tests.factories import signals
from tests.factories.absences import absence, follow_up
from tests.factories.accounts import browser, token
from tests.factories.cases import case
from tests.factories.people import Campus, actor, holder

pytestmark = pytest.mark.django_db


class Desk:
    """A campus with a doctor, and a student who has been absent since the day before yesterday."""

    def __init__(self) -> None:
        self.campus = Campus()
        self.doctor = holder(Role.CLINIC, self.campus.school)
        self.student = self.campus.students[1]
        self.by = actor(self.campus.counsellor)
        at = clock.now() - timedelta(days=2)
        self.one = absence(self.student, self.campus.classes[0], by=self.by, at=at, from_day=clock.day_of(at))
        self.counsellor, self.clinic = browser(self.campus.counsellor), browser(self.doctor)
        self.page = f"/care/absences/{self.one.pk}/"
        self.today = f"{clock.day_of(clock.now()):%Y-%m-%d}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_not_done_today_is_seen_at_once(desk: Desk) -> None:
    assert "有 1 人今天还没有跟进" in text(desk.counsellor, "/care/absences/")
    assert desk.student.name in text(desk.counsellor, "/care/absences/?tab=waiting")
    assert "今天还没有跟进。请联系本人" in text(desk.counsellor, desk.page)
    typed = {"course": "better", "outcome": "resting", "care_sought": "yes", "whereabouts": "home", "note": "体温正常"}
    assert desk.counsellor.post(f"{desk.page}follow-up/", typed).status_code == 302
    assert "今天都跟进过了" in text(desk.counsellor, "/care/absences/?tab=waiting")
    page = text(desk.counsellor, desk.page)
    assert "体温正常" in page
    assert "今天还没有跟进。请联系本人" not in page
    assert Entry.objects.filter(action="absence.read", subject_person_id=desk.student.pk).count() == 2


def test_registered_by_number_and_refused_with_what_was_typed(desk: Desk) -> None:
    typed = {
        "number": desk.campus.students[2].number, "from_day": desk.today, "symptoms": ["fever", "rash"], "care_sought": "no",
        "whereabouts": "dorm", "hospital": "市二院",
    }  # fmt: skip
    for wrong in ({"number": "0000"}, {"number": desk.student.number}, {"from_day": "2999-01-01"}, {"disease": "no-such"}):
        refused = desk.counsellor.post("/care/absences/new/", typed | wrong)
        assert refused.status_code == 422
        assert "市二院" in refused.content.decode()
    answer = desk.counsellor.post("/care/absences/new/", typed)
    made = Absence.objects.get(person=desk.campus.students[2])
    assert answer.headers["Location"] == f"/care/absences/{made.pk}/"
    assert (made.symptoms, made.care_sought) == (["fever", "rash"], False)


def test_a_student_of_another_class_is_not_ones_own(desk: Desk) -> None:
    stranger = holder(Role.COUNSELLOR, desk.campus.classes[1])
    typed = {"number": desk.campus.students[2].number, "from_day": desk.today, "whereabouts": "dorm"}
    answer = browser(stranger).post("/care/absences/new/", typed)
    assert "没有查到这个学号/工号" in answer.content.decode()
    assert browser(stranger).get(desk.page).status_code == 404


def test_from_a_signal_and_from_a_case(desk: Desk) -> None:
    ill, confirmed = desk.campus.students[2], desk.campus.students[0]
    raised = signals.signal(ill, desk.campus.classes[0], because={"symptoms": ["fever", "cough"]})
    opened = case(confirmed, desk.campus.classes[0], by=actor(desk.doctor))
    assert f"/care/absences/new/?signal={raised.pk}" in text(desk.counsellor, f"/signals/{raised.pk}/")
    assert f"/care/absences/new/?case={opened.pk}" in text(desk.counsellor, f"/cases/{opened.pk}/")
    page = text(desk.counsellor, f"/care/absences/new/?signal={raised.pk}")
    assert ill.number in page
    assert page.count("checked") >= 2
    typed = {"number": ill.number, "from_day": desk.today, "whereabouts": "dorm"}
    desk.counsellor.post(f"/care/absences/new/?signal={raised.pk}", typed)
    assert Absence.objects.get(person=ill).signal_id == raised.pk
    typed["number"] = confirmed.number
    desk.counsellor.post(f"/care/absences/new/?case={opened.pk}", typed | {"disease": "measles"})
    from_case = Absence.objects.get(person=confirmed)
    assert (from_case.case_id, from_case.disease) == (opened.pk, "measles")
    assert desk.counsellor.get("/care/absences/new/?case=999999").status_code == 404


def test_a_signal_of_one_is_not_the_origin_of_anothers_absence(desk: Desk) -> None:
    raised = signals.signal(desk.campus.students[2], desk.campus.classes[0])
    typed = {"number": desk.campus.students[0].number, "from_day": desk.today, "whereabouts": "dorm"}
    desk.counsellor.post(f"/care/absences/new/?signal={raised.pk}", typed)
    assert Absence.objects.get(person=desk.campus.students[0]).signal_id is None


def test_the_clinic_sees_the_criteria_one_by_one_and_issues(desk: Desk) -> None:
    url = f"{desk.page}return/?disease=measles"
    page = text(desk.clinic, url)
    assert "MEAS-RETURN" in page
    assert "资料不足" in page
    typed = {"returned_on": desk.today}
    refused = desk.clinic.post(url, typed)
    assert refused.status_code == 422
    assert "还不能认定符合复课条件" in refused.content.decode()
    rash = f"{clock.local(clock.now() - timedelta(days=9)):%Y-%m-%dT%H:%M}"
    answer = desk.clinic.post(url, typed | {"event-rash-onset": rash})
    desk.one.refresh_from_db()
    assert answer.headers["Location"] == f"/care/certificates/{desk.one.certificate_id}/"
    assert "复课条件逐条核对" in text(desk.counsellor, desk.page)
    assert "已复课" in text(desk.counsellor, "/care/absences/?tab=ended")
    assert desk.clinic.post(url, typed | {"event-rash-onset": rash}).status_code == 409


def test_without_a_disease_there_is_nothing_to_fill_in(desk: Desk) -> None:
    assert "由医师诊察后决定" in text(desk.clinic, f"{desk.page}return/")
    assert desk.clinic.post(f"{desk.page}return/", {"returned_on": "2001-01-01"}).status_code == 422
    assert desk.clinic.post(f"{desk.page}return/", {"returned_on": desk.today}).status_code == 302


def test_a_hospitals_certificate_and_an_error(desk: Desk) -> None:
    typed = {"issuer": "市第一医院", "issued_on": desk.today, "returned_on": "2001-01-01"}
    refused = desk.counsellor.post(f"{desk.page}accept/", typed)
    assert refused.status_code == 422
    assert "市第一医院" in refused.content.decode()
    assert desk.counsellor.post(f"{desk.page}void/", {"reason": ""}).status_code == 422
    assert desk.counsellor.post(f"{desk.page}accept/", typed | {"returned_on": desk.today}).status_code == 302
    assert "市第一医院" in text(desk.counsellor, desk.page)
    assert desk.counsellor.post(f"{desk.page}void/", {"reason": "x"}).status_code == 409


def test_void_says_who_and_why(desk: Desk) -> None:
    assert desk.counsellor.post(f"{desk.page}void/", {"reason": "请的是事假"}).status_code == 302
    assert "请的是事假" in text(desk.counsellor, desk.page)
    assert "没有因病缺课的登记" in text(browser(desk.student), "/care/absences/mine/")


def test_the_person_sees_their_own_and_no_working_note(desk: Desk) -> None:
    follow_up(desk.one, by=desk.by, note="室友说情绪不好")
    own = browser(desk.student)
    page = text(own, "/care/absences/mine/")
    assert "今天是缺课第 3 天" in page
    assert "好转" in page
    assert "情绪不好" not in page
    assert "情绪不好" not in own.get("/api/v1/absences/mine").content.decode()
    assert own.get(desk.page).status_code == 403
    desk.clinic.post(f"{desk.page}return/", {"returned_on": desk.today})
    desk.one.refresh_from_db()
    assert f"/care/certificates/{desk.one.certificate_id}/" in text(own, "/care/absences/mine/")
    assert "没有因病缺课的登记" in text(browser(desk.campus.students[2]), "/care/absences/mine/")


def test_over_the_api(desk: Desk) -> None:
    def client(who: object, *verbs: str) -> Client:
        return Client(headers={"Authorization": f"Bearer {token(who, *verbs)}"})  # type: ignore[arg-type]

    def post(who: Client, path: str, sent: dict[str, object]) -> dict[str, object]:
        answer = who.post(f"/api/v1/absences{path}", sent, content_type="application/json")
        return {"status": answer.status_code, **answer.json()}

    counsellor = client(desk.campus.counsellor, "track-absences", "see-contact")
    clinic = client(desk.doctor, "track-absences", "release", "see-clinical")
    (item,) = counsellor.get("/api/v1/absences", {"tab": "waiting"}).json()["items"]
    assert (item["id"], item["seen_today"]) == (desk.one.pk, False)
    one = f"/{desk.one.pk}"
    assert post(counsellor, f"{one}/follow-up", {"course": "better", "outcome": "recovered"})["seen_today"] is True
    assert post(counsellor, f"{one}/certify", {"returned_on": desk.today})["status"] == 403
    strange = post(clinic, f"{one}/certify", {"returned_on": desk.today, "disease": "measles", "facts": {"fevre": True}})
    assert (strange["status"], strange["code"]) == (422, "invalid-input")
    rash = (clock.now() - timedelta(days=9)).isoformat()
    done = post(clinic, f"{one}/certify", {"returned_on": desk.today, "disease": "measles", "events": {"rash-onset": rash}})
    assert (done["state"], done["answer"]) == ("returned", "met")
    new = {"person_number": desk.campus.students[2].number, "from_day": desk.today, "symptoms": ["fever"]}
    assert post(counsellor, "", new | {"symptoms": ["gloom"]})["status"] == 422
    assert post(counsellor, "", new | {"person_number": "0000"})["status"] == 404
    made = post(counsellor, "", new)
    assert made["status"] == 201
    accepted = {"issuer": "市一院", "issued_on": desk.today, "returned_on": desk.today}
    assert post(counsellor, f"/{made['id']}/accept", accepted)["issuer"] == "市一院"
    assert post(counsellor, f"/{made['id']}/void", {"reason": "x"})["status"] == 409
    assert counsellor.get(f"/api/v1/absences/{made['id']}").json()["state"] == "returned"

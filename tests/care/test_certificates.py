"""A certificate is issued by the clinic, shown to the person and to whoever cares for them, checked by anybody, and revoked."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from linglou.domains.care.certificates import actions, queries
from linglou.domains.care.certificates.problems import ALREADY_REVOKED, WHY_REVOKED
from linglou.domains.care.models import Certificate
from linglou.engines.notifications.models import Notification
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock, ids, typesetting
from linglou.kernel.common_problems import NOT_ALLOWED
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser, token
from tests.factories.certificates import certificate
from tests.factories.people import Campus, actor, holder
from tests.races import at_once

pytestmark = pytest.mark.django_db


class Desk:
    """A campus with a doctor, and a student who has a certificate."""

    def __init__(self) -> None:
        self.campus = Campus()
        self.doctor = holder(Role.CLINIC, self.campus.school)
        self.by: Actor = actor(self.doctor)
        self.student = self.campus.students[1]
        self.student.name = "欧阳复课"
        self.student.save()
        self.one = certificate(self.student, self.campus.classes[0], by=self.by)
        self.page = f"/care/certificates/{self.one.pk}/"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_numbered_by_school_and_year_and_frozen(desk: Desk) -> None:
    year = clock.local(clock.now()).year
    second = certificate(desk.student, desk.campus.classes[0], by=desk.by, kind="release")
    assert (desk.one.number, second.number) == (f"{year}-0001", f"{year}-0002")
    old = clock.moment(date(2021, 3, 1), time(9))
    assert certificate(desk.student, desk.campus.classes[0], by=desk.by, at=old).number == "2021-0001"
    assert certificate(desk.student, desk.campus.classes[0], by=desk.by).number == f"{year}-0003"
    desk.student.name = "改名之后"
    desk.student.save()
    desk.one.refresh_from_db()
    assert desk.one.content["name"] == "欧阳复课"
    assert desk.one.content["rows"] == [["缺课起始", "2026-11-16"], ["复课日期", "2026-11-23"]]
    assert desk.one.content["place"] == "信息学院 · 软件2401A"


def test_the_person_is_told_without_a_word_of_what(desk: Desk) -> None:
    (message,) = Notification.objects.filter(topic="certificate")
    assert (message.person_id, message.link) == (desk.student.pk, "/care/certificates/")
    assert "MEAS" not in message.subject + message.body
    assert Entry.objects.get(action="certificate.issue").subject_person_id == desk.student.pk


def test_only_who_releases_issues(desk: Desk) -> None:
    with pytest.raises(Problem) as refused:
        certificate(desk.student, desk.campus.classes[0], by=actor(desk.campus.counsellor))
    assert refused.value.kind is NOT_ALLOWED
    assert Certificate.objects.count() == 1


def test_anybody_checks_it_and_learns_little(desk: Desk) -> None:
    anybody = Client()
    typed = desk.one.code.lower().replace("-", " ")
    answer = anybody.get("/care/check/", {"code": typed})
    assert answer.headers["Location"] == f"/care/check/{desk.one.code}/"
    page = text(anybody, answer.headers["Location"])
    assert "复课证明" in page
    assert "欧***" in page
    assert desk.one.number in page
    for kept in ("欧阳复课", desk.student.number, "MEAS", "2026-11-16", "软件2401A"):
        assert kept not in page
    assert "没有查到这份证明" in text(anybody, "/care/check/00000-00000/")
    assert "没有查到这份证明" in text(anybody, "/care/check/nonsense/")
    assert anybody.get("/care/check/", {"code": "x"}).headers["Location"] == "/care/check/0/"


def test_guessing_is_slowed_down_and_finding_is_not(desk: Desk) -> None:
    cache.clear()
    for _ in range(queries.MISSES):
        assert queries.check(ids.readable(10), address="198.51.100.7") is None
    answer = Client(REMOTE_ADDR="198.51.100.7").get("/care/check/00000-00000/")
    assert answer.status_code == 429
    assert queries.check(desk.one.code, address="198.51.100.7") is not None
    cache.clear()


def test_revoked_with_a_reason_and_everybody_who_checks_sees_it(desk: Desk) -> None:
    clinic, at = browser(desk.doctor), clock.now()
    assert clinic.post(f"{desk.page}revoke/", {"reason": " "}).status_code == 422
    with pytest.raises(Problem) as without:
        actions.revoke(certificate=desk.one, reason=" ", by=desk.by, at=at)
    assert without.value.kind is WHY_REVOKED
    assert clinic.post(f"{desk.page}revoke/", {"reason": "核酸结果更正"}).status_code == 302
    public = text(Client(), f"/care/check/{desk.one.code}/")
    assert "已撤销" in public
    assert "核酸结果更正" not in public
    assert "核酸结果更正" in text(browser(desk.student), desk.page)
    with pytest.raises(Problem) as twice:
        actions.revoke(certificate=desk.one, reason="再撤", by=desk.by, at=at)
    assert twice.value.kind is ALREADY_REVOKED
    assert clinic.post(f"{desk.page}revoke/", {"reason": "再撤"}).status_code == 409
    assert Notification.objects.filter(topic="certificate", person=desk.student).count() == 2


def test_who_opens_it_in_full_and_every_look_is_in_the_trail(desk: Desk) -> None:
    assert "欧阳复课" in text(browser(desk.student), desk.page)
    assert not Entry.objects.filter(action="certificate.read").exists()
    assert "欧阳复课" in text(browser(desk.campus.counsellor), desk.page)
    assert Entry.objects.get(action="certificate.read").subject_person_id == desk.student.pk
    assert "撤销这份证明" not in text(browser(desk.campus.counsellor), desk.page)
    assert "撤销这份证明" in text(browser(desk.doctor), desk.page)
    classmate, monitor = browser(desk.campus.students[2]), browser(desk.campus.monitor)
    for client in (classmate, monitor):
        assert client.get(desk.page).status_code == 404
        assert client.get(f"{desk.page}certificate.pdf").status_code == 404
        assert "欧阳复课" not in text(client, "/care/certificates/")
    elsewhere = browser(holder(Role.CLINIC, Campus().school))
    assert elsewhere.get(desk.page).status_code == 404


def test_the_rule_that_tells_the_disease_is_for_those_who_see_cases(desk: Desk) -> None:
    centre = holder(Role.COUNSELLING, desk.campus.school)
    for who, sees in ((desk.student, True), (desk.campus.counsellor, True), (centre, False)):
        assert ("MEAS-RETURN" in text(browser(who), desk.page)) is sees
    client = Client(headers={"Authorization": f"Bearer {token(centre, 'see-care')}"})
    assert "MEAS" not in client.get("/api/v1/certificates").content.decode()
    assert "MEAS" not in client.get(f"/api/v1/certificates/{desk.one.pk}").content.decode()


def test_the_list_is_found_by_name_and_number(desk: Desk) -> None:
    counsellor = browser(desk.campus.counsellor)
    for asked in ("欧阳", desk.student.number, desk.one.number):
        assert desk.one.number in text(counsellor, f"/care/certificates/?q={asked}")
    assert "没有查到" in text(counsellor, "/care/certificates/?q=无此人")
    assert "还没有证明" in text(browser(desk.campus.students[2]), "/care/certificates/")


@pytest.mark.skipif(typesetting.chinese_font() is None, reason="no Chinese font on this machine")
def test_it_is_printed_with_a_code(desk: Desk) -> None:
    answer = browser(desk.student).get(f"{desk.page}certificate.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    actions.revoke(certificate=desk.one, reason="更正", by=desk.by, at=clock.now())
    assert browser(desk.doctor).get(f"{desk.page}certificate.pdf").content.startswith(b"%PDF")


def test_over_the_api(desk: Desk) -> None:
    client = Client(headers={"Authorization": f"Bearer {token(desk.doctor, 'see-care', 'release')}"})
    (item,) = client.get("/api/v1/certificates").json()["items"]
    assert (item["state"], item["code"], item["person_name"]) == ("valid", desk.one.code, "欧阳复课")
    assert client.get(f"/api/v1/certificates/{desk.one.pk}").json()["particulars"][0] == {"label": "姓名", "value": "欧阳复课"}
    checked = Client().get(f"/api/v1/certificates/check/{desk.one.code}").json()
    assert (checked["name"], checked["state"]) == ("欧***", "valid")
    assert Client().get("/api/v1/certificates/check/00000-00000").status_code == 404
    url = f"/api/v1/certificates/{desk.one.pk}/revoke"
    answer = client.post(url, {"reason": "更正"}, content_type="application/json")
    assert answer.json()["state"] == "revoked"


@pytest.mark.django_db(transaction=True)
def test_doctors_at_once_give_different_numbers() -> None:
    desk = Desk()
    made = at_once(lambda: certificate(desk.student, desk.campus.classes[0], by=desk.by).number, times=4)
    assert len(set(made)) == 4


def test_a_year_from_now_counts_anew(desk: Desk) -> None:
    later = clock.now() + timedelta(days=370)
    assert certificate(desk.student, desk.campus.classes[0], by=desk.by, at=later).number.endswith("-0001")

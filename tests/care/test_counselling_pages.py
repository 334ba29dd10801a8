"""The questionnaire on a phone, and the centre's pages; nobody else gets in."""

from __future__ import annotations

import pytest
from django.test import Client

from linglou.domains.care.counselling import actions
from linglou.domains.care.models import Assessment, CounsellingNote
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Unit
from linglou.kernel import clock
from tests.factories.accounts import browser, token
from tests.factories.counselling import CALM, SELF_HARM, assessment, centre
from tests.factories.people import Campus, actor, holder, unit

pytestmark = pytest.mark.django_db
PHONE, SECRET = "13900001234", "夜里会一个人哭"


class Room:
    """A campus with a counselling centre of one, and a student."""

    def __init__(self) -> None:
        self.campus = Campus()
        self.staff = centre(self.campus.school, phone=PHONE)
        self.student = self.campus.students[1]
        self.own, self.centre = browser(self.student), browser(self.staff)
        self.page = f"/care/counselling/people/{self.student.pk}/"

    def unit_for(self, role: Role) -> Unit:
        """Where a role stands that answers for the student."""
        branch = {Role.BRANCH_SECRETARY: lambda: unit(unit(self.campus.school, "committee"), "branch")}
        near = {
            Role.CLASS_MONITOR: self.campus.classes[0], Role.COUNSELLOR: self.campus.classes[0], Role.ROOM_HEAD: self.campus.rooms[0],
            Role.COLLEGE_SECRETARY: self.campus.college, Role.DEAN: self.campus.college,
        }  # fmt: skip
        return branch[role]() if role in branch else near.get(role, self.campus.school)


@pytest.fixture
def room() -> Room:
    return Room()


def typed(answers: tuple[int, ...]) -> dict[str, str]:
    return {f"item-{n + 1}": str(value) for n, value in enumerate(answers)}


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_filled_in_without_script_and_thanked_without_a_number(room: Room) -> None:
    assert "做不做都可以" in text(room.own, "/care/wellbeing/")
    page = text(room.own, "/care/wellbeing/phq-9/")
    assert page.count('type="radio"') == 36
    assert "checked" not in page
    assert "<script" not in page
    answer = room.own.post("/care/wellbeing/phq-9/", typed(CALM))
    assert answer.headers["Location"] == "/care/wellbeing/done/"
    done = text(room.own, "/care/wellbeing/done/")
    assert "已经送到心理咨询中心" in done
    assert "您不用一个人扛着" not in done
    assert "phq" not in done.lower()
    assert Assessment.objects.get().by_id == room.student.pk


def test_what_is_left_open_is_asked_for_and_the_rest_is_kept(room: Room) -> None:
    some = typed(CALM)
    del some["item-9"]
    answer = room.own.post("/care/wellbeing/phq-9/", some)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "还有题目没有选" in page
    assert page.count("checked") == 8
    assert not Assessment.objects.exists()
    assert room.own.get("/care/wellbeing/other/").status_code == 404


def test_whoever_speaks_of_self_harm_is_told_whom_to_call_now(room: Room) -> None:
    room.own.post("/care/wellbeing/phq-9/", typed(SELF_HARM))
    page = text(room.own, "/care/wellbeing/done/")
    for said in ("您不用一个人扛着", "tel:12356", "tel:120", f"tel:{PHONE}", room.staff.name):
        assert said in page
    for cold in ("分", "重度", "自杀", "score"):
        assert cold not in page.replace("分享", "")
    assert "已经送到心理咨询中心" in text(browser(room.campus.students[2]), "/care/wellbeing/done/")


def test_where_nobody_is_at_the_centre_nothing_is_promised_in_its_name(room: Room) -> None:
    elsewhere = Campus()
    own = browser(elsewhere.students[1])
    own.post("/care/wellbeing/phq-9/", typed(SELF_HARM))
    page = text(own, "/care/wellbeing/done/")
    assert "请先拨打下面的电话" in page
    assert "已经收到提醒" not in page
    assert "tel:12356" in page


def test_the_centre_sees_it_first_calls_and_writes(room: Room) -> None:
    assert "还没有人" in text(room.centre, "/care/counselling/")
    taken = assessment(room.student, SELF_HARM)
    assert "有 1 人需要马上联系" in text(room.centre, "/care/counselling/")
    leads = room.centre.get(f"/care/counselling/urgent/{taken.pk}/")
    assert leads.headers["Location"] == room.page
    page = text(room.centre, room.page)
    assert "请马上联系本人" in page
    assert "提到不如死掉或伤害自己的念头" in page
    assert room.centre.post(f"{room.page}answer/", {"outcome": "talked", "text": ""}).status_code == 422
    assert room.centre.post(f"{room.page}answer/", {"outcome": "talked", "text": SECRET}).status_code == 302
    page = text(room.centre, room.page)
    assert SECRET in page
    assert "请马上联系本人" not in page
    assert room.centre.post(f"{room.page}answer/", {"outcome": "talked", "text": "x"}).status_code == 409


def test_somebody_new_is_opened_by_number_and_noted(room: Room) -> None:
    answer = room.centre.get("/care/counselling/", {"number": room.student.number})
    assert answer.headers["Location"] == room.page
    assert "没有查到" in text(room.centre, "/care/counselling/?number=0000")
    assert room.centre.post(f"{room.page}notes/", {"text": ""}).status_code == 422
    assert room.centre.post(f"{room.page}notes/", {"text": SECRET, "follow_up_on": "2026-12-01"}).status_code == 302
    assert "下次约谈 12月1日" in text(room.centre, room.page)
    assert room.centre.post(f"{room.page}gad-7/", typed(CALM[:7])).status_code == 302
    taken = Assessment.objects.get()
    assert (taken.instrument, taken.by_id) == ("gad-7", room.staff.pk)
    assert "陪同填写" in text(room.centre, room.page)
    assert room.centre.post(f"{room.page}gad-7/", {}).status_code == 422
    assert room.centre.get(f"{room.page}other/").status_code == 404


OTHERS = [role for role in Role if role not in (Role.COUNSELLING, Role.GUARDIAN)]


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_reads_a_byte_of_it(room: Room, role: Role) -> None:
    """The pages themselves, the trail, the inbox, the tasks and the person's own page, for every other role of the school."""
    taken = assessment(room.student, SELF_HARM)
    actions.answer(person=room.student, outcome="emergency", text=SECRET, by=actor(room.staff), at=clock.now())
    client = browser(holder(role, room.unit_for(role)), second_factor=True)
    for path in (
        "/care/counselling/", room.page, f"{room.page}phq-9/", f"/care/counselling/urgent/{taken.pk}/",
        "/api/v1/counselling", f"/api/v1/counselling/{room.student.pk}",
    ):  # fmt: skip
        assert client.get(path).status_code in (403, 404)
    for path in (
        "/audit/",
        "/inbox/",
        "/tasks/",
        "/people/",
        f"/people/{room.student.pk}/",
        "/care/absences/",
        "/account/looks/",
    ):
        said = client.get(path, follow=True).content.decode()
        for kept in (SECRET, "已送医或已报警", "PHQ-9", "phq-9", "emergency", "伤害自己"):
            assert kept not in said
    assert client.post("/audit/export/").content.decode(errors="replace").find(SECRET) == -1


def test_the_persons_counsellor_and_the_person_see_none_of_it(room: Room) -> None:
    actions.write_note(person=room.student, text=SECRET, by=actor(room.staff), at=clock.now())
    for client in (browser(room.campus.counsellor), room.own):
        assert client.get(room.page).status_code == 403
    elsewhere = browser(centre(Campus().school))
    assert elsewhere.get(room.page).status_code == 404
    assert elsewhere.get(f"/api/v1/counselling/{room.student.pk}").status_code == 404


def test_over_the_api(room: Room) -> None:
    own = Client(headers={"Authorization": f"Bearer {token(room.student)}"})
    answer = own.post("/api/v1/wellbeing", {"instrument": "phq-9", "answers": list(SELF_HARM)}, content_type="application/json")
    assert answer.status_code == 201
    thanks = answer.json()
    assert (thanks["call_now"], thanks["hotline"], thanks["supporters"][0]["phone"]) == (True, "12356", PHONE)
    assert "score" not in thanks
    short = own.post("/api/v1/wellbeing", {"instrument": "phq-9", "answers": [0] * 7}, content_type="application/json")
    assert short.json()["code"] == "questionnaire-incomplete"

    staff = Client(headers={"Authorization": f"Bearer {token(room.staff, 'counsel', 'see-contact')}"})
    (item,) = staff.get("/api/v1/counselling").json()["items"]
    assert (item["person_id"], item["is_waiting"]) == (room.student.pk, True)
    url = f"/api/v1/counselling/{room.student.pk}"
    answered = staff.post(f"{url}/answer", {"outcome": "talked", "text": SECRET}, content_type="application/json").json()
    assert (answered["is_waiting"], answered["notes"][0]["text"]) == (False, SECRET)
    staff.post(f"{url}/notes", {"text": "续谈", "follow_up_on": "2026-12-01"}, content_type="application/json")
    together = {"instrument": "gad-7", "answers": [1] * 7}
    detail = staff.post(f"{url}/assessments", together, content_type="application/json").json()
    assert (detail["assessments"][0]["score"], detail["assessments"][0]["band"]) == (7, "mild")
    assert (len(detail["notes"]), detail["follow_up_on"]) == (2, "2026-12-01")
    assert CounsellingNote.objects.count() == 2

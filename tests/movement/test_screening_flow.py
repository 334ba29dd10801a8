"""A change of the list reaches people within a tick: a task with an owner each, an explanation on each page, an outcome."""

from __future__ import annotations

from typing import Any

import pytest

from linglou.domains.movement import actions
from linglou.domains.movement.models import Screening, ScreeningEvent
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks.models import Task, TaskEvent
from linglou.flows.tick import tick
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.movement import area, stay, trip
from tests.factories.people import Campus, actor, holder
from tests.factories.signals import signal
from tests.races import at_once

WUHAN = "420102"
LIST = "/movement/screening/"


@pytest.mark.django_db
def test_a_listed_area_gives_everybody_a_task_and_an_owner() -> None:
    campus = Campus()
    clinic = holder(Role.CLINIC, campus.school)
    there, through, ill, elsewhere = campus.students[1], campus.students[2], campus.students[3], campus.students[4]
    stay(there, WUHAN, 9)
    trip(through, WUHAN, "330106", 3)
    stay(ill, WUHAN, 9, 4)
    signal(ill, campus.classes[1])
    stay(elsewhere, "330106", 9)
    area(campus.school, "42")
    done = tick(clock.now())
    assert done["risk_list_change_rescreens_everyone"] == 3
    assert done["screening_opens_tasks"] == 3
    found = {one.person_id: one for one in Screening.objects.select_related("task")}
    assert {pk: one.category for pk, one in found.items()} == {
        there.pk: "in-area", through.pk: "through", ill.pk: "symptomatic",
    }  # fmt: skip
    owners = {pk: one.task.owner_id for pk, one in found.items() if one.task}
    assert owners == {there.pk: campus.counsellor.pk, through.pk: campus.counsellor.pk, ill.pk: clinic.pk}
    names = {campus.students[n].name for n in range(6)}
    words = " ".join(f"{one.subject} {one.body}" for one in Notification.objects.filter(topic="screening"))
    assert not any(name in words for name in names)
    assert all(name not in task.title for task in Task.objects.filter(kind="screening") for name in names)
    again = tick(clock.now())
    assert (again["risk_list_change_rescreens_everyone"], again["screening_opens_tasks"]) == (0, 0)
    assert Task.objects.filter(kind="screening").count() == 3


@pytest.mark.django_db
def test_a_withdrawn_area_lifts_and_says_why() -> None:
    campus = Campus()
    student = campus.students[1]
    stay(student, WUHAN, 9, 4)
    entry = area(campus.school, "42")
    tick(clock.now())
    mine = browser(student).get("/movement/mine/").content.decode()
    assert "为什么在排查名单上" in mine
    assert "湖北省" in mine
    office = browser(campus.office)
    office.post(f"/movement/risk-areas/{entry.pk}/withdraw/", {"reason": "省里解除"})
    tick(clock.now())
    one = Screening.objects.get()
    assert one.state == "lifted"
    task = Task.objects.get(kind="screening")
    assert (task.state, task.note) == ("cancelled", "排查已解除")
    assert TaskEvent.objects.filter(task=task, kind="cancelled").count() == 1
    page = browser(campus.counsellor).get(f"{LIST}{one.pk}/").content.decode()
    assert "移出名单" in page
    assert "解除排查" in page
    assert "为什么在排查名单上" not in browser(student).get("/movement/mine/").content.decode()


@pytest.mark.django_db
def test_a_counsellor_sees_why_and_settles() -> None:
    campus = Campus()
    student = campus.students[1]
    student.phone = "13900002222"
    student.save()
    stay(student, WUHAN, 9, 4, place="汉口某处")
    stay(campus.students[4], WUHAN, 9, 4)  # of the other class
    area(campus.school, "42", place="华南某市场")
    tick(clock.now())
    client = browser(campus.counsellor)
    listed = client.get(LIST).content.decode()
    assert student.name in listed
    assert campus.students[4].name not in listed
    assert campus.counsellor.name in listed
    one = Screening.objects.get(person=student)
    page = client.get(f"{LIST}{one.pk}/").content.decode()
    for words in ("湖北省武汉市江岸区 汉口某处", "华南某市场", "13900002222", "SCREEN-RETURN", "列入排查"):
        assert words in page
    looks = set(Entry.objects.filter(subject_person_id=student.pk, is_read=True).values_list("action", flat=True))
    assert looks == {"screening.list", "screening.read", "whereabouts.read", "person.read-contact"}
    other = Screening.objects.get(person=campus.students[4])
    assert client.get(f"{LIST}{other.pk}/").status_code == 404
    assert client.post(f"{LIST}{one.pk}/", {"outcome": ""}).status_code == 422
    assert browser(campus.command).post(f"{LIST}{one.pk}/", {"outcome": "excluded"}).status_code == 403
    assert client.post(f"{LIST}{one.pk}/", {"outcome": "excluded", "note": "没有到过市场"}).status_code == 302
    assert client.post(f"{LIST}{one.pk}/", {"outcome": "excluded"}).status_code == 409
    tick(clock.now())
    assert Task.objects.get(about=student, kind="screening").state == "done"
    assert "核实后排除" in client.get(f"{LIST}?state=settled").content.decode()
    assert "没有到过市场" in client.get(f"{LIST}{one.pk}/").content.decode()
    assert "排查已于" in browser(student).get("/movement/mine/").content.decode()


@pytest.mark.django_db
def test_the_list_narrows() -> None:
    campus = Campus()
    stay(campus.students[1], WUHAN, 9)
    stay(campus.students[4], WUHAN, 9, 4)
    area(campus.school, "42")
    tick(clock.now())
    office = browser(campus.office)

    def shown(query: str) -> set[str]:
        page = office.get(f"{LIST}?{query}").content.decode()
        return {one.name for one in campus.students if one.name in page}

    both = {campus.students[1].name, campus.students[4].name}
    assert shown("") == shown(f"unit={campus.college.pk}") == both
    assert shown("category=in-area") == {campus.students[1].name}
    assert shown(f"unit={campus.classes[1].pk}") == {campus.students[4].name}
    assert shown("state=settled") == shown("category=contact") == set()
    listed = office.get("/api/v1/screenings").json()
    assert [one["category"] for one in listed["items"]] == ["in-area", "through"]
    settled = office.post(
        f"/api/v1/screenings/{listed['items'][0]['id']}/settle", {"outcome": "postponed"}, content_type="application/json"
    )
    assert settled.json()["state"] == "settled"
    picture = office.get("/api/v1/whereabouts/picture").json()
    assert picture["total"]["roster"] == sum(part["roster"] for part in picture["parts"])


@pytest.mark.django_db
def test_telling_something_new_screens_at_the_next_tick() -> None:
    campus = Campus()
    area(campus.school, "42")
    tick(clock.now())
    student = campus.students[1]
    client = browser(student)
    sent: dict[str, Any] = {"region": WUHAN, "from_day": str(clock.day_of(clock.now()))}
    told = client.post("/api/v1/whereabouts/mine/stays", sent, content_type="application/json")
    assert told.json()["stays"][0]["name"] == "湖北省武汉市江岸区"
    assert tick(clock.now())["new_whereabouts_are_screened"] == 1
    assert Screening.objects.get().person_id == student.pk
    assert ScreeningEvent.objects.get().kind == "added"
    assert tick(clock.now())["new_whereabouts_are_screened"] == 0
    row = client.get("/api/v1/whereabouts/mine").json()["stays"][0]
    client.post("/movement/mine/", {"do": "drop-stay", "id": row["id"]})
    tick(clock.now())
    assert Screening.objects.get().state == "lifted"
    wrong = client.post("/api/v1/whereabouts/mine/stays", sent | {"region": "999999"}, content_type="application/json")
    assert wrong.status_code == 422
    trip_ = {"day": sent["from_day"], "from_region": WUHAN, "to_region": "330106", "means": "train", "vehicle": "G7"}
    assert (
        client.post("/api/v1/whereabouts/mine/trips", trip_, content_type="application/json").json()["trips"][0]["vehicle"]
        == "G7"
    )
    assert client.post("/api/v1/whereabouts/mine/trips", trip_, content_type="application/json").status_code == 200
    assert len(client.get("/api/v1/whereabouts/mine").json()["trips"]) == 1


@pytest.mark.django_db
def test_who_falls_ill_becomes_the_clinics() -> None:
    campus = Campus()
    clinic = holder(Role.CLINIC, campus.school)
    student = campus.students[1]
    stay(student, WUHAN, 9, 4)
    area(campus.school, "42")
    tick(clock.now())
    signal(student, campus.classes[0])
    tick(clock.now())
    one = Screening.objects.select_related("task").get()
    assert one.category == "symptomatic"
    assert one.task is not None
    assert one.task.owner_id == clinic.pk
    assert Task.objects.filter(kind="screening", state="open").count() == 2
    assert [event.kind for event in one.events.order_by("pk")] == ["added", "changed"]
    page = browser(clinic).get(f"{LIST}{one.pk}/").content.decode()
    assert "类别由“到过或途经风险地区”变为“有症状”" in page
    actions.settle_screening(screening=one, outcome="clinic", note="", by=actor(clinic), at=clock.now())
    tick(clock.now())
    assert not Task.objects.filter(kind="screening", state="open").exists()


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_open_each_task_once() -> None:
    campus = Campus()
    for one in campus.students:
        stay(one, WUHAN, 9)
    area(campus.school, "42")
    at_once(lambda: tick(clock.now()))
    tick(clock.now())
    assert Screening.objects.filter(state="open").exclude(task=None).count() == 6
    assert Task.objects.filter(kind="screening").count() == 6
    assert RiskRegion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_settling_while_everybody_is_screened_loses_nothing() -> None:
    """Whatever comes first: the new area is a new reason, settled with the old ones or open as a new episode."""
    campus = Campus()
    stay(campus.students[1], WUHAN, 9)
    area(campus.school, "42")
    tick(clock.now())
    one = Screening.objects.get()
    fresh = area(campus.school, WUHAN)
    by = actor(campus.counsellor)
    turns = iter((0, 1))

    def work() -> None:
        if next(turns):
            actions.settle_screening(screening=one, outcome="excluded", note="", by=by, at=clock.now())
        else:
            tick(clock.now())

    at_once(work)
    tick(clock.now())
    covered = [s for s in Screening.objects.all() if any(key.endswith(f":{fresh.pk}") for key in s.reasons)]
    assert len(covered) == 1

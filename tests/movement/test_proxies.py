"""Who may answer the round of whereabouts for whom, as what, seeing what; and that the person is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from linglou.domains.movement import telling
from linglou.domains.movement.models import RegionStay, Trip
from linglou.engines.notifications.models import Notification
from linglou.engines.rounds.models import Response, Revision, Round, UnitCount
from linglou.flows import proxy_report_tells_person as flow
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.movement import days_ago, stay
from tests.factories.people import Campus, actor, holder, long_ago, person, school, unit

pytestmark = pytest.mark.django_db
SECRET = "枫林晚客栈"


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def round_(campus: Campus) -> Round:
    at = clock.now()
    return telling.open_baseline(closes_at=at + timedelta(hours=8), by=actor(campus.office), at=at)


def guardian_of(campus: Campus, ward: Person) -> Person:
    made = person(campus.school, kind="guardian")
    people.appoint(person=made, role=Role.GUARDIAN, ward=ward, at=long_ago(), by=None)
    return made


def proxy_of(campus: Campus, who: str, whom: Person) -> Person:
    return guardian_of(campus, whom) if who == "guardian" else getattr(campus, who)


def page_of(whom: Person) -> str:
    return f"/movement/people/{whom.pk}/tell/"


def api_of(whom: Person, what: str = "") -> str:
    return f"/api/v1/whereabouts/of/{whom.pk}{what}"


def told(client: Any, whom: Person, region: str = "330106") -> Any:
    sent = {"region": region, "from_day": str(days_ago(3))}
    return client.post(api_of(whom, "/stays"), sent, content_type="application/json")


@pytest.mark.parametrize("who", ["monitor", "counsellor", "office", "guardian"])
def test_the_round_answered_for_somebody_is_marked_in_the_round_and_in_the_history(
    campus: Campus, round_: Round, who: str
) -> None:
    student = campus.students[1]
    proxy = proxy_of(campus, who, student)
    assert browser(proxy).post(page_of(student), {"do": "campus"}).status_code == 302
    row = RegionStay.objects.get()
    assert (row.source, row.by_id, row.person_id) == ("proxy", proxy.pk, student.pk)
    answer = Response.objects.get(round_id=round_.pk)
    assert (answer.source, answer.by_id, answer.respondent_id) == (who, proxy.pk, student.pk)
    assert UnitCount.objects.get(round_id=round_.pk, unit_id=campus.school.pk).proxied == 1
    client = browser(student)
    for page in ("/", "/movement/mine/"):
        said = client.get(page).content.decode()
        assert answer.get_source_display() in said
        assert proxy.name in said
    client.post("/movement/mine/", {"do": "back"})
    assert Response.objects.get(round_id=round_.pk).source == "self"
    assert UnitCount.objects.get(round_id=round_.pk, unit_id=campus.school.pk).proxied == 0


@pytest.mark.parametrize("who", ["monitor", "counsellor", "office", "guardian"])
def test_the_person_is_told_once_a_day_and_where_to_correct_it(campus: Campus, round_: Round, who: str) -> None:
    student = campus.students[1]
    proxy = proxy_of(campus, who, student)
    client = browser(proxy)
    client.post(page_of(student), {"do": "campus"})
    mends = 409 if who == "monitor" else 200
    assert told(client, student).status_code == mends
    assert Revision.objects.filter(round_id=round_.pk).count() == (1 if who == "monitor" else 2)
    assert [flow.run(at=clock.now()) for _tick in range(2)] == [1, 0]
    assert told(client, student, "110108").status_code == mends
    assert flow.run(at=clock.now()) == 0
    message = Notification.objects.get(topic="proxy")
    assert (message.person_id, message.link) == (student.pk, "/movement/mine/")
    assert proxy.name in message.body
    assert round_.title in message.subject
    assert "西湖" not in message.subject + message.body
    assert browser(student).get(message.link).status_code == 200


def test_nobody_answers_for_somebody_out_of_their_scope(campus: Campus, round_: Round) -> None:
    inside, outside = campus.students[1], campus.students[3]
    other_school = holder(Role.COUNSELLOR, unit(unit(school("别的大学"), "college"), "class"))
    refused = [(proxy, outside) for proxy in (campus.monitor, campus.counsellor, guardian_of(campus, inside))]
    refused += [(proxy, inside) for proxy in (campus.students[2], campus.secretary, campus.command, other_school)]
    for proxy, whom in refused:
        client = browser(proxy)
        assert client.get(page_of(whom)).status_code == 404
        assert client.post(page_of(whom), {"do": "campus"}).status_code == 404
        assert client.get(api_of(whom)).status_code == 404
        assert told(client, whom).status_code == 404
    assert not RegionStay.objects.exists()
    assert not Response.objects.filter(round_id=round_.pk).exists()


@pytest.mark.parametrize("who", ["monitor", "guardian"])
def test_who_does_not_see_whereabouts_neither_sees_nor_replaces_what_was_told(campus: Campus, round_: Round, who: str) -> None:
    student = campus.students[1]
    client = browser(proxy_of(campus, who, student))
    row = stay(student, "330106", 5, place=SECRET, by_id=student.pk)
    for answer in (
        client.get(page_of(student)), client.post(page_of(student), {"do": "campus"}), client.get(api_of(student)),
        told(client, student), client.post(page_of(student), {"do": "drop-stay", "id": row.id}),
    ):  # fmt: skip
        assert answer.status_code == 409
        assert SECRET not in answer.content.decode()
    assert RegionStay.objects.get().superseded_at is None
    assert not Response.objects.filter(round_id=round_.pk).exists()


def test_a_monitor_answers_once_and_sees_that_it_counts(campus: Campus, round_: Round) -> None:
    student = campus.students[1]
    client = browser(campus.monitor)
    assert "班长代报只能提交一次" in client.get(page_of(student)).content.decode()
    assert client.post(page_of(student), {"do": "campus"}).status_code == 302
    page = client.get(page_of(student))
    assert "已计入" in page.content.decode()
    assert client.get(api_of(student)).json()["stays"] == []
    assert 'value="stay"' not in page.content.decode()
    row = RegionStay.objects.get()
    for sent in ({"do": "back"}, {"do": "drop-stay", "id": row.id}):
        assert client.post(page_of(student), sent).status_code == 409
    assert RegionStay.objects.get().superseded_at is None


def test_what_a_guardian_told_they_may_mend_until_the_person_tells(campus: Campus, round_: Round) -> None:
    student = campus.students[1]
    client = browser(guardian_of(campus, student))
    assert client.get(page_of(student)).status_code == 200
    assert told(client, student).status_code == 200
    trip = {"day": str(days_ago(3)), "from_region": "330106", "to_region": "110108", "means": "train", "vehicle": "G35"}
    assert client.post(api_of(student, "/trips"), trip, content_type="application/json").json()["trips"][0]["source"] == "proxy"
    page = client.get(page_of(student)).content.decode()
    assert "西湖区" in page
    assert client.post(page_of(student), {"do": "drop-trip", "id": Trip.objects.get().id}).status_code == 302
    browser(student).post(
        "/movement/mine/", {"do": "stay", "stay-where": "region", "stay-region": "110108", "stay-from_day": days_ago(1)}
    )
    assert client.get(page_of(student)).status_code == 409
    assert client.get(api_of(student)).status_code == 409


@pytest.mark.parametrize("who", ["monitor", "guardian"])
def test_without_a_round_that_asks_there_is_nothing_to_answer(campus: Campus, who: str) -> None:
    student = campus.students[1]
    client = browser(proxy_of(campus, who, student))
    assert client.get(page_of(student)).status_code == 409
    assert client.post(page_of(student), {"do": "campus"}).status_code == 409
    assert told(client, student).status_code == 409
    assert not RegionStay.objects.exists()


def test_a_counsellor_goes_on_where_what_stands_is_shown_and_leaves_a_trace(campus: Campus, round_: Round) -> None:
    student = campus.students[1]
    stay(student, "330106", 5, place=SECRET, by_id=student.pk)
    client = browser(campus.counsellor)
    assert client.get(page_of(student)).headers["Location"] == f"/movement/people/{student.pk}/"
    assert client.get(api_of(student)).json()["stays"][0]["name"].endswith(SECRET)
    assert (
        Entry.objects.filter(action="whereabouts.read", subject_person_id=student.pk, actor_id=campus.counsellor.pk).count()
        == 1
    )
    assert client.post(page_of(student), {"do": "back"}).status_code == 302
    assert Response.objects.get(round_id=round_.pk).source == "counsellor"


def test_a_guardian_who_is_a_counsellor_elsewhere_answers_as_guardian(campus: Campus, round_: Round) -> None:
    student = campus.students[3]
    people.appoint(person=campus.counsellor, role=Role.GUARDIAN, ward=student, at=long_ago(), by=None)
    assert browser(campus.counsellor).post(page_of(student), {"do": "campus"}).status_code == 302
    assert Response.objects.get(round_id=round_.pk).source == "guardian"


def test_the_ways_to_it(campus: Campus, round_: Round) -> None:
    student = campus.students[1]
    assert page_of(student) in browser(guardian_of(campus, student)).get("/").content.decode()
    calls = browser(campus.monitor).get(f"/missing/{campus.classes[0].pk}/?round={round_.pk}")
    assert calls.status_code == 200
    assert page_of(student) in calls.content.decode()

"""A person tells where they are and have been: one tap or a few, corrected at will, and the round's response goes along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction

from linglou.domains.movement import telling, whereabouts
from linglou.domains.movement.models import CallBack, RegionStay, Sample, Trip
from linglou.domains.movement.rules import CAMPUS, Stay
from linglou.domains.movement.telling import Teller
from linglou.engines.rounds.models import Response, Revision, Round, UnitCount
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.daily import health_round
from tests.factories.movement import days_ago, stay, today, trip
from tests.factories.people import Campus, actor
from tests.races import at_once

MINE = "/movement/mine/"


@pytest.fixture
def campus() -> Campus:
    return Campus()


def baseline(campus: Campus) -> Round:
    at = clock.now()
    return telling.open_baseline(closes_at=at + timedelta(hours=8), by=actor(campus.office), at=at)


def tell(client: Any, do: str, **fields: Any) -> Any:
    prefix = {"stay": "stay-", "trip": "trip-"}.get(do, "")
    return client.post(MINE, {"do": do, **{prefix + name.replace("__", "-"): value for name, value in fields.items()}})


def standing(person: Person) -> list[tuple[str, int, int | None]]:
    rows = RegionStay.objects.filter(person_id=person.pk, superseded_at=None).order_by("from_day", "id")
    return [
        (row.region, (today() - row.from_day).days, (today() - row.to_day).days if row.to_day else None) for row in rows
    ]  # fmt: skip


@pytest.mark.django_db
def test_one_tap_says_that_one_never_left_and_counts_in_the_round(campus: Campus) -> None:
    student = campus.students[1]
    round_ = baseline(campus)
    client = browser(student)
    assert "去向摸底" in client.get("/").content.decode()
    assert "在校未离开" in client.get(MINE).content.decode()
    assert tell(client, "campus").status_code == 302
    assert standing(student) == [("", 14, None)]
    response = Response.objects.get(round_id=round_.pk, respondent_id=student.pk)
    assert response.answers["stays"] == [{"region": "", "place": "", "from": str(days_ago(14)), "to": None}]
    assert UnitCount.objects.get(round_id=round_.pk, unit_id=campus.school.pk).responded == 1
    page = client.get(MINE).content.decode()
    assert "已计入" in page
    assert "今天回到学校了" not in page


@pytest.mark.django_db
def test_everybody_of_the_school_is_asked(campus: Campus) -> None:
    round_ = baseline(campus)
    people = Person.objects.filter(school=campus.school).count()
    assert UnitCount.objects.get(round_id=round_.pk, unit_id=campus.school.pk).roster == people
    assert "去向摸底" in browser(campus.counsellor).get("/").content.decode()


@pytest.mark.django_db
def test_stays_and_trips_are_told_corrected_and_never_lost(campus: Campus) -> None:
    student = campus.students[1]
    round_ = baseline(campus)
    client = browser(student)
    tell(client, "campus")
    assert tell(
        client, "stay", where="region", region="杭州西湖区", place="某小区", from_day=days_ago(6), to_day=days_ago(3)
    ).status_code == 302  # fmt: skip
    assert standing(student) == [("", 14, 6), ("330106", 6, 3), ("", 3, None)]
    assert tell(
        client, "trip", day=days_ago(3), from_region="杭州西湖区", to_region="110108", means="train", vehicle="g 35",
        carriage="05", seat="12f", companions="表哥", companion_numbers=f"{campus.students[2].number} 999",
    ).status_code == 302  # fmt: skip
    found = Trip.objects.get()
    assert (found.vehicle, found.carriage, found.seat_row, found.seat_letter) == ("G35", "05", 12, "F")
    assert found.companion_ids == [campus.students[2].pk]
    assert found.companions == "表哥 999"
    page = client.get(MINE).content.decode()
    assert "浙江省杭州市西湖区" in page
    assert "12F" in page
    assert campus.students[2].name in page
    row = RegionStay.objects.get(region="330106")
    assert client.post(MINE, {"do": "drop-stay", "id": row.id}).status_code == 302
    assert "这些天还没有填" in client.get(MINE).content.decode()
    assert client.post(MINE, {"do": "drop-trip", "id": found.id}).status_code == 302
    assert RegionStay.objects.filter(region="330106").count() == 1
    assert not Trip.objects.filter(superseded_at=None).exists()
    assert Revision.objects.filter(round_id=round_.pk, respondent_id=student.pk).count() == 5
    assert Entry.objects.filter(action="whereabouts.tell", subject_person_id=student.pk).count() == 5


@pytest.mark.django_db
def test_the_same_post_twice_is_one_answer(campus: Campus) -> None:
    round_ = baseline(campus)
    client = browser(campus.students[1])
    for _n in range(2):
        assert client.post(MINE, {"do": "campus", "key": "the-same-key"}).status_code == 302
    assert Revision.objects.filter(round_id=round_.pk).count() == 1
    assert RegionStay.objects.count() == 1


@pytest.mark.django_db
def test_coming_back_ends_where_one_was(campus: Campus) -> None:
    student = campus.students[1]
    stay(student, "330106", 9)
    client = browser(student)
    assert "今天回到学校了" in client.get(MINE).content.decode()
    assert tell(client, "back").status_code == 302
    assert standing(student) == [("330106", 9, 0), ("", 0, None)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("do", "fields", "said"),
    [
        ("stay", {"where": "region", "from_day": days_ago(2)}, "请填县区"),
        ("stay", {"where": "region", "region": "西湖区", "from_day": days_ago(2)}, "有几处同名"),
        ("stay", {"where": "region", "region": "火星", "from_day": days_ago(2)}, "没有找到这个县区"),
        ("stay", {"where": "abroad", "from_day": days_ago(2)}, "请填国家和城市"),
        ("stay", {"where": "campus", "from_day": days_ago(-2)}, "请填已经到达的日期"),
        ("stay", {"where": "campus", "from_day": days_ago(2), "to_day": days_ago(3)}, "结束日期不能早于起始日期"),
        ("stay", {"where": "campus", "from_day": days_ago(2), "to_day": days_ago(-1)}, "还没有离开就不用填离开日期"),
        ("trip", {"day": days_ago(-1), "from_region": "330106", "to_region": "110108", "means": "car"}, "请填已经出行的日期"),
        ("trip", {"day": days_ago(1), "from_region": "", "to_region": "110108", "means": "car"}, "这个字段是必填项"),
        ("trip", {"day": days_ago(1), "from_region": "330106", "to_region": "110108", "means": "car", "seat": "窗边"}, "12F"),
    ],
)
def test_what_makes_no_sense_comes_back_with_what_was_typed(campus: Campus, do: str, fields: dict[str, Any], said: str) -> None:
    answer = tell(browser(campus.students[1]), do, **fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not RegionStay.objects.exists()
    assert not Trip.objects.exists()


@pytest.mark.django_db
def test_one_takes_back_only_ones_own(campus: Campus) -> None:
    theirs, their_trip = stay(campus.students[2], "330106", 3), trip(campus.students[2], "330106", "110108", 3)
    client = browser(campus.students[1])
    assert client.post(MINE, {"do": "drop-stay", "id": theirs.id}).status_code == 404
    assert client.post(MINE, {"do": "drop-trip", "id": their_trip.id}).status_code == 404
    assert RegionStay.objects.get().superseded_at is None


@pytest.mark.django_db
def test_a_counsellor_tells_for_somebody_and_every_look_leaves_a_trace(campus: Campus) -> None:
    round_ = baseline(campus)
    student = campus.students[1]
    page = f"/movement/people/{student.pk}/"
    client = browser(campus.counsellor)
    assert client.get(page).status_code == 200
    assert client.post(page, {"do": "campus"}).status_code == 302
    assert RegionStay.objects.get().source == "proxy"
    assert Response.objects.get(round_id=round_.pk).source == "counsellor"
    looks = Entry.objects.filter(action="whereabouts.read", subject_person_id=student.pk, actor_id=campus.counsellor.pk)
    assert looks.filter(is_read=True).count() == 2
    assert "查看去向" in browser(student).get("/account/looks/").content.decode()
    for stranger in (campus.monitor, campus.students[2]):
        assert browser(stranger).get(page).status_code == 403
    assert browser(Campus().counsellor).get(page).status_code == 404
    dean_like = campus.command  # sees, and does not check
    assert browser(dean_like).get(page).status_code == 200
    assert browser(dean_like).post(page, {"do": "campus"}).status_code == 403


@pytest.mark.django_db
def test_rows_stay_as_they_were_said(campus: Campus) -> None:
    row = stay(campus.students[1], "330106", 3)
    for changes in ({"region": "110108"}, {"superseded_at": None, "to_day": today()}):
        with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
            RegionStay.objects.filter(id=row.id).update(**changes)
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        RegionStay.objects.filter(id=row.id).delete()


@pytest.mark.django_db
def test_the_daily_report_knows_nothing_of_a_round_of_whereabouts(campus: Campus) -> None:
    health = health_round(campus.school)
    round_ = baseline(campus)
    student = campus.students[1]
    client = browser(student)
    tell(client, "campus")
    assert client.get(f"/report/{round_.pk}/").status_code == 404
    assert client.post(f"/report/{round_.pk}/", {"temperature": "36.5"}).status_code == 404
    asked = client.get("/api/v1/rounds/current").json()
    assert [one["round_id"] if "round_id" in one else one["id"] for one in asked] == [health.pk]
    assert "去向摸底" not in client.get("/history/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_stay() -> None:
    campus = Campus()
    baseline(campus)
    student = campus.students[1]
    teller = Teller(student, actor(student))
    at_once(lambda: telling.never_left(teller=teller, key="k", at=clock.now()), times=3)
    assert RegionStay.objects.filter(superseded_at=None).count() == 1
    assert Response.objects.get().revision == 1


@pytest.mark.django_db
def test_a_call_that_corrects_is_done_with_it(campus: Campus) -> None:
    student = campus.students[1]
    stay(student, CAMPUS, 14)
    sample = Sample.objects.create(
        school=campus.school, unit=campus.college, seed=1, size=1, frame=1, drawn_at=clock.now(), drawn_by=campus.counsellor
    )
    call = CallBack.objects.create(sample=sample, person=student, unit=campus.classes[0], drawn_at=clock.now())
    client = browser(campus.counsellor)
    page = f"/movement/people/{student.pk}/?call={call.pk}"
    assert "按电话更正" in client.get(page).content.decode()
    sent = {
        "do": "stay",
        "stay-where": "region",
        "stay-region": "330106",
        "stay-from_day": days_ago(4),
        "stay-to_day": days_ago(2),
    }
    assert client.post(page, sent).status_code == 302
    call.refresh_from_db()
    assert (call.result, call.called_by, call.tries) == ("corrected", campus.counsellor.pk, 1)
    assert RegionStay.objects.get(region="330106").source == "verified"
    assert whereabouts.told_by(student, at=clock.now()).gaps == []


def test_a_stay_needs_no_end() -> None:
    assert Stay("330106", "", today(), None).end.year == 9999

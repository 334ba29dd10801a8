"""The picture sums to the roster, whatever was told; it shows names to those responsible and counts to the authority."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linglou.domains.movement import picture, rules, sampling
from linglou.domains.movement.models import CallBack, RegionStay, Sample
from linglou.domains.movement.rules import CAMPUS
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Membership, Person
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.movement import days_ago, stay, today
from tests.factories.people import Campus, actor, holder
from tests.races import at_once

pytestmark = pytest.mark.django_db

TOLD = st.lists(
    st.tuples(
        st.integers(0, 9), st.sampled_from([CAMPUS, "330106"]), st.integers(0, 30), st.none() | st.integers(0, 16),
        st.sampled_from(["self", "proxy", "verified"]), st.booleans(),
    ),
    max_size=16,
)  # fmt: skip
CALLS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["", *rules.RESULTS]), st.integers(0, 20)), max_size=8)


def sample(campus: Campus) -> Sample:
    return Sample.objects.create(
        school=campus.school, unit=campus.college, seed=1, size=1, frame=1, drawn_at=clock.now(), drawn_by=campus.counsellor
    )


def by_hand(person: Person, calls: list[tuple[int, str]]) -> str:
    """``rules.knowledge`` over the rows of one person, day by day."""
    window = [days_ago(n) for n in range(15)]
    rows = [
        row for row in RegionStay.objects.filter(person_id=person.pk, superseded_at=None)
        if any(row.from_day <= day <= (row.to_day or today()) for day in window)
    ]  # fmt: skip
    whole = all(any(row.from_day <= day <= (row.to_day or today()) for row in rows) for day in window)
    recent = [result for days, result in calls if days <= 14]
    return rules.knowledge(
        told=bool(rows), whole=whole, proxied=any(row.source == "proxy" for row in rows), check=recent[-1] if recent else None
    )


def test_the_picture_sums_to_the_roster_and_says_of_each_what_the_rule_says() -> None:
    campus = Campus()

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(told=TOLD, calls=CALLS)
    def story(told: list[tuple[Any, ...]], calls: list[tuple[int, str, int]]) -> None:
        with transaction.atomic():
            _tell_and_compare(campus, told, calls)
            transaction.set_rollback(True)

    story()


def _tell_and_compare(campus: Campus, told: list[tuple[Any, ...]], calls: list[tuple[int, str, int]]) -> None:
    people = sorted(Person.objects.filter(school=campus.school), key=lambda one: one.pk)
    for n, region, start, length, source, superseded in told:
        end = None if length is None else max(start - length, 0)
        stay(people[n], region, start, end, source=source, superseded_at=clock.now() if superseded else None)
    made: dict[int, list[tuple[int, str]]] = {}
    for n, result, days in calls:
        at = clock.moment(days_ago(days), clock.local(clock.now()).time())
        CallBack.objects.create(
            sample=sample(campus),
            person=people[n],
            unit=campus.classes[0],
            result=result,
            drawn_at=at + timedelta(microseconds=1),
        )
        made.setdefault(people[n].pk, []).append((days, result))
    at = clock.now()
    expected = {}
    for one in people:
        latest_last = sorted(enumerate(made.get(one.pk, [])), key=lambda row: (-row[1][0], row[0]))
        expected[one.pk] = by_hand(one, [row for _n, row in latest_last])
    shown = {row.person_id: row.knowledge for row in picture.persons(campus.school, at=at)}
    assert shown == expected
    counts = picture.counts(campus.school, at=at)
    total = picture.total(campus.school, counts)
    roster = Membership.objects.filter(school=campus.school, tree="administration").values("person_id").distinct().count()
    assert total.known + total.unverified + total.unknown == roster == len(people)
    college = next(count for count in counts if count.unit == campus.college)
    parts = picture.counts(campus.college, at=at)
    assert picture.total(campus.college, parts) == college
    for name in ("known", "unverified", "unknown"):
        assert getattr(total, name) == list(expected.values()).count(name)


def test_who_sees_what() -> None:
    campus = Campus()
    student = campus.students[1]
    stay(student, "330106", 20)
    page = browser(campus.counsellor).get("/movement/").content.decode()
    assert campus.classes[0].name in page
    listed = browser(campus.counsellor).get(f"/movement/units/{campus.classes[0].pk}/").content.decode()
    assert student.name in listed
    assert "浙江省杭州市西湖区" in listed
    assert Entry.objects.filter(action="whereabouts.read", subject_person_id=student.pk).count() == 1
    assert browser(campus.counsellor).get(f"/movement/units/{campus.classes[1].pk}/").status_code == 404
    assert browser(campus.counsellor).get(f"/movement/?unit={campus.classes[1].pk}").status_code == 404
    assert browser(campus.monitor).get("/movement/").status_code == 403
    authority = browser(holder(Role.AUTHORITY_VIEWER, campus.school))
    counts = authority.get("/movement/").content.decode()
    assert campus.college.name in counts
    assert "西湖区" not in counts
    assert student.name not in counts
    assert authority.get(f"/movement/?unit={campus.college.pk}").status_code == 404
    assert authority.get(f"/movement/units/{campus.college.pk}/").status_code == 403
    office = browser(campus.office).get(f"/movement/?unit={campus.college.pk}").content.decode()
    assert campus.classes[1].name in office


def test_the_office_asks_everybody() -> None:
    campus = Campus()
    office = browser(campus.office)
    assert office.post("/movement/ask/", {"closes": "gestern"}).status_code == 302
    closes = clock.local(clock.now() + timedelta(days=1))
    office.post("/movement/ask/", {"closes": f"{clock.local(clock.now() - timedelta(days=1)):%Y-%m-%dT%H:%M}"})
    assert "去向摸底" not in browser(campus.students[1]).get("/").content.decode()
    assert office.post("/movement/ask/", {"closes": f"{closes:%Y-%m-%dT%H:%M}"}).status_code == 302
    assert "去向摸底" in browser(campus.students[1]).get("/").content.decode()
    assert browser(campus.counsellor).post("/movement/ask/", {"closes": f"{closes:%Y-%m-%dT%H:%M}"}).status_code == 403


def test_a_sample_is_drawn_by_its_seed_alone() -> None:
    campus = Campus()
    for one in campus.students[:5]:
        stay(one, CAMPUS, 20)
    at, by = clock.now(), actor(campus.counsellor)
    first = [row[0] for row in sampling.order(campus.college, size=5, seed=7, at=at)]
    assert [row[0] for row in sampling.order(campus.college, size=5, seed=7, at=at)] == first
    assert sorted(first) == [one.pk for one in campus.students[:5]]
    others = {tuple(row[0] for row in sampling.order(campus.college, size=5, seed=seed, at=at)) for seed in range(12)}
    assert len(others) > 6
    drawn = sampling.draw(unit=campus.college, size=2, seed=7, by=by, at=at)
    assert (drawn.size, drawn.frame, drawn.seed) == (2, 5, 7)
    assert sorted(drawn.calls.values_list("person_id", flat=True)) == sorted(first[:2])
    again = sampling.draw(unit=campus.college, size=9, seed=7, by=by, at=at)
    assert sorted(again.calls.values_list("person_id", flat=True)) == sorted(first[2:])
    with pytest.raises(Problem, match="nobody-to-draw"):
        sampling.draw(unit=campus.college, size=1, seed=8, by=by, at=at)


def test_a_counsellor_draws_calls_and_records() -> None:
    campus = Campus()
    student = campus.students[1]
    student.phone = "13900001111"
    student.save()
    stay(student, CAMPUS, 20)
    client = browser(campus.counsellor)
    assert client.post("/movement/checks/", {"unit": campus.college.pk, "size": 1}).status_code == 422  # not theirs
    assert client.post("/movement/checks/", {"unit": campus.classes[0].pk, "size": 3}).status_code == 302
    assert client.post("/movement/checks/", {"unit": campus.classes[0].pk, "size": 3}).status_code == 422
    page = client.get("/movement/checks/").content.decode()
    assert "13900001111" in page
    assert Entry.objects.filter(action="person.read-contact", subject_person_id=student.pk).exists()
    call = CallBack.objects.get()
    assert picture.persons(campus.classes[0], at=clock.now(), knowledge="unverified")[0].person_id == student.pk
    record = f"/movement/checks/{call.pk}/"
    assert client.post(record, {"result": "gone fishing"}).status_code == 422
    assert client.post(record, {"result": "not-reached"}).status_code == 302
    assert "没有联系上" in client.get("/movement/checks/").content.decode()
    assert client.post(record, {"result": "confirmed"}).status_code == 302
    assert client.post(record, {"result": "confirmed"}).status_code == 409
    assert picture.persons(campus.classes[0], at=clock.now(), knowledge="known")[0].person_id == student.pk
    assert student.name in client.get("/movement/checks/?done=1").content.decode()
    assert browser(Campus().counsellor).post(record, {"result": "confirmed"}).status_code == 404
    assert browser(campus.command).get("/movement/checks/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_who_draw_at_once_call_nobody_twice() -> None:
    campus = Campus()
    for one in campus.students:
        stay(one, CAMPUS, 20)
    by = actor(campus.counsellor)
    at_once(lambda: sampling.draw(unit=campus.college, size=3, seed=5, by=by, at=clock.now()))
    called = list(CallBack.objects.values_list("person_id", flat=True))
    assert len(called) == len(set(called)) == 6

"""The board shows counts to the leaf, names only to whoever may see whether, health figures only to whoever may see signals."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linglou.engines.rounds import closing as closings
from linglou.foundation.access.roles import Role
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from tests.factories.boards import Morning, looking
from tests.factories.people import Campus, holder, long_ago, person, unit
from tests.factories.rounds import open_round, submission, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def morning() -> Morning:
    return Morning()


def page(who: Person, unit: Unit, query: str = "", **headers: str) -> str:
    answer = looking(who).get(f"/board/{unit.pk}/{query}", headers=headers or None)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def status(who: Person, unit: Unit) -> int:
    return looking(who).get(f"/board/{unit.pk}/").status_code


def test_the_way_down_from_the_school_to_the_people(morning: Morning) -> None:
    campus, office = morning.campus, morning.campus.office
    school = page(office, campus.school)
    assert campus.college.name in school
    assert f"/board/{campus.college.pk}/" in school
    assert f"/board/{campus.campus.pk}/" in page(office, campus.school, "?tree=residence")
    college = page(office, campus.college)
    assert all(one.name in college for one in campus.classes)
    classroom = page(office, campus.classes[0])
    assert all(student.name in classroom for student in campus.students[:3])
    assert campus.students[3].name not in classroom
    assert campus.floor.name in page(office, campus.building)
    floor = page(office, campus.floor)
    assert all(room.name in floor for room in campus.rooms)
    room = page(office, campus.rooms[1])
    assert all(student.name in room for student in campus.students[3:])


def test_the_most_missing_stand_first(morning: Morning) -> None:
    college = page(morning.campus.office, morning.campus.college)
    first, second = morning.campus.classes
    assert college.index(second.name) < college.index(first.name)


def test_a_monitor_sees_whether_and_never_what(morning: Morning) -> None:
    shown = page(morning.campus.monitor, morning.campus.classes[0])
    assert morning.campus.students[2].name in shown
    assert "异常" not in shown
    assert "异常" in page(morning.campus.counsellor, morning.campus.classes[0])


@pytest.mark.parametrize("role", [Role.GATE, Role.LOGISTICS, Role.AUDITOR])
def test_some_see_counts_and_no_names(morning: Morning, role: Role) -> None:
    who = holder(role, morning.campus.school)
    shown = page(who, morning.campus.classes[0])
    assert "应报" in shown
    assert not any(student.name in shown for student in morning.campus.students)
    assert "异常" not in shown
    assert "/missing/" not in shown


def test_outside_ones_units_there_is_nothing(morning: Morning) -> None:
    campus = morning.campus
    assert status(campus.monitor, campus.classes[0]) == 200
    for elsewhere in (campus.classes[1], campus.college, campus.school, Campus().school):
        assert status(campus.monitor, elsewhere) == 404
    assert status(campus.students[4], campus.classes[1]) == 403


def test_a_round_that_asks_nobody_here_is_not_found(morning: Morning) -> None:
    other = open_round(morning.campus.classes[1])
    client = looking(morning.campus.office)
    assert client.get(f"/board/{morning.campus.classes[0].pk}/?round={other.pk}").status_code == 404
    assert client.get(f"/board/{morning.campus.classes[1].pk}/?round={other.pk}").status_code == 200


def test_without_a_round_the_board_says_so() -> None:
    campus = Campus()
    assert "现在没有轮次" in page(campus.office, campus.school)


def test_home_is_ones_own_unit_or_all_of_them(morning: Morning) -> None:
    campus = morning.campus
    client = looking(campus.secretary)
    assert client.get("/board/").headers["Location"] == f"/board/{campus.college.pk}/"
    people.appoint(person=campus.counsellor, role=Role.COUNSELLOR, unit=campus.classes[1], at=long_ago(), by=None)
    shown = looking(campus.counsellor).get("/board/").content.decode()
    assert all(one.name in shown for one in campus.classes)


def test_the_authority_sees_schools_and_no_names(morning: Morning) -> None:
    authority = people.open_unit(parent=None, tree="administration", kind="authority", name="省教育厅", at=long_ago(), by=None)
    school = people.open_unit(parent=authority, tree="administration", kind="school", name="湘江学院", at=long_ago(), by=None)
    college = unit(school, "college")
    classroom = unit(college, "class")
    student = person(classroom)
    viewer = person(college, kind="staff")
    people.appoint(person=viewer, role=Role.AUTHORITY_VIEWER, unit=authority, at=long_ago(), by=None)
    round_ = open_round(school)
    client = looking(viewer)
    listed = client.get("/board/").content.decode()
    assert "湘江学院" in listed
    assert morning.campus.school.name not in listed
    shown = client.get(f"/board/{classroom.pk}/?round={round_.pk}").content.decode()
    assert "应报" in shown
    assert student.name not in shown


def test_the_live_part_comes_alone_and_only_when_something_changed(morning: Morning) -> None:
    campus = morning.campus
    client = looking(campus.office)
    url = f"/board/{campus.school.pk}/?round={morning.round.pk}"
    first = client.get(url, headers={"HX-Request": "true"})
    assert first.status_code == 200
    assert "<html" not in first.content.decode()
    assert 'id="live"' in first.content.decode()
    again = client.get(url, headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    assert again.status_code in {200, 304}  # a minute may have turned in between
    if again.status_code == 200:
        again = client.get(url, headers={"HX-Request": "true", "If-None-Match": again.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    submit(submission(morning.round, campus.students[3]))
    assert client.get(url, headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_closed_round_is_not_asked_about_again(morning: Morning) -> None:
    assert "data-live" in page(morning.campus.office, morning.campus.school)
    closings.close(round_=morning.round, at=clock.now(), by=None)
    submit(submission(morning.round, morning.campus.students[2]))
    shown = page(morning.campus.office, morning.campus.school)
    assert "data-live" not in shown
    assert "其中迟报 1" in shown


def test_the_cost_does_not_grow_with_people(morning: Morning) -> None:
    campus = morning.campus
    client = looking(campus.office)
    url = f"/board/{campus.college.pk}/?round={morning.round.pk}"
    client.get(url)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url).status_code == 200
        return len([q for q in captured.captured_queries if "rounds_" in q["sql"] or "people_unit" in q["sql"]])

    before = queries()
    for _n in range(12):
        person(campus.classes[0])
    round_ = open_round(campus.school, title="第二次")
    url = f"/board/{campus.college.pk}/?round={round_.pk}"
    assert queries() == before
    assert before <= 13

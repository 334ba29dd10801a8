"""Who is on campus by the gates alone: whatever taps are missing, doubled, late or imported again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from linglou.domains.movement.gates import queries, rules
from linglou.domains.movement.gates.rules import TWICE, Tap, Visit, pair, state
from linglou.domains.movement.models import Place, PlaceKind, Stay, StaySource
from linglou.domains.movement.stays import actions, writing
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.people import Campus
from tests.factories.stays import place

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 2)
START = clock.moment(DAY, time(7, 42))


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def come(minutes: int) -> Tap:
    return Tap(at(minutes), 1, "in")


def go(minutes: int) -> Tap:
    return Tap(at(minutes), 1, "out")


@pytest.mark.parametrize(
    ("taps", "visits"),
    [
        ([], []),
        ([come(0), go(60)], [Visit(come(0), go(60))]),
        ([go(60), come(0)], [Visit(come(0), go(60))]),  # in any order
        ([come(0), come(0), go(60), go(60)], [Visit(come(0), go(60))]),  # imported twice
        ([come(0), come(1), go(60), go(62)], [Visit(come(1), go(62))]),  # the card held to the reader twice
        ([come(0), come(100)], [Visit(come(0), None), Visit(come(100), None)]),  # an out is missing
        ([go(0)], [Visit(None, go(0))]),  # an in is missing
        ([go(0), go(100), come(120)], [Visit(None, go(0)), Visit(None, go(100)), Visit(come(120), None)]),
        ([come(0), Tap(at(30), 1), go(60)], [Visit(come(0), go(60))]),  # which way is not said
    ],
)
def test_an_in_and_the_out_that_follows_are_a_visit(taps: list[Tap], visits: list[Visit]) -> None:
    assert pair(taps) == visits


def test_the_last_tap_says_where_somebody_is() -> None:
    assert [state(tap) for tap in (None, come(0), go(0), Tap(at(0), 1))] == ["none", "in", "out", "unknown"]
    assert set(rules.STATES) == {"none", "in", "out", "unknown"}


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


@pytest.fixture
def gates(campus: Campus) -> list[Place]:
    return [place(campus.school, PlaceKind.GATE, f"G{n}", name) for n, name in enumerate(("东门", "南门"))]


def tapped(person: Person, gate: Place, when: datetime, direction: str | None) -> writing.Known:
    return writing.Known(
        person.pk, gate.pk, when, when + timedelta(minutes=1), StaySource.GATE, direction=direction
    )  # fmt: skip


def brute_state(taps: list[Tap], now: datetime) -> tuple[str, datetime | None]:
    past = [tap for tap in taps if tap.at <= now]
    last = [tap for tap in past if not any((tap.at, tap.place_id) < (other.at, other.place_id) for other in past)]
    return (last[0].direction or "unknown", last[0].at) if last else ("none", None)


def brute_visits(taps: list[Tap]) -> set[tuple[Tap | None, Tap | None]]:
    """Every in with the next passage if that is an out; every out before which the passage is not an in, alone."""

    def following(tap: Tap, among: list[Tap]) -> Tap | None:
        later = [one for one in among if (one.at, one.place_id) > (tap.at, tap.place_id)]
        return min(later, key=lambda one: (one.at, one.place_id), default=None)

    said = [tap for tap in set(taps) if tap.direction]
    passages = []
    for tap in said:
        then = following(tap, said)
        if then is None or then.direction != tap.direction or then.at - tap.at > TWICE:
            passages.append(tap)
    found: set[tuple[Tap | None, Tap | None]] = set()
    for tap in passages:
        then = following(tap, passages)
        if tap.direction == "in":
            found.add((tap, then if then and then.direction == "out" else None))
        elif not any(one.direction == "in" and following(one, passages) == tap for one in passages):
            found.add((None, tap))
    return found


TAPS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3000), st.sampled_from(["in", "out", None])), max_size=30,
    unique_by=lambda tap: tap[:2],
)  # fmt: skip


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(drawn=TAPS, data=st.data(), now=st.integers(0, 3200))
def test_it_equals_a_brute_force_reference_in_whatever_order_and_however_often_the_logs_arrive(
    campus: Campus, gates: list[Place], drawn: list[tuple[int, int, str | None]], data: st.DataObject, now: int
) -> None:
    Stay.objects.all().delete()
    person = campus.students[0]
    known = [tapped(person, gates[gate], at(minute), direction) for gate, minute, direction in drawn]
    arriving = data.draw(st.permutations(known + known[: len(known) // 2]))
    cut = len(arriving) // 2
    for part in (arriving[:cut], arriving[cut:], arriving[:cut]):
        writing.write(school_id=campus.school.pk, stays=part)
    taps = [Tap(at(minute), gates[gate].pk, direction) for gate, minute, direction in drawn]
    (shown,) = [one for one in queries.standings(campus.classes[0], at=at(now)) if one.person_id == person.pk]
    assert (shown.state, shown.since) == brute_state(taps, at(now))
    told = queries.of_person(person, at=at(now))
    assert told.state == shown.state
    past = [tap for tap in taps if tap.at <= at(now)]
    assert {(visit.came, visit.left) for visit in pair(past)} == brute_visits(past)
    assert len(told.visits) == len(brute_visits(past))


def test_nobody_is_left_out_and_the_longest_away_come_first(campus: Campus, gates: list[Place]) -> None:
    first, second, third = campus.students[:3]
    writing.write(school_id=campus.school.pk, stays=[
        tapped(first, gates[0], at(0), "in"), tapped(second, gates[1], at(200), "out"), tapped(third, gates[0], at(100), "out"),
        tapped(third, gates[0], at(900), "in"),
    ])  # fmt: skip
    found = queries.presence(campus.college, state="out", at=at(300))
    assert [(one.person_id, one.gate) for one in found.listed] == [(third.pk, "东门"), (second.pk, "南门")]
    assert sum(found.counts.values()) == len(queries.standings(campus.college, at=at(300)))
    assert (found.counts["in"], found.counts["out"], found.counts["unknown"]) == (1, 2, 0)


def test_a_log_without_a_direction_is_given_one_by_a_later_file_and_keeps_it(campus: Campus) -> None:
    number, day = campus.students[0].number, clock.day_of(clock.now()) - timedelta(days=10)

    def bring(text: str) -> dict[str, int]:
        job = actions.receive(
            school=campus.school, kind="gate", file_name="f.csv", chunks=[text.encode()], at=clock.now(), by=None
        )  # fmt: skip
        job = actions.read(job, at=clock.now())
        return actions.apply_now(actions.request_apply(job, at=clock.now(), by=None), at=clock.now(), by=None).counts

    row = f"{number},东门 2 号闸机,{day} 23:59:30"
    assert bring(f"学号,闸机,时间\n{row}\n")["written"] == 1
    assert queries.of_person(campus.students[0], at=clock.now()).state == "unknown"
    assert bring(f"学号,闸机,时间,进出\n{row},进\n")["changed"] == 1
    assert queries.of_person(campus.students[0], at=clock.now()).state == "in"
    assert bring(f"学号,闸机,时间,进出\n{row},进校\n") == {"rows": 1, "unchanged": 1, "written": 0}
    assert bring(f"学号,闸机,时间\n{row}\n") == {"rows": 1, "unchanged": 1, "written": 0}
    assert Stay.objects.count() == 1  # not cut in two at midnight
    counts = bring(
        f"学号,闸机,时间,进出\n{number},东门,{day + timedelta(days=1)} 08:00,旁边\n{number},东门,{day + timedelta(days=1)} 09:00,出\n"
    )
    assert (counts["new"], counts["rejected"]) == (1, 1)
    assert queries.of_person(campus.students[0], at=clock.now()).state == "out"


def test_the_pages_say_since_when_and_by_which_gate_and_leave_a_trace(campus: Campus, gates: list[Place]) -> None:
    who, now = campus.students[0], clock.now()
    writing.write(school_id=campus.school.pk, stays=[tapped(who, gates[0], now - timedelta(hours=2), "in")])
    counsellor = browser(campus.counsellor)
    page = counsellor.get(f"/movement/people/{who.pk}/").content.decode()
    assert "进东门" in page
    assert "在校" in page
    assert "进东门" in counsellor.get(f"/movement/stays/{who.pk}/").content.decode()
    assert who.name not in counsellor.get(f"/movement/units/{campus.classes[0].pk}/gates/").content.decode()
    listed = counsellor.get(f"/movement/units/{campus.classes[0].pk}/gates/?state=in").content.decode()
    assert who.name in listed
    assert "东门" in listed
    assert Entry.objects.filter(action="whereabouts.read", subject_person_id=who.pk).count() == 2
    told = counsellor.get(f"/api/v1/whereabouts/people/{who.pk}/gates").json()
    assert (told["state"], told["visits"][0]["left"], told["visits"][0]["is_on"]) == ("in", None, True)
    answer = counsellor.get(f"/api/v1/whereabouts/units/{campus.classes[0].pk}/gates?state=in").json()
    assert [row["person_id"] for row in answer["items"]] == [who.pk]
    assert counsellor.get(f"/movement/units/{campus.school.pk}/gates/").status_code == 404


def test_a_person_is_found_by_the_index_of_the_gates(campus: Campus, gates: list[Place]) -> None:
    writing.write(school_id=campus.school.pk, stays=[
        tapped(person, gates[0], at(minute), "in") for person in campus.students for minute in range(0, 3000, 10)
    ])  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE movement_stay")
        cursor.execute(f"EXPLAIN {queries.LAST_SQL}", {
            "school": campus.school.pk, "at": at(9000), "since": at(-9000), "first": DAY - timedelta(days=9),
            "today": DAY + timedelta(days=9), "path": campus.college.path, "path_end": campus.college.path[:-1] + "0",
        })  # fmt: skip
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'stay_by_gate'::regclass")
        parts = [name for (name,) in cursor.fetchall()]
    assert "Seq Scan on movement_stay" not in plan
    assert [name for name in parts if f" {name} " in plan]

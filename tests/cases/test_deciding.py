"""From suspected to the end: the definition in force is judged, the clinician decides, and every step can be taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from linglou.domains.cases import actions
from linglou.domains.cases.actions import NewFindings
from linglou.domains.cases.models import Case, Decision, Finding
from linglou.domains.cases.problems import (
    CASE_IS_OPEN,
    NO_DEFINITION,
    NOT_THAT_STATUS,
    NOT_THE_SAME,
    NOT_YET_HAPPENED,
    REASON_NEEDED,
)
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories import signals
from tests.factories.cases import CONFIRMED, SUSPECTED, case, clinic
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def doctor(campus: Campus) -> Actor:
    return clinic(campus.school)


def test_a_case_opens_by_the_definition_in_force(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    assert (opened.status, opened.rule_id, opened.number) == ("suspected", "MEAS-SUSPECTED", f"{clock.local(at).year}-0001")
    (decision,) = opened.decisions.all()
    assert (decision.answer, decision.from_status, decision.to_status) == ("met", "", "suspected")
    assert {found.code for found in opened.findings.all()} == set(SUSPECTED)
    assert Entry.objects.filter(action="case.open", subject_person_id=opened.person_id).count() == 1
    assert case(campus.students[2], campus.classes[0], by=doctor).number.endswith("-0002")


def test_against_the_definition_only_with_a_reason(campus: Campus, doctor: Actor) -> None:
    with pytest.raises(Problem) as refused:
        case(campus.students[1], campus.classes[0], by=doctor, findings=NewFindings(said={"fever": True}))
    assert refused.value.kind is REASON_NEEDED
    assert not Case.objects.exists()
    opened = case(
        campus.students[1], campus.classes[0], by=doctor, findings=NewFindings(said={"fever": True}), reason="同寝室有确诊"
    )
    assert opened.decisions.get().answer == "unknown"


def test_no_definition_on_the_day_no_status(campus: Campus, doctor: Actor) -> None:
    """Nobody was an asymptomatic infection of COVID-19 in January 2020."""
    long_past = clock.moment(date(2020, 1, 23), clock.local(clock.now()).time().replace(hour=8))
    with pytest.raises(Problem) as refused:
        case(
            campus.students[1], campus.classes[0], by=doctor, disease="covid-19", event="find-asymptomatic",
            diagnosed_at=long_past, reason="x",
        )  # fmt: skip
    assert refused.value.kind is NO_DEFINITION


def test_what_has_not_happened_is_refused(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    for given in (
        {"diagnosed_at": at + timedelta(minutes=1)},
        {"findings": NewFindings(since={"onset": at + timedelta(days=1)})},
    ):
        with pytest.raises(Problem) as refused:
            case(campus.students[1], campus.classes[0], by=doctor, at=at, **given)
        assert refused.value.kind is NOT_YET_HAPPENED
    assert not Case.objects.exists()


def test_one_open_case_per_person_and_disease(campus: Campus, doctor: Actor) -> None:
    first = case(campus.students[1], campus.classes[0], by=doctor)
    with pytest.raises(Problem) as refused:
        case(campus.students[1], campus.classes[0], by=doctor)
    assert refused.value.kind is CASE_IS_OPEN
    assert refused.value.values["number"] == first.number
    other = case(campus.students[1], campus.classes[0], by=doctor, disease="influenza", event="suspect", reason="并存感染待排")
    assert other.number != first.number


def test_confirmed_by_what_the_laboratory_found(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    changed = actions.record_findings(case=opened, findings=NewFindings(said=CONFIRMED), by=doctor, at=at)
    assert sorted(changed) == ["igm-positive", "symptoms"]
    confirmed = actions.decide(case=opened, event="confirm", diagnosed_at=at, by=doctor, at=at)
    assert (confirmed.status, confirmed.rule_id) == ("confirmed", "MEAS-CONFIRMED")
    ended = actions.decide(case=opened, event="recover", diagnosed_at=at, by=doctor, at=at)
    assert ended.ended_at == at
    with pytest.raises(Problem) as refused:
        actions.decide(case=opened, event="confirm", diagnosed_at=at, by=doctor, at=at)
    assert refused.value.kind is NOT_THAT_STATUS


def test_a_correction_supersedes_and_keeps_what_was_known(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    actions.record_findings(case=opened, findings=NewFindings(said={"catarrh": None}), by=doctor, at=at)
    history = Finding.objects.filter(case=opened, code="catarrh").order_by("pk")
    assert [(found.said, found.superseded_at) for found in history] == [(True, at), (None, None)]
    assert actions.record_findings(case=opened, findings=NewFindings(said={"catarrh": None}), by=doctor, at=at) == []


def test_a_decision_is_taken_back_and_the_one_before_holds(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    actions.record_findings(case=opened, findings=NewFindings(said=CONFIRMED), by=doctor, at=at)
    actions.decide(case=opened, event="confirm", diagnosed_at=at, by=doctor, at=at)
    actions.decide(case=opened, event="recover", diagnosed_at=at, by=doctor, at=at)
    with pytest.raises(Problem) as refused:
        actions.undo(case=opened, by=doctor, at=at, reason=" ")
    assert refused.value.kind is REASON_NEEDED
    back = actions.undo(case=opened, by=doctor, at=at, reason="点错了")
    assert (back.status, back.ended_at, back.rule_id) == ("confirmed", None, "MEAS-CONFIRMED")
    back = actions.undo(case=opened, by=doctor, at=at, reason="标本弄混")
    assert (back.status, back.rule_id) == ("suspected", "MEAS-SUSPECTED")
    with pytest.raises(Problem) as first:
        actions.undo(case=opened, by=doctor, at=at, reason="再撤")
    assert first.value.kind is NOT_THAT_STATUS
    assert [decision.event for decision in Decision.objects.filter(case=opened).order_by("pk")] == [
        "suspect", "confirm", "recover", "undo", "undo",
    ]  # fmt: skip
    assert actions.decide(case=back, event="confirm", diagnosed_at=at, by=doctor, at=at).status == "confirmed"


def test_what_ended_cannot_come_back_beside_a_new_case(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    actions.decide(case=opened, event="exclude", diagnosed_at=at, by=doctor, at=at, reason="风疹")
    case(campus.students[1], campus.classes[0], by=doctor, at=at)
    with pytest.raises(Problem) as refused:
        actions.undo(case=opened, by=doctor, at=at, reason="还是麻疹")
    assert refused.value.kind is CASE_IS_OPEN
    opened.refresh_from_db()
    assert opened.status == "excluded"


def test_merged_and_unmerged_with_history(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    one = case(campus.students[1], campus.classes[0], by=doctor)
    two = case(campus.students[2], campus.classes[0], by=doctor)
    flu = case(campus.students[3], campus.classes[1], by=doctor, disease="influenza", reason="x")
    with pytest.raises(Problem) as refused:
        actions.merge(case=flu, into=one, by=doctor, at=at, reason="同一人")
    assert refused.value.kind is NOT_THE_SAME
    merged = actions.merge(case=two, into=one, by=doctor, at=at, reason="同一人两个学号")
    assert merged.merged_into_id == one.pk
    assert merged.reports.get().void_at == at
    with pytest.raises(Problem) as twice:
        actions.merge(case=two, into=one, by=doctor, at=at, reason="再并")
    assert twice.value.kind is NOT_THE_SAME
    apart = actions.unmerge(case=two, by=doctor, at=at, reason="确为两人")
    assert apart.merged_into_id is None
    assert apart.reports.get().void_at is None
    assert list(two.decisions.order_by("pk").values_list("event", flat=True)) == ["suspect", "merge", "unmerge"]


def test_opening_from_a_signal_settles_it(campus: Campus, doctor: Actor) -> None:
    raised = signals.signal(campus.students[1], campus.classes[0])
    opened = case(campus.students[1], campus.classes[0], by=doctor, signal_id=raised.pk)
    raised.refresh_from_db()
    assert (raised.state, raised.outcome, raised.note) == ("settled", "suspected", opened.number)


def test_where_the_patient_is_is_kept(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor)
    actions.move(case=opened, whereabouts="hospital", hospital="市第一医院", by=doctor, at=at)
    actions.move(case=opened, whereabouts="hospital", hospital="市第一医院", by=doctor, at=at)
    moves = Decision.objects.filter(case=opened, event="move")
    assert [move.reason for move in moves] == ["医院 市第一医院"]


def test_a_word_that_is_not_in_the_vocabulary_is_refused_by_name(campus: Campus, doctor: Actor) -> None:
    opened = case(campus.students[1], campus.classes[0], by=doctor)
    strange = NewFindings(said={"fever": True, "fevre": True}, since={"yesterday": clock.now()})
    with pytest.raises(Problem) as refused:
        actions.record_findings(case=opened, findings=strange, by=doctor, at=clock.now())
    assert [(error.field, error.value) for error in refused.value.errors] == [
        ("facts.fevre", "fevre"), ("events.yesterday", "yesterday"),
    ]  # fmt: skip

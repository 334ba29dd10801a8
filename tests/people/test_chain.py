"""Who is responsible for whom, and what the audit finds where nobody is."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from linglou.foundation.access.roles import Role
from linglou.foundation.people import actions, chain_audit, queries, rules
from linglou.foundation.people.models import Person, Post, Readiness, Unit
from linglou.foundation.people.problems import CHAIN_HAS_HOLES
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor, holder, long_ago, person, school, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    """Whole: every hole in these tests is made by the test."""
    made = Campus()
    actions.appoint(person=made.students[3], role=Role.CLASS_MONITOR, unit=made.classes[1], at=long_ago(), by=None)
    actions.appoint(person=made.counsellor, role=Role.COUNSELLOR, unit=made.college, at=long_ago(), by=None)
    return made


def holes(at_unit: Unit) -> dict[str, int]:
    audit = chain_audit.run(at_unit, at=clock.now())
    return {code: count for code, count in audit.counts.items() if code in rules.HOLES}


def warnings(at_unit: Unit) -> dict[str, int]:
    audit = chain_audit.run(at_unit, at=clock.now())
    return {code: count for code, count in audit.counts.items() if code not in rules.HOLES}


def dismiss(who: Person) -> None:
    for post in Post.objects.filter(person=who, superseded_at=None, ends_at=None):
        actions.dismiss(post=post, at=clock.now(), by=None)


def roles_of(links: list[queries.Link]) -> list[tuple[Role, ...]]:
    return [link.roles for link in links]


def test_a_student_has_five_links(campus: Campus) -> None:
    links = queries.chain_of(campus.students[4].pk, at=clock.now())
    assert [[one.pk for one in link.holders] for link in links] == [
        [campus.students[3].pk], [campus.counsellor.pk], [campus.secretary.pk], [campus.office.pk], [campus.command.pk],
    ]  # fmt: skip
    assert [link.unit for link in links] == [
        campus.classes[1], campus.college, campus.college, campus.school, campus.school,
    ]  # fmt: skip


def test_the_nearest_counsellor_comes_before_the_college_s(campus: Campus) -> None:
    own = holder(Role.COUNSELLOR, campus.classes[1])
    assert queries.chain_of(campus.students[4].pk, at=clock.now())[1].holders == (own,)


def test_staff_answer_to_their_college_or_to_the_office(campus: Campus) -> None:
    of_college = person(campus.college, kind="staff")
    office_of_college = person(unit(campus.college, "department"), kind="staff")
    of_department = person(unit(campus.school, "department"), kind="staff")
    chain = [queries.chain_of(one.pk, at=clock.now()) for one in (of_college, office_of_college, of_department)]
    assert roles_of(chain[0]) == roles_of(chain[1]) == list(rules.CHAIN[2:])
    assert roles_of(chain[2]) == list(rules.CHAIN[3:])
    assert all(link.holders for links in chain for link in links)


def test_a_counsellor_owns_nothing_about_the_staff_of_the_college(campus: Campus) -> None:
    owners = queries.owners_by_unit(campus.school.pk, at=clock.now())
    assert owners[campus.classes[1].pk] == campus.counsellor.pk
    assert owners[campus.college.pk] == campus.secretary.pk
    assert owners[campus.school.pk] == campus.office.pk


def test_many_chains_at_once_are_the_same_chains(campus: Campus) -> None:
    units = [*campus.classes, campus.college, unit(campus.school, "department")]
    at_once = queries.chains_by_unit([one.pk for one in units], at=clock.now())
    for one in units:
        links = {link.roles: [holder.pk for holder in link.holders] for link in queries.chain_of_unit(one, at=clock.now())}
        assert [[pk for _role, pk in step] for step in at_once[one.pk]] == [links.get(roles, []) for roles in rules.CHAIN]


def test_who_belongs_nowhere_has_only_holes(campus: Campus) -> None:
    lost = Person.objects.create(school=campus.school, number="L1", name="无名", kind="student", created_at=long_ago())
    links = queries.chain_of(lost.pk, at=clock.now())
    assert roles_of(links) == list(rules.CHAIN)
    assert not any(link.holders for link in links)


def test_the_chain_of_a_past_moment(campus: Campus) -> None:
    before = clock.now()
    dismiss(campus.secretary)
    assert queries.chain_of(campus.students[4].pk, at=before)[2].holders == (campus.secretary,)
    assert queries.chain_of(campus.students[4].pk, at=clock.now())[2].holders == ()


def test_a_whole_chain_has_no_hole(campus: Campus) -> None:
    assert holes(campus.school) == {}
    assert {"dean-vacant", "clinic-vacant", "auditor-vacant"} <= set(warnings(campus.school))


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("monitor", {"class-without-monitor": 1}),
        ("counsellor", {"class-without-counsellor": 2}),
        ("secretary", {"college-without-head": 1}),
        ("office", {"school-without-office": 1}),
        ("command", {"school-without-command": 1}),
    ],
)
def test_a_vacancy_is_a_hole(campus: Campus, who: str, found: dict[str, int]) -> None:
    dismiss(getattr(campus, who))
    assert holes(campus.school) == found


def test_a_dean_stands_in_for_the_secretary_and_the_vacancy_is_a_warning(campus: Campus) -> None:
    dean = holder(Role.DEAN, campus.college)
    dismiss(campus.secretary)
    assert holes(campus.school) == {}
    assert warnings(campus.school)["secretary-vacant"] == 1
    dismiss(dean)
    assert holes(campus.school) == {"college-without-head": 1}


def test_closed_units_need_nobody(campus: Campus) -> None:
    empty = unit(campus.college, "class")
    assert holes(campus.school) == {"class-without-monitor": 1}
    actions.close_unit(unit=empty, at=clock.now(), by=None)
    assert holes(campus.school) == {}


def test_people_without_a_unit(campus: Campus) -> None:
    now = clock.now()
    never = Person.objects.create(school=campus.school, number="L1", name="无名", kind="student", created_at=long_ago())
    Person.objects.create(school=campus.school, number="JZ1", name="家长", kind="guardian", created_at=long_ago())
    graduate, half_left = campus.students[1], campus.students[2]
    for tree in ("administration", "residence"):
        actions.leave(person=graduate, tree=tree, at=now, by=None)
    actions.leave(person=half_left, tree="administration", at=now, by=None)
    audit = chain_audit.run(campus.school, at=clock.now())
    listed = {finding.person_id for finding in audit.findings if finding.code == "person-without-unit"}
    assert listed == {never.pk, half_left.pk}


def test_a_post_held_by_somebody_who_has_left(campus: Campus) -> None:
    actions.leave(person=campus.secretary, tree="administration", at=clock.now(), by=None)
    audit = chain_audit.run(campus.school, at=clock.now())
    assert [(one.code, one.person_id) for one in audit.findings if one.is_hole] == [
        ("post-held-by-leaver", campus.secretary.pk)
    ]


def test_a_student_outside_a_class_is_a_warning(campus: Campus) -> None:
    person(campus.college)
    person(campus.college, kind="staff")
    assert warnings(campus.school)["student-outside-class"] == 1


def test_too_many_students_for_one_counsellor(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain_audit, "LOAD_SQL", chain_audit.LOAD_SQL.replace("> 400", "> 5"))
    audit = chain_audit.run(campus.school, at=clock.now())
    # Three students in the class of their own post, three in the college's other class (and two staff, who do not count).
    assert [(one.person_id, one.students) for one in audit.findings if one.code == "counsellor-overloaded"] == [
        (campus.counsellor.pk, 6)
    ]
    holder(Role.COUNSELLOR, campus.classes[1])
    assert "counsellor-overloaded" not in warnings(campus.school)


def test_only_the_school_s_own_holes(campus: Campus) -> None:
    other = school()
    assert {"school-without-office", "school-without-command"} == set(holes(other))
    assert holes(campus.school) == {}


def test_a_college_is_audited_apart(campus: Campus) -> None:
    second = unit(campus.school, "college")
    unit(second, "class")
    assert holes(campus.college) == {}
    assert holes(second) == {"college-without-head": 1, "class-without-counsellor": 1, "class-without-monitor": 1}


def test_the_audit_is_five_statements(campus: Campus, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(5):  # type: ignore[operator]
        chain_audit.run(campus.school, at=clock.now())


def test_the_audit_of_a_past_moment(campus: Campus) -> None:
    before = clock.now()
    dismiss(campus.office)
    assert chain_audit.run(campus.school, at=before).holes == 0
    assert chain_audit.run(campus.school, at=clock.now()).holes == 1
    assert chain_audit.run(campus.school, at=long_ago() - timedelta(days=1)).findings == []


def test_readiness_is_refused_declared_stale_and_withdrawn(campus: Campus) -> None:
    administrator = actor(holder(Role.ADMINISTRATOR, campus.school))
    office = campus.office
    dismiss(office)
    with pytest.raises(Problem) as refused:
        actions.declare_ready(school=campus.school, at=clock.now(), by=administrator)
    assert (refused.value.kind, refused.value.values) == (CHAIN_HAS_HOLES, {"holes": 1})
    assert not Readiness.objects.exists()

    actions.appoint(person=office, role=Role.PREVENTION_OFFICE, unit=campus.school, at=clock.now(), by=None)
    declared = actions.declare_ready(school=campus.school, at=clock.now(), by=administrator)
    assert chain_audit.state_of(campus.school, chain_audit.run(campus.school, at=clock.now())) == chain_audit.State(
        declared, is_stale=False
    )
    dismiss(office)
    assert chain_audit.state_of(campus.school, chain_audit.run(campus.school, at=clock.now())).is_stale
    actions.withdraw_readiness(school=campus.school, at=clock.now(), by=administrator)
    assert chain_audit.state_of(campus.school, chain_audit.run(campus.school, at=clock.now())).readiness is None


def test_the_command_exits_with_1_while_there_is_a_hole(campus: Campus) -> None:
    out = StringIO()
    call_command("chain_audit", school=campus.school.pk, stdout=out)
    dismiss(campus.monitor)
    with pytest.raises(SystemExit) as left:
        call_command("chain_audit", school=campus.school.pk, stdout=out)
    assert left.value.code == 1
    assert campus.classes[0].name in out.getvalue()
    machine = StringIO()
    with pytest.raises(SystemExit):
        call_command("chain_audit", json=True, stdout=machine)
    by_school = {row["school"]: row for row in map(json.loads, machine.getvalue().splitlines())}
    assert by_school[campus.school.name]["counts"]["class-without-monitor"] == 1
    with pytest.raises(CommandError):
        call_command("chain_audit", school=0x7FFFFFFF)

"""Importing through the pages: upload, preview, correct, confirm; and who may not."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import rules
from linglou.foundation.people.models import Membership, Person, RosterImport, RosterImportRow
from linglou.foundation.people.roster_import import actions, files
from tests.factories import accounts, people, rosters
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db
HEADER = ["学号", "姓名", "学院", "班级"]


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def office(campus: Campus) -> Client:
    return accounts.browser(campus.office, second_factor=True)


def upload(client: Client, content: bytes, name: str = "名册.xlsx") -> Any:
    return client.post(reverse("people:imports"), {"file": SimpleUploadedFile(name, content)})


def address(name: str, job: RosterImport) -> str:
    return reverse(f"people:{name}", args=[job.pk])


def test_upload_preview_confirm(office: Client) -> None:
    assert "还没有导入过名册" in office.get(reverse("people:imports")).content.decode()
    answer = upload(office, rosters.xlsx(rosters.table(3, rosters.row(4, 手机="12345"))))
    job = RosterImport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, address("import", job))
    page = office.get(answer["Location"]).content.decode()
    assert "确认导入 3 行" in page
    assert "不是有效的电话号码" in page
    before = Person.objects.count()
    assert office.post(address("import-apply", job)).status_code == 302
    assert Person.objects.count() == before + 3
    assert "已写入名册" in office.get(answer["Location"]).content.decode()
    assert office.get(address("import-errors", job)).content[:2] == b"PK"
    assert Entry.objects.filter(action="roster.error-file", is_read=True).count() == 1
    assert "名册.xlsx" in office.get(reverse("people:imports")).content.decode()


def test_every_verdict_has_its_list_and_no_sensitive_value_is_in_clear(campus: Campus, office: Client) -> None:
    rosters.applied(campus.school, rosters.xlsx(rosters.table(4)))
    table = [
        rosters.HEADER,
        rosters.row(2, 手机="13911112222"),
        rosters.row(3),
        rosters.row(1),
        rosters.row(8),
        rosters.row(9, 姓名=""),
    ]
    upload(office, rosters.xlsx(table))
    job = RosterImport.objects.latest("pk")
    for verdict, words in {
        "new": "张三九", "changed": "139****2222", "unchanged": "张三二", "left": "张三五", "rejected": "没有姓名",
    }.items():  # fmt: skip
        page = office.get(address("import", job), {"verdict": verdict}).content.decode()
        assert words in page, verdict
        assert not any(secret in page for secret in (rosters.id_number(2), "13911112222", "13800000002"))


def test_leavers_leave_only_when_ticked(campus: Campus, office: Client) -> None:
    """Six students of the campus stand in two classes; the file knows three of the first."""
    table = [HEADER, *([s.number, s.name, "信息学院", "软件2401A"] for s in campus.students[:2])]
    upload(office, rosters.xlsx(table))
    job = RosterImport.objects.get()
    assert job.counts["left"] == 1
    page = office.get(address("import", job)).content.decode()
    assert campus.students[2].name in page
    office.post(address("import-apply", job), {"leaver": [campus.students[2].pk, campus.students[5].pk, "x"]})
    open_ = set(Membership.objects.filter(superseded_at=None, ends_at=None).values_list("person_id", flat=True))
    assert campus.students[2].pk not in open_
    assert campus.students[5].pk in open_


def test_a_whole_class_leaves_by_one_tick(campus: Campus, office: Client) -> None:
    upload(office, rosters.xlsx([HEADER, [campus.students[0].number, campus.students[0].name, "信息学院", "软件2401A"]]))
    job = RosterImport.objects.get()
    office.post(address("import-apply", job), {"leaver_unit": campus.classes[0].pk})
    job.refresh_from_db()
    assert job.counts["written"]["left"] == 2


def test_columns_are_corrected_on_the_page(office: Client) -> None:
    upload(office, rosters.xlsx([["学生代码", "姓名", "学院", "绩点"], ["N1", "新生", "信息学院", "3.5"]]))
    job = RosterImport.objects.get()
    page = office.get(address("import", job)).content.decode()
    assert "没有找到必需的列" in page
    assert "学生代码" in page
    answer = office.post(
        address("import-options", job),
        {"title": ["学生代码", "姓名", "学院", "绩点"], "field": ["number", "name", "college", ""]},
    )
    assert answer.status_code == 302
    job.refresh_from_db()
    assert (job.state, rosters.verdicts(job)) == ("previewed", {"new": 1})
    refused = office.post(address("import-options", job), {"title": ["绩点"], "field": ["grade"]})
    assert refused.status_code == 422


@pytest.mark.parametrize("content", [b"", b"<html><table></table></html>", b"no,table\n"])
def test_a_file_that_is_no_roster_is_refused_on_the_form_and_leaves_nothing(office: Client, content: bytes) -> None:
    answer = upload(office, content)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not RosterImport.objects.exclude(state="discarded").exists()
    assert not list(files.folder().iterdir()) or not RosterImport.objects.exclude(file_key="").exists()


def test_a_form_without_a_file(office: Client) -> None:
    assert office.post(reverse("people:imports")).status_code == 422


def test_discarding_forgets_the_file_and_its_rows(office: Client) -> None:
    upload(office, rosters.xlsx(rosters.table(2)))
    job = RosterImport.objects.get()
    path = files.path_of(job.file_key)
    assert path.stat().st_mode & 0o777 == 0o600
    before = Person.objects.count()
    office.post(address("import-discard", job))
    assert not path.exists()
    assert not RosterImportRow.objects.exists()
    assert Person.objects.count() == before
    assert office.post(address("import-apply", job)).status_code == 409


def test_a_large_import_waits_for_the_worker_and_shows_how_far_it_is(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "SMALL_BYTES", 0)
    monkeypatch.setattr(actions, "SMALL_ROWS", 0)
    upload(office, rosters.xlsx(rosters.table(3)))
    job = RosterImport.objects.get()
    assert job.state == "queued"
    assert "hx-get" in office.get(address("import", job)).content.decode()
    assert office.get(address("import-progress", job)).status_code == 200
    assert actions.run_pending(people.clock.now()) == 1
    finished = office.get(address("import-progress", job))
    assert (finished.status_code, finished["HX-Refresh"]) == (204, "true")
    office.post(address("import-apply", job))
    job.refresh_from_db()
    assert job.state == "apply-queued"
    assert actions.run_pending(people.clock.now()) == 1
    job.refresh_from_db()
    assert (job.state, job.file_key) == ("applied", "")


def test_the_template_is_a_roster_that_asks_for_people(campus: Campus, office: Client) -> None:
    answer = office.get(reverse("people:import-template"))
    assert answer.status_code == 200
    job = rosters.previewed(campus.school, answer.content)
    assert job.refusal["code"] == "nothing-to-import"
    matched = {column["field"] for column in job.layout["sheets"][0]["columns"]}
    assert "" not in matched
    assert len(matched) == len(actions.matching.FIELDS)


ADDRESSES = ["import", "import-progress", "import-errors"]
POSTS = ["import-options", "import-apply", "import-discard"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.GUARDIAN])
def test_who_may(campus: Campus, role: Role) -> None:
    may = Verb.IMPORT_ROSTER in POLICY[role].verbs
    places = {"class": campus.classes[1], "room": campus.rooms[1], "college": campus.college, "school": campus.school}
    places["committee"] = people.unit(campus.school, "committee")
    place = next(unit for kind, unit in places.items() if kind in rules.POSTS_AT[role])
    client = accounts.browser(people.holder(role, place), second_factor=True)
    job = rosters.previewed(campus.school, rosters.xlsx(rosters.table(2, rosters.row(3, 姓名=""))))
    for address_ in (reverse("people:imports"), reverse("people:import-template"), address("import", job)):
        assert (client.get(address_).status_code == 200) is may, address_
    for name in POSTS:
        assert client.post(address(name, job)).status_code != 200
    job.refresh_from_db()
    assert (job.state == "previewed") is not may


def test_another_schools_import_does_not_exist(campus: Campus) -> None:
    job = rosters.previewed(campus.school, rosters.xlsx(rosters.table(2)))
    elsewhere = Campus()
    client = accounts.browser(elsewhere.office, second_factor=True)
    assert [client.get(address(name, job)).status_code for name in ADDRESSES] == [404] * 3
    assert [client.post(address(name, job)).status_code for name in POSTS] == [404] * 3

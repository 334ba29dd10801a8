"""Levels and the command group through the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linglou.domains.command.models import LevelChange, Member
from linglou.foundation.access.roles import Role
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.command import member
from tests.factories.people import Campus, holder


class Client:
    def __init__(self) -> None:
        self.campus = Campus()
        self.client = browser(self.campus.command)

    def ask(self, method: str, path: str, status: int, body: Any = None) -> Any:
        response = self.client.generic(method, f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json")
        assert response.status_code == status, response.content.decode()[:1500]
        return json.loads(response.content) if response.content else None


@pytest.fixture
def api(db: None) -> Client:
    return Client()


BASIS = {"issuer": "云泽省人民政府", "document": "通告", "number": "云政发〔2026〕31号"}


def test_a_level_is_previewed_switched_read_and_undone(api: Client) -> None:
    assert api.ask("GET", "command/level", 200)["since"] is None
    shown = api.ask("POST", "command/level/preview", 200, {"level": "II"})
    assert set(shown["changes"]) >= {"further_reports", "gatherings", "measures"}
    assert shown["before"] == "routine"
    old = api.ask("POST", "command/level/changes", 409, {"level": "II", "previewed": "0-0", **BASIS})
    assert old["code"] == "level-preview-old"
    made = api.ask("POST", "command/level/changes", 201, {"level": "II", "previewed": shown["fingerprint"], **BASIS})
    assert (made["standing"], made["recorded_by"], made["number"]) == ("in-force", api.campus.command.name, BASIS["number"])
    holds = api.ask("GET", "command/level", 200)
    assert (holds["level"], holds["effects"]["further_reports"]) == ("II", [{"opens": "13:30", "closes": "18:00"}])
    undone = api.ask("POST", f"command/level/changes/{made['id']}/undo", 200, {"reason": "有误"})
    assert (undone["standing"], undone["undone_reason"]) == ("undone", "有误")
    assert api.ask("POST", f"command/level/changes/{made['id']}/undo", 409, {"reason": "有误"})["code"] == "level-not-undoable"
    assert [one["standing"] for one in api.ask("GET", "command/level/changes", 200)] == ["undone"]


def test_a_switch_from_the_past_or_of_nothing_is_refused(api: Client) -> None:
    past = {"level": "II", "from_at": "2020-01-23T00:00:00+08:00"}
    assert api.ask("POST", "command/level/preview", 422, past)["code"] == "level-from-the-past"
    assert api.ask("POST", "command/level/preview", 422, {"level": "routine"})["code"] == "level-nothing-changes"
    assert not LevelChange.objects.exists()


def test_what_a_level_changes_is_replaced_whole_and_checked(api: Client) -> None:
    (two,) = [one for one in api.ask("GET", "command/levels", 200) if one["level"] == "II"]
    assert two["is_own"] is False
    wanted = two["effects"] | {"gate": "closed", "measures": []}
    saved = api.ask("PUT", "command/levels/II", 200, wanted)
    assert (saved["is_own"], saved["effects"]["gate"], saved["effects"]["measures"]) == (True, "closed", [])
    overlapping = [{"opens": "12:00", "closes": "14:00"}, {"opens": "13:00", "closes": "15:00"}]
    assert api.ask("PUT", "command/levels/II", 422, wanted | {"further_reports": overlapping})["code"] == "invalid-input"
    api.ask("PUT", "command/levels/VI", 422, wanted)


def test_members_come_change_and_go_and_the_division_is_audited(api: Client) -> None:
    one, deputy = holder(Role.COMMAND_GROUP, api.campus.school), holder(Role.COMMAND_GROUP, api.campus.school)
    made = api.ask("POST", "command/group", 201, {"number": one.number, "position": "leader", "duty": "校长"})
    refused = api.ask("POST", "command/group", 409, {"number": one.number, "position": "leader", "duty": "校长"})
    assert refused["code"] == "group-already-member"
    assert (
        api.ask("POST", "command/group", 422, {"number": "?", "position": "leader", "duty": "校长"})["code"] == "invalid-input"
    )
    changed = api.ask(
        "PATCH", f"command/group/{made['id']}", 200, {"position": "leader", "duty": "校长", "deputy_number": deputy.number}
    )
    assert changed["deputy"] == deputy.name
    held = api.ask("POST", "command/division", 201, {"key": "area:gate", "person_id": one.pk})
    found = api.ask("GET", "command/division", 200)
    (gate,) = [line for line in found["lines"] if line["key"] == "area:gate"]
    assert [holding["person_id"] for holding in gate["holders"]] == [one.pk]
    assert {"fault": "gap", "is_serious": True, "what": api.campus.college.name, "who": []} in found["findings"]
    api.ask("DELETE", f"command/division/{held['responsibility_id']}", 204)
    api.ask("DELETE", f"command/division/{held['responsibility_id']}", 404)
    area = api.ask("POST", "command/areas", 201, {"name": "民族学生工作"})
    assert api.ask("POST", "command/areas", 409, {"name": "民族学生工作"})["code"] == "group-area-exists"
    api.ask("DELETE", f"command/areas/{area['key'].removeprefix('area:own-')}", 204)
    api.ask("DELETE", f"command/group/{changed['id']}", 204)
    assert api.ask("GET", "command/group", 200) == []


def test_another_schools_members_are_not_there(api: Client) -> None:
    other = member(Campus(), "leader")
    api.ask("DELETE", f"command/group/{other.pk}", 404)
    refused = api.ask("POST", "command/division", 409, {"key": "area:gate", "person_id": other.person_id})
    assert refused["code"] == "group-not-a-member"
    assert other.person.name not in json.dumps(refused, ensure_ascii=False)
    assert Member.objects.get(pk=other.pk).to_at is None
    assert other.from_at < clock.now()


@pytest.mark.parametrize("moment", ["2027-01-05T08:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_moment_without_a_zone_or_out_of_reach_is_refused(api: Client, moment: str) -> None:
    refused = api.ask("POST", "command/level/preview", 422, {"level": "II", "from_at": moment})
    assert refused["code"] == "invalid-input"


def test_a_measure_of_the_schools_own_field_of_work_is_kept(api: Client) -> None:
    area = api.ask("POST", "command/areas", 201, {"name": "民族学生工作"})["key"].removeprefix("area:")
    effects = api.ask("GET", "command/levels", 200)[0]["effects"]
    measure = {"zh": "清真餐厅单独供餐", "en": "A kitchen of its own", "area": area}
    saved = api.ask("PUT", "command/levels/II", 200, effects | {"measures": [measure]})
    assert saved["effects"]["measures"] == [measure]

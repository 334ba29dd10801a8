"""``linglou import-roster``: a preview unless told to apply; never a success of nothing."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from linglou.foundation.people.models import Person, RosterImport, RosterImportRow, Unit
from linglou.foundation.people.roster_import import files
from tests.factories import people, rosters

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> Unit:
    return people.school()


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(rosters.xlsx(rosters.table(3, rosters.row(9, 手机="1"))))
    return path


def run(*words: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_roster", *map(str, words), stdout=out, **({"lang": "zh"} | options))
    return out.getvalue()


def test_a_preview_writes_nothing_and_leaves_nothing(school: Unit, roster: Path) -> None:
    before = list(files.folder().iterdir())
    told = run(roster)
    assert "新增" in told
    assert "2024000009" in told
    assert not Person.objects.filter(school=school).exists()
    assert not RosterImportRow.objects.exists()
    assert list(files.folder().iterdir()) == before


def test_apply(school: Unit, roster: Path) -> None:
    counts = json.loads(run(roster, "--apply", "--json").strip().split("\n")[-1])
    assert (counts["state"], counts["new"], counts["rejected"]) == ("applied", 3, 1)
    assert Person.objects.filter(school=school).count() == 3
    assert json.loads(run(roster, "--apply", "--json").strip().split("\n")[-1])["unchanged"] == 3


def test_leavers_only_when_confirmed(school: Unit, roster: Path, tmp_path: Path) -> None:
    run(roster, "--apply")
    fewer = tmp_path / "fewer.xlsx"
    fewer.write_bytes(rosters.xlsx([rosters.HEADER, rosters.row(1), rosters.row(2)]))
    assert json.loads(run(fewer, "--apply", "--json").strip().split("\n")[-1])["written"]["left"] == 0
    assert json.loads(run(fewer, "--apply", "--confirm-leavers", "--json").strip().split("\n")[-1])["written"]["left"] == 1


@pytest.mark.parametrize("pair", ["学生代码=number", "number=学生代码"])
def test_columns_can_be_said(school: Unit, tmp_path: Path, pair: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(rosters.csv_([["学生代码", "姓名", "学院"], ["1", "甲", "文学院"]], encoding="gbk"))
    with pytest.raises(CommandError, match="column-missing"):
        run(path)
    run(path, "--map", pair, "--apply")
    assert Person.objects.get(school=school).number == "1"


def test_a_field_that_does_not_exist(school: Unit, roster: Path) -> None:
    with pytest.raises(CommandError, match="column-unknown"):
        run(roster, "--map", "学号=matricule")


def test_nothing_to_import_fails(school: Unit, tmp_path: Path) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(rosters.xlsx([rosters.HEADER, rosters.row(1, 姓名="")]))
    with pytest.raises(CommandError, match="nothing-to-import"):
        run(path, "--apply")
    assert not RosterImport.objects.filter(state="applied").exists()


def test_the_refused_rows_in_a_file(school: Unit, roster: Path, tmp_path: Path) -> None:
    target = tmp_path / "errors.xlsx"
    run(roster, "--errors", target)
    job = rosters.previewed(school, target.read_bytes())
    assert rosters.codes(job) == {2: ["phone-invalid"]}


def test_which_school(school: Unit, roster: Path) -> None:
    other = people.school()
    with pytest.raises(CommandError, match="school-unclear"):
        run(roster, "--apply")
    run(roster, "--apply", "--school", other.name)
    assert Person.objects.filter(school=other).count() == 3


def test_no_such_file(school: Unit) -> None:
    with pytest.raises(CommandError, match="没有这个文件"):
        run("nowhere.xlsx")


def test_the_terminal_says_it_in_english(school: Unit, roster: Path, tmp_path: Path) -> None:
    told = run(roster, "--apply", "--errors", tmp_path / "refused.xlsx", lang="en")
    assert "Written: 3 new, 0 changed, 0 unchanged, 0 left" in told
    for word in ("Verdict", "Rows", "Rejected (1)", "Comparing with the roster"):
        assert word in told
    names = {"名册", school.name, "信息学院", "软件工程", "张三十"}
    for name in sorted(names, key=len, reverse=True):
        told = told.replace(name, "")
    assert re.findall(r"[\u4e00-\u9fff]+", told) == []

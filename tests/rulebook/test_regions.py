"""Counties are known by code and by the names that people type."""

from __future__ import annotations

import pytest

from linglou.kernel import regions


@pytest.mark.parametrize(
    ("code", "known", "is_place"),
    [
        ("330106", True, True),
        ("330103", True, False),  # 下城区, retired in 2021: a birth place, no place to be in
        ("330100", True, False),
        ("330101", True, False),  # 市辖区
        ("441900", True, True),  # 东莞 has no counties
        ("810000", True, True),
        ("999999", False, False),
        ("", False, False),
    ],
)
def test_codes(code: str, known: bool, is_place: bool) -> None:
    assert (regions.known(code), regions.is_place(code)) == (known, is_place)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("330106", "浙江省杭州市西湖区"),
        ("110108", "北京市海淀区"),
        ("429021", "湖北省神农架林区"),
        ("441900", "广东省东莞市"),
        ("000000", ""),
    ],
)
def test_names(code: str, name: str) -> None:
    assert regions.name(code) == name


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("330106", ["330106"]),
        ("杭州西湖区", ["330106"]),
        ("杭州 西湖", ["330106"]),
        ("浙江省杭州市西湖区", ["330106"]),
        ("北京海淀", ["110108"]),
        ("上海浦东", ["310115"]),
        ("延边延吉", ["222401"]),
        ("新疆天山区", ["650102"]),
        ("东莞", ["441900"]),
        ("西湖区", ["330106", "360103"]),
        ("火星", []),
        ("", []),
    ],
)
def test_search(text: str, codes: list[str]) -> None:
    assert [region.code for region in regions.search(text)] == codes


def test_a_wider_region_can_be_meant_by_a_rule() -> None:
    assert [regions.prefix(region.code) for region in regions.search_any("浙江")] == ["33"]
    assert [regions.prefix(region.code) for region in regions.search_any("杭州市")] == ["3301"]
    assert [regions.prefix(region.code) for region in regions.search_any("3301")] == ["3301"]
    assert [regions.prefix(region.code) for region in regions.search_any("杭州西湖区")] == ["330106"]
    assert regions.name_of_prefix("3301") == "浙江省杭州市"


def test_children() -> None:
    assert "浙江省" in [region.name for region in regions.children("")]
    assert "杭州市" in [region.name for region in regions.children("330000")]
    assert "西湖区" in [region.name for region in regions.children("330100")]
    assert "海淀区" in [region.name for region in regions.children("110000")]

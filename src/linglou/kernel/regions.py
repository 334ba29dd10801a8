"""Regions of China to the county (GB/T 2260), retired codes included: birth places outlive reforms.

Read once, on first use, from the table that ``python-stdnum`` ships (``stdnum/cn/loc.dat``).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib.resources import files

_LINE = re.compile(r'^(?P<province>\d\d) province=|^  (?P<rest>\d{4}) county="(?P<names>[^"]*)"')
_NAME = re.compile(r"^(?:\[(?P<since>\d*)-(?P<until>\d*)\])?(?P<name>.+)$")
_NOT_A_PLACE = {"市辖区", "县", "市区", "市", "林区", "省直辖县级行政区划", "省直辖县级行政单位", "自治区直辖县级行政区划"}
_SUFFIX = re.compile(r"(特别行政区|自治区|自治州|自治县|自治旗|地区|新区|林区|省|市|区|县|盟|旗)$")
# The peoples whose names stand in the names of autonomous regions: "延边朝鲜族自治州" is also called 延边.
_PEOPLES = (
    r"哈萨克族|柯尔克孜|达斡尔族|鄂温克族|维吾尔|蒙古族|布依族|朝鲜族|土家族|哈尼族|哈萨克|傈僳族|拉祜族|东乡族|"
    r"纳西族|景颇族|仫佬族|布朗族|撒拉族|毛南族|仡佬族|塔吉克|裕固族|保安族|独龙族|鄂伦春|普米族|壮族|"
    r"回族|蒙古|藏族|苗族|彝族|满族|侗族|瑶族|白族|傣族|黎族|佤族|畲族|水族|"
    r"土族|羌族|锡伯|怒族|各族"
)
_ETHNIC = re.compile(f"(?:{_PEOPLES})+(?=自治)")


@dataclass(frozen=True)
class Region:
    """``code`` has six digits. ``until`` is the year in which the code was retired; None while it is in use."""

    code: str
    name: str
    until: int | None

    @property
    def level(self) -> int:
        """1 province, 2 prefecture, 3 county."""
        if self.code.endswith("0000"):
            return 1
        return 2 if self.code.endswith("00") else 3


@functools.cache
def _table() -> dict[str, Region]:
    table: dict[str, Region] = {}
    province = ""
    for line in (files("stdnum.cn") / "loc.dat").read_text("utf-8").splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        if match["province"]:
            province = match["province"]
            continue
        latest = _NAME.match(match["names"].split(",")[-1])
        if latest:
            until = int(latest["until"]) if latest["until"] else None
            code = province + match["rest"]
            table[code] = Region(code, latest["name"], until)
    return table


def known(code: str) -> bool:
    """Whether GB/T 2260 has, or once had, this six-digit code."""
    return code in _table()


@functools.cache
def _places() -> dict[str, Region]:
    """Where a person can be: counties in use, and what has no counties below it (东莞, 香港)."""
    table = [region for region in _table().values() if region.until is None]
    counties = {region.code: region for region in table if region.level == 3 and region.name not in _NOT_A_PLACE}
    with_counties = {code[:4] for code in counties} | {code[:2] for code in counties}
    for region in table:
        if region.level == 2 and region.code[:4] not in with_counties and region.name not in _NOT_A_PLACE:
            counties[region.code] = region
        if region.level == 1 and region.code[:2] not in with_counties:
            counties[region.code] = region
    return counties


def is_place(code: str) -> bool:
    """Whether a person can be there today: a county in use, or a region without counties."""
    return code in _places()


def name(code: str) -> str:
    """The full name, province first ("浙江省杭州市西湖区"); '' for an unknown code."""
    table = _table()
    parts: list[str] = []
    for part in (code[:2] + "0000", code[:4] + "00", code):
        region = table.get(part)
        if region and region.name not in _NOT_A_PLACE and region.name not in parts:
            parts.append(region.name)
    return "".join(parts)


def children(code: str) -> list[Region]:
    """The places in use directly below: provinces of '', prefectures of a province, counties of a prefecture. A
    municipality's counties stand directly below it."""
    table = [region for region in _table().values() if region.until is None and region.name not in _NOT_A_PLACE]
    if not code:
        return [region for region in table if region.level == 1]
    if code.endswith("0000"):
        below = [region for region in table if region.code[:2] == code[:2] and region.level == 2]
        direct = {region.code[:4] for region in below}
        loose = [r for r in table if r.code[:2] == code[:2] and r.level == 3 and r.code[:4] not in direct]
        return below + loose
    return [region for region in table if region.code[:4] == code[:4] and region.level == 3]


@functools.cache
def _index() -> list[tuple[str, tuple[tuple[str, ...], ...], Region]]:
    """Per place its full name, and the names (long and short) of its province, prefecture and itself."""
    table = _table()
    rows = {}
    for code, region in sorted(_places().items()):
        above = [table[part].name for part in (code[:2] + "0000", code[:4] + "00") if part in table and part != code]
        names = tuple(_variants(each) for each in [*above, region.name] if each not in _NOT_A_PLACE)
        rows[name(code)] = (name(code), names, region)
    return list(rows.values())


def _variants(full: str) -> tuple[str, ...]:
    """The ways to write one name, longest first: 新疆维吾尔自治区, 新疆自治区, 新疆."""
    plain = _ETHNIC.sub("", full)
    short = _SUFFIX.sub("", plain)
    found = {full, plain, short if len(short) > 1 else plain}
    return tuple(sorted(found, key=lambda text: -len(text)))


def search(text: str, *, limit: int = 8) -> list[Region]:
    """Places that a person may have meant: a code, a full name, or a short one ("杭州西湖", "西湖区"). The best first; a
    single result is what they meant."""
    wanted = re.sub(r"[\s,，、·/\-]+", "", text)
    if not wanted:
        return []
    if wanted.isascii() and wanted.isdigit():
        hits = [region for code, region in sorted(_places().items()) if code.startswith(wanted)]
        return hits[:limit]
    scored = []
    for full, names, region in _index():
        score = 0 if wanted == full else 1 if _spells(wanted, names) else 2 if wanted in full else None
        if score is not None:
            scored.append((score, region.code, region))
    best = [row for row in scored if row[0] == 0] or [row for row in scored if row[0] == 1] or scored
    return [region for _score, _code, region in sorted(best, key=lambda row: row[:2])[:limit]]


def _spells(wanted: str, names: tuple[tuple[str, ...], ...]) -> bool:
    """Whether ``wanted`` is made of the place's own name after any of the names above it, each long or short."""
    if not names:
        return wanted == ""
    *above, own = names

    def consume(rest: str, level: int) -> bool:
        if any(rest == variant for variant in own):
            return True
        return any(
            rest.startswith(variant) and consume(rest[len(variant) :], n + 1)
            for n in range(level, len(above))
            for variant in above[n]
        )

    return consume(wanted, 0)


def search_any(text: str, *, limit: int = 8) -> list[Region]:
    """Like ``search``, but provinces and prefectures count too ("浙江", "3301"): what a rule is about may be wider than a
    place to be in."""
    wanted = re.sub(r"[\s,，、·/\-]+", "", text)
    wider = [
        region
        for region in _table().values()
        if region.until is None and region.level < 3 and region.name not in _NOT_A_PLACE
    ]  # fmt: skip
    if wanted.isascii() and wanted.isdigit():
        exact = [region for region in wider if region.code == wanted.ljust(6, "0") and len(wanted) in (2, 4, 6)]
        return exact or search(text, limit=limit)
    exact = [region for region in wider if wanted == name(region.code) or wanted in _variants(region.name)]
    return exact or search(text, limit=limit)


def prefix(code: str) -> str:
    """The digits that everything in a region begins with: ``33`` of a province, ``3301`` of a prefecture."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def name_of_prefix(digits: str) -> str:
    """The full name behind a code or its prefix."""
    return name(digits.ljust(6, "0"))

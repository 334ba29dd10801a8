"""How a name is spelt, so that it can be found: full pinyin, initials, and the given name apart from the surname.

One function, ``spell``, fills the search columns of ``Person``; ``letters`` brings what somebody typed into the same form.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import NamedTuple

from pypinyin import Style, lazy_pinyin

# Surnames whose reading differs from the character's usual one.
SURNAME_READINGS = {
    "万俟": "moqi", "尉迟": "yuchi", "单于": "chanyu", "长孙": "zhangsun", "澹台": "tantai", "鲜于": "xianyu",
    "令狐": "linghu", "宇文": "yuwen", "皇甫": "huangfu", "夏侯": "xiahou",
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "区": "ou", "查": "zha", "朴": "piao", "任": "ren", "华": "hua",
    "盖": "ge", "缪": "miao", "冼": "xian", "洗": "xian", "员": "yun", "种": "chong", "折": "she", "秘": "bi", "逄": "pang",
    "翟": "zhai", "黑": "he", "乐": "yue", "车": "che", "宿": "su", "祭": "zhai", "覃": "qin", "谌": "chen", "薄": "bo",
    "柏": "bai", "召": "shao", "隗": "wei", "葛": "ge", "贾": "jia", "盛": "sheng", "瞿": "qu", "宓": "mi", "能": "nai",
    "牟": "mu", "么": "yao", "幺": "yao", "郗": "xi", "於": "yu", "燕": "yan", "应": "ying", "句": "gou", "佴": "nai",
    "适": "kuo", "晟": "cheng", "繁": "po", "郄": "qie", "阚": "kan", "藏": "zang", "臧": "zang", "佘": "she", "厍": "she",
    "尉": "wei", "纪": "ji", "石": "shi", "沈": "shen", "呙": "guo", "乜": "nie", "洪": "hong", "宁": "ning", "甯": "ning",
    "卜": "bu", "曲": "qu", "那": "na", "哈": "ha", "訾": "zi", "亓": "qi", "仉": "zhang", "晁": "chao", "璩": "qu",
    "笪": "da", "靳": "jin", "撒": "sa", "都": "du", "令": "ling", "万": "wan", "过": "guo", "行": "xing", "便": "bian",
    "干": "gan", "相": "xiang", "炅": "gui", "陆": "lu", "蒙": "meng", "叶": "ye", "俞": "yu", "殷": "yin", "郝": "hao",
}  # fmt: skip

# Surnames of two characters (《百家姓》 and those in use today).
COMPOUND_SURNAMES = frozenset({
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊", "赫连",
    "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于",
    "司空", "闾丘", "子车", "亓官", "司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋",
    "夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生", "公户", "公玉", "公仪", "梁丘", "公仲",
    "公上", "公门", "公山", "公坚", "左丘", "公伯", "西门", "公祖", "第五", "公乘", "贯丘", "公皙", "南荣", "东里", "东宫",
    "仲长", "子书", "子桑", "即墨", "达奚", "褚师", "单于", "纳兰", "叶赫", "完颜", "耶律", "欧侯", "爱新",
})  # fmt: skip

# Between the parts of a name written in Chinese from another language (买买提·艾力), in the forms that people type.
MIDDLE_DOTS = "·•・‧∙．."
_LETTERS = re.compile(r"[^0-9a-z]+")
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
# A Chinese name as nearly all are: nothing to fold, no mark between parts.
_PLAIN = re.compile(r"[一-鿿]{1,5}")
# What the columns of Person hold.
PINYIN_LENGTH, INITIALS_LENGTH, GIVEN_LENGTH = 160, 40, 80


class Spelling(NamedTuple):
    """``pinyin`` (``wang xiaoming``) is in lower-case letters, ü as v, with one space after the surname: so whoever types ``li``
    finds 李 before 梁. ``given_pinyin`` is its second half; ``initials`` one letter per syllable (wxm); ``given_name`` the name
    without its surname, '' where there is none to tell apart."""

    pinyin: str
    initials: str
    given_name: str
    given_pinyin: str


def spell(name: str) -> Spelling:
    """The spelling of a person's name, Chinese or not. Cheap enough to be called for every row of a roster."""
    if _PLAIN.fullmatch(name):
        width = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
        family, given = name[:width], name[width:]
    else:
        family, given = split(normalise(name))
    family_pinyin, family_initials = _read_surname(family)
    given_pinyin, given_initials = _read(given)
    return Spelling(
        pinyin=f"{family_pinyin} {given_pinyin}".strip()[:PINYIN_LENGTH],
        initials=(family_initials + given_initials)[:INITIALS_LENGTH],
        given_name=given[:GIVEN_LENGTH],
        given_pinyin=given_pinyin[:PINYIN_LENGTH],
    )


def normalise(name: str) -> str:
    """A name as it is kept: compatibility forms folded, no space inside a Chinese name, one between words of another."""
    name = unicodedata.normalize("NFKC", name).strip()
    return re.sub(r"\s+", "" if is_han(name) else " ", name)


def split(name: str) -> tuple[str, str]:
    """Surname and given name of a normalised name: (欧阳, 娜娜), (买买提, 艾力) of 买买提·艾力, (Ann, Lee)."""
    for mark in (*MIDDLE_DOTS, " "):
        first, found, rest = name.partition(mark)
        if found and first and rest:
            return first, rest
    if not is_han(name):
        return name, ""
    width = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:width], name[width:]


def letters(text: str) -> str:
    """Latin letters and digits as the search columns hold them: lower case, no accents, spaces or marks; ü as v, and so the
    passports' form of lü (LYU), which nothing else is spelt like."""
    text = unicodedata.normalize("NFKC", text).lower().replace("ü", "v")
    text = unicodedata.normalize("NFKD", text)
    return _LETTERS.sub("", text).replace("lyu", "lv")


def is_han(text: str) -> bool:
    return bool(_HAN.search(text))


@functools.lru_cache(maxsize=4096)
def _read_surname(family: str) -> tuple[str, str]:
    """The syllables of a surname run together, and their initials."""
    syllables = _surname(family)
    return "".join(syllables), "".join(part[0] for part in syllables)


@functools.lru_cache(maxsize=65536)
def _read(given: str) -> tuple[str, str]:
    syllables = _syllables(given)
    return "".join(syllables), "".join(part[0] for part in syllables)


def _surname(family: str) -> tuple[str, ...]:
    reading = SURNAME_READINGS.get(family)
    if reading is None:
        return _syllables(family)
    if len(family) == 1:
        return (reading,)
    second = lazy_pinyin(family[1], style=Style.NORMAL, v_to_u=False)[0]
    return (reading.removesuffix(second), second) if reading.endswith(second) else (reading[:-2], reading[-2:])


def _syllables(text: str) -> tuple[str, ...]:
    """One item per Chinese character, and one per run of other letters."""
    found = (letters(part) for part in lazy_pinyin(text, style=Style.NORMAL, v_to_u=False) for part in part.split())
    return tuple(part for part in found if part)

"""Where the header row is, and which column means what: by synonyms, and by what the user said instead.

Columns are known by their titles, not their letters, so that what a user corrects holds for every sheet of the file and can be
said on the command line (``--map 学生编号=number``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.roster_import import cells

# field -> how people call it. The first is shown as the field's name. Order breaks ties: an earlier field takes a column first.
FIELDS = {
    "number": _("学号/工号"),
    "name": _("姓名"),
    "kind": _("人员类别"),
    "sex": _("性别"),
    "birth_date": _("出生日期"),
    "document_kind": _("证件类型"),
    "id_number": _("证件号码"),
    "phone": _("手机"),
    "college": _("学院"),
    "major": _("专业"),
    "class": _("班级"),
    "counsellor": _("辅导员"),
    "department": _("部门"),
    "campus": _("校区"),
    "building": _("楼栋"),
    "floor": _("楼层"),
    "room": _("寝室"),
    "place": _("床位"),
    "origin": _("生源地"),
    "guardian_name": _("家长姓名"),
    "guardian_phone": _("家长电话"),
    "general_branch": _("党总支"),
    "branch": _("党支部"),
}
SYNONYMS: dict[str, str] = {
    "number": "学号 工号 职工号 教工号 教职工号 学工号 人员编号 人事编号 学籍号 学生学号 学生编号 教师工号 员工号 职工编号 教工编号 编号 证号 "
    "studentid studentno studentnumber studentnum staffid staffno staffnumber employeeid employeeno employeenumber id no number "
    "personnumber schoolid campusid",
    "name": "姓名 学生姓名 教师姓名 职工姓名 教职工姓名 中文姓名 名字 name fullname studentname staffname chinesename",
    "kind": "人员类别 人员类型 身份 身份类别 身份类型 类别 类型 学生类别 学生类型 培养层次 kind type category persontype role",
    "sex": "性别 sex gender",
    "birth_date": "出生日期 出生年月日 出生年月 生日 birthdate dateofbirth birthday dob birth",
    "document_kind": "证件类型 证件类别 证件种类 身份证件类型 documenttype documentkind idtype",
    "id_number": "身份证号 身份证号码 身份证 证件号码 证件号 身份证件号 身份证件号码 公民身份号码 居民身份证号 有效证件号码 idnumber idno idcard "
    "idcardnumber idcardno nationalid documentnumber documentno identitynumber passportnumber passportno passport",
    "phone": "手机 手机号 手机号码 联系电话 联系方式 电话 电话号码 移动电话 本人电话 本人手机 本人联系电话 本人联系方式 学生电话 学生手机 学生手机号 "
    "学生联系电话 phone phonenumber mobile mobilephone mobilenumber cellphone telephone tel contact",
    "college": "学院 院系 所在学院 所属学院 学院名称 院系名称 所在院系 所属院系 院 系 系别 系部 二级学院 培养单位 college faculty schoolname "
    "collegename",
    "major": "专业 专业名称 所学专业 就读专业 专业方向 major programme program speciality specialty",
    "class": "班级 行政班 行政班级 所在班级 班级名称 所属班级 班 教学班 class classname",
    "counsellor": "辅导员 辅导员姓名 辅导员工号 辅导员老师 辅导员编号 班主任 班主任姓名 带班辅导员 counsellor counselor advisor adviser tutor",
    "department": "部门 所在部门 所属部门 部门名称 单位 所在单位 所属单位 单位名称 工作部门 工作单位 科室 处室 department dept unit office "
    "departmentname",
    "campus": "校区 所在校区 校区名称 campus campusname",
    "building": "楼栋 楼号 楼宇 楼名 宿舍楼 公寓 公寓楼 寝室楼 宿舍楼栋 楼幢 幢号 栋号 宿舍楼号 公寓楼号 楼 building buildingname block dormitory "
    "dormbuilding hall",
    "floor": "楼层 层 所在楼层 floor level storey",
    "room": "寝室 宿舍 房间 房间号 寝室号 宿舍号 房号 寝室房间 宿舍房间 宿舍房间号 寝室房间号 住宿房间 宿舍地址 住宿地址 寝室名称 room roomno "
    "roomnumber dormroom dorm",
    "place": "床位 床号 床位号 铺位 bed bedno bednumber",
    "origin": "生源地 生源 生源所在地 籍贯 户籍地 户籍所在地 户口所在地 家庭所在地 家庭住址 家庭地址 origin homeregion hometown province placeoforigin nativeplace",
    "guardian_name": "家长姓名 家长 监护人 监护人姓名 父亲姓名 母亲姓名 父母姓名 紧急联系人 紧急联系人姓名 家庭联系人 guardian guardianname guardiansname parent "
    "parentname parentsname emergencycontact emergencycontactname",
    "guardian_phone": "家长电话 家长手机 家长手机号 家长联系电话 家长联系方式 监护人电话 监护人手机 监护人联系电话 监护人联系方式 父亲电话 母亲电话 "
    "父母电话 家庭电话 家庭联系电话 紧急联系电话 紧急联系人电话 紧急联系人手机 紧急联系方式 guardianphone guardiansphone guardianmobile parentphone parentsphone parentmobile "
    "parentcontact emergencyphone emergencycontactphone",
    "general_branch": "党总支 总支 所属党总支 所在党总支 generalbranch",
    "branch": "党支部 支部 所属党支部 所在党支部 党支部名称 branch partybranch",
}
# Columns that are ours or count rows: never matched, whatever their title resembles.
REASON_TITLE = _("未导入原因")
IGNORED_REASONS = frozenset(["未导入原因", "whynotimported"])
IGNORED = IGNORED_REASONS | {"原因", "序号", "备注", "reason", "remarks", "note"}
_FIELD_OF = {word: name for name, words in SYNONYMS.items() for word in words.split()}

# A title row lies above the header in most files; nobody stacks more than this.
SEARCHED_ROWS = 30
_DECORATION = re.compile(r"[(（\[【〔<《].*?[)）\]】〕>》]|[\s*＊:：_\-./、，,;；#№\"'’‘“”?？!！]+")
_ONLY_DECORATION = re.compile(r"[\s*＊:：_\-./、，,;；#№\"'’‘“”?？!！()（）\[\]【】〔〕<>《》]+")
_COUNTED = re.compile(r" \(\d+\)$")
STUDENT_TITLES = ("学号", "学生", "学籍", "student")
STAFF_TITLES = ("工号", "职工", "教工", "教师", "员工", "人事", "staff", "employee")


@dataclass(frozen=True, slots=True)
class Column:
    """One titled column of a sheet: its position, and the field it fills ('' when it is left out)."""

    position: int
    title: str
    field: str


@dataclass(frozen=True, slots=True)
class Header:
    """Where a sheet's data starts: ``line`` is the position (from 0) of the last header row, ``columns`` every titled column."""

    line: int
    columns: tuple[Column, ...]
    of: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        return "number" in self.of and "name" in self.of

    @property
    def last(self) -> int:
        """The position of the last titled column."""
        return max(column.position for column in self.columns)

    @property
    def number_kind(self) -> str:
        """What the title of the number column says of everybody in the sheet: student, staff or ''."""
        title = next((column.title for column in self.columns if column.field == "number"), "").lower()
        student = any(word in title for word in STUDENT_TITLES)
        staff = any(word in title for word in STAFF_TITLES)
        return "" if student == staff else "student" if student else "staff"


def plain(title: str) -> str:
    """A title without what surrounds it: ``*姓 名（必填）`` is ``姓名``, ``Student ID`` is ``studentid``."""
    title = cells.text(title)
    return (_DECORATION.sub("", title) or _ONLY_DECORATION.sub("", title)).lower()


def field_of(title: str) -> str:
    """The field a title means, or ''. A title of two synonyms of one field (学号/工号, 院系(Department)) means that field."""
    key = plain(title)
    if not key or key in IGNORED:
        return ""
    if found := _FIELD_OF.get(key):
        return found
    parts = [_FIELD_OF.get(plain(part), "") for part in re.split(r"[/／|、()（）\s或]+", cells.text(title)) if plain(part)]
    named = {part for part in parts if part}
    if len(named) == 1 and parts[0]:
        return named.pop()
    return ""


def find_header(rows: Sequence[Sequence[cells.Cell]], said: Mapping[str, str]) -> Header | None:
    """The header among the first rows of a sheet: the row where most fields are recognised (``said`` maps titles to fields, ''
    leaves a column out), joined with the row under it where that goes on with sub-titles. None when there is none."""
    best: Header | None = None
    best_score = 1
    for line, row in enumerate(rows[:SEARCHED_ROWS]):
        titles = _titled([cells.text(cell) for cell in row])
        header = _header(line, titles, said)
        score = len(header.of)
        if score > best_score and ({"number", "name"} & header.of.keys()):
            best, best_score = header, score
    if best is None:
        return None
    return _with_second_row(best, rows, said)


def _with_second_row(first: Header, rows: Sequence[Sequence[cells.Cell]], said: Mapping[str, str]) -> Header:
    if first.line + 1 >= len(rows):
        return first
    upper = [cells.text(cell) for cell in rows[first.line]]
    lower = [cells.text(cell) for cell in rows[first.line + 1]]
    number_at = first.of.get("number")
    if number_at is not None and number_at < len(lower) and lower[number_at] and lower[number_at] != upper[number_at]:
        return first
    if sum(1 for title in lower if field_of(title)) < 1 or any(title.isdigit() for title in lower):
        return first
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    joined = _header(first.line + 1, _titled([low or up for up, low in zip(upper, lower, strict=True)]), said)
    return joined if len(joined.of) > len(first.of) else first


def _titled(titles: list[str]) -> list[str]:
    """The same title twice in a row is told apart by a count: 联系电话, 联系电话 (2)."""
    seen: dict[str, int] = {}
    told = []
    for title in titles:
        seen[title] = seen.get(title, 0) + 1
        told.append(f"{title} ({seen[title]})" if title and seen[title] > 1 else title)
    return told


def _header(line: int, titles: list[str], said: Mapping[str, str]) -> Header:
    of: dict[str, int] = {}
    for position, title in enumerate(titles):
        if said.get(title):
            of.setdefault(said[title], position)
    for position, title in enumerate(titles):
        if not title or title in said or position in of.values():
            continue
        found = field_of(_COUNTED.sub("", title))
        if found == "phone" and ("phone" in of or _follows_guardian(position, of)):
            found = "guardian_phone" if _follows_guardian(position, of) else ""
        if found:
            of.setdefault(found, position)
    fields = {position: name for name, position in of.items()}
    columns = tuple(Column(position, title, fields.get(position, "")) for position, title in enumerate(titles) if title)
    return Header(line, columns, of)


def _follows_guardian(position: int, of: Mapping[str, int]) -> bool:
    """A bare 联系电话 right after 家长姓名 is the parent's."""
    return of.get("guardian_name") == position - 1

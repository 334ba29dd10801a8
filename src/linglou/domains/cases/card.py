"""The infectious-disease report card (传染病报告卡), filled from what is known. Starred fields are those that the national form
demands (传染病信息报告管理规范, card of 2015; reference C37): the card names those that are still empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from linglou.domains.cases.models import Report, Status
from linglou.domains.cases.rules import STAGES
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, PersonKind, Sex, UnitKind
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

# What the school cannot know of itself: typed on the page of the report before it is printed or sent.
BELONGS_TO = {
    "county": _("本县区"),
    "city": _("本市其他县区"),
    "province": _("本省其他地市"),
    "country": _("外省"),
    "hk-mo-tw": _("港澳台"),
    "foreign": _("外籍"),
}
TYPED = ("belongs_to", "address", "reporter", "reporter_phone", "remark")

# The card in the order of the form: field -> (name, starred).
FIELDS: dict[str, tuple[Any, bool]] = {
    "card_number": (_("卡片编号"), False),
    "card_kind": (_("报卡类别"), True),
    "stage": (_("报告阶段"), False),
    "name": (_("患者姓名"), True),
    "guardian": (_("家长姓名（14 岁及以下填写）"), False),
    "id_number": (_("有效证件号"), True),
    "sex": (_("性别"), True),
    "birth_date": (_("出生日期"), True),
    "work_unit": (_("工作单位（学校）"), True),
    "phone": (_("联系电话"), False),
    "belongs_to": (_("病人属于"), True),
    "address": (_("现住地址"), True),
    "group": (_("人群分类"), True),
    "classification": (_("病例分类"), True),
    "onset": (_("发病日期"), True),
    "diagnosed": (_("诊断日期"), True),
    "death": (_("死亡日期"), False),
    "disease": (_("疾病名称"), True),
    "before": (_("订正前"), False),
    "reporter": (_("报告人"), True),
    "reporter_phone": (_("报告人电话"), False),
    "remark": (_("备注"), False),
}
CHILD_YEARS = 14


@dataclass(frozen=True)
class Field:
    key: str
    name: str
    value: str
    starred: bool

    @property
    def is_missing(self) -> bool:
        return self.starred and not self.value


def fields_of(report: Report, *, at: datetime) -> list[Field]:
    """The card as it stands; as it was sent, for a report that was."""
    content = report.content if report.sent_at else content_of(report, at=at)
    return [Field(key, str(name), content.get(key, ""), starred) for key, (name, starred) in FIELDS.items()]


def content_of(report: Report, *, at: datetime) -> dict[str, str]:
    """Field -> what is known, as text; what was typed for this report stands beside it."""
    case, decision = report.case, report.decision
    person = case.person
    disease = rulebook.disease(case.disease)
    typed: Mapping[str, str] = {key: report.content.get(key, "") for key in TYPED}
    return {
        "card_number": f"{case.number}-{report.sequence}",
        "card_kind": str(_("初次报告") if report.stage == "initial" else _("订正报告")),
        "stage": str(STAGES[report.stage]),
        "name": person.name,
        "guardian": person.guardian_name if _is_child(person, at) else "",
        "id_number": person.id_number,
        "sex": str(Sex(person.sex).label) if person.sex else "",
        "birth_date": f"{person.birth_date:%Y-%m-%d}" if person.birth_date else "",
        "work_unit": " ".join(_names_above(case.unit.ancestor_ids)),
        "phone": person.phone,
        "group": str(_("学生") if person.kind == PersonKind.STUDENT else _("教职工")),
        "classification": str(Status(decision.to_status).label),
        "onset": f"{case.onset:%Y-%m-%d}" if case.onset else "",
        "diagnosed": f"{clock.local(decision.diagnosed_at):%Y-%m-%d %H}" + str(_("时")),
        "death": f"{clock.day_of(decision.diagnosed_at):%Y-%m-%d}" if decision.to_status == Status.DIED else "",
        "disease": rulebook.said(disease.name) if disease else case.disease,
        "before": str(Status(decision.from_status).label) if decision.from_status else "",
        **typed,
        "belongs_to": str(BELONGS_TO.get(typed["belongs_to"], "")),
        "address": typed["address"] or people.home_of(person.pk, at=at)[0],
    }


def _is_child(person: Person, at: datetime) -> bool:
    if person.birth_date is None:
        return False
    today = clock.day_of(at)
    had_birthday = (today.month, today.day) >= (person.birth_date.month, person.birth_date.day)
    return today.year - person.birth_date.year - (not had_birthday) <= CHILD_YEARS


def _names_above(unit_ids: list[int]) -> list[str]:
    units = people.units_by_id(unit_ids)
    return [units[pk].name for pk in unit_ids if units[pk].kind != UnitKind.AUTHORITY]

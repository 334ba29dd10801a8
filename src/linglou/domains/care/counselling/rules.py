"""The questionnaires PHQ-9 and GAD-7: what they ask, what an answer scores, and when somebody has to be called at once.

Sources: Kroenke, Spitzer, Williams, "The PHQ-9", J Gen Intern Med 2001, 16:606-613, doi 10.1046/j.1525-1497.2001.016009606.x (items,
bands 0-4, 5-9, 10-14, 15-19, 20-27); Spitzer, Kroenke, Williams, Löwe, "A brief measure for assessing generalized anxiety disorder:
the GAD-7", Arch Intern Med 2006, 166:1092-1097, doi 10.1001/archinte.166.10.1092 (items, bands 0-4, 5-9, 10-14, 15-21). Both are free to
reproduce, translate and distribute without permission (phqscreeners.com); the Chinese wording is that of the Mandarin version
distributed there. A score is a sign to talk, not a diagnosis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

# How often, over the last two weeks: 0 to 3.
CHOICES: tuple[tuple[int, Any], ...] = ((0, _("完全不会")), (1, _("好几天")), (2, _("一半以上的天数")), (3, _("几乎每天")))
STEM = _("在过去两周内，您有多少时候受到以下问题困扰？")

PHQ_9_ITEMS: tuple[Any, ...] = (
    _("做事时提不起劲或没有兴趣"),
    _("感到心情低落、沮丧或绝望"),
    _("入睡困难、睡不安稳或睡眠过多"),
    _("感觉疲倦或没有活力"),
    _("食欲不振或吃太多"),
    _("觉得自己很糟，或觉得自己很失败，或让自己、家人失望"),
    _("对事物专注有困难，例如阅读报纸或看电视时"),
    _("动作或说话速度缓慢到别人已经察觉；或正好相反，烦躁或坐立不安，动来动去的情况比平常更多"),
    _("有不如死掉或用某种方式伤害自己的念头"),
)
GAD_7_ITEMS: tuple[Any, ...] = (
    _("感觉紧张、焦虑或急切"),
    _("不能够停止或控制担忧"),
    _("对各种各样的事情担忧过多"),
    _("很难放松下来"),
    _("由于不安而无法静坐"),
    _("变得容易烦恼或急躁"),
    _("感到似乎将有可怕的事情发生而害怕"),
)


@dataclass(frozen=True)
class Questionnaire:
    """``bands``: (lowest score, code), from the lowest band up. ``self_harm``: which item (counted from 0) asks about it, if any."""

    key: str
    items: tuple[Any, ...]
    bands: tuple[tuple[int, str], ...]
    self_harm: int | None = None

    @property
    def highest(self) -> int:
        return CHOICES[-1][0] * len(self.items)


QUESTIONNAIRES = {
    one.key: one
    for one in (
        Questionnaire(
            "phq-9", PHQ_9_ITEMS, ((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "moderately-severe"), (20, "severe")),
            self_harm=8,
        ),
        Questionnaire("gad-7", GAD_7_ITEMS, ((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe"))),
    )
}  # fmt: skip
BAND_NAMES = {
    "minimal": _("没有或极轻微"),
    "mild": _("轻度"),
    "moderate": _("中度"),
    "moderately-severe": _("中重度"),
    "severe": _("重度"),
}


def score_of(answers: Sequence[int]) -> int:
    return sum(answers)


def band_of(key: str, score: int) -> str:
    """The band that a score lies in."""
    return [code for lowest, code in QUESTIONNAIRES[key].bands if lowest <= score][-1]


def fits(key: str, answers: Sequence[int]) -> bool:
    """Whether every item is answered, each by 0 to 3."""
    allowed = {value for value, _name in CHOICES}
    return len(answers) == len(QUESTIONNAIRES[key].items) and set(answers) <= allowed


def names_self_harm(key: str, answers: Sequence[int]) -> bool:
    item = QUESTIONNAIRES[key].self_harm
    return item is not None and answers[item] > 0


def is_urgent(key: str, answers: Sequence[int]) -> bool:
    """Whether somebody has to call at once: any thought of self-harm, or the highest band."""
    return names_self_harm(key, answers) or band_of(key, score_of(answers)) == QUESTIONNAIRES[key].bands[-1][1]


# -- at once -----------------------------------------------------------------------------------------------------------------

# (state, event) -> state of an urgent assessment. What is not in the table cannot happen.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("", "raise"): "waiting",
    ("waiting", "answer"): "answered",
}
TASK_KIND = "counselling-urgent"
AT_ONCE_MINUTES = 15
UNANSWERED = timedelta(minutes=60)  # then those above the centre hear that nobody answers there, and nothing else
OUTCOMES = {
    "talked": _("已联系上，正在陪伴或已面谈"),
    "referred": _("已转介专科医院"),
    "emergency": _("已送医或已报警求助"),
    "unreached": _("联系不上，已请人上门查看"),
}


def follow(state: str, event: str) -> str | None:
    """The state after ``event``, or None when it does not follow."""
    return TRANSITIONS.get((state, event))


def task_key(assessment_id: int) -> str:
    return f"{TASK_KIND}:{assessment_id}"


def page_of(key: str) -> str:
    return f"/care/counselling/urgent/{key.split(':')[1]}/"


# Whom to call now, besides the centre: the national psychological assistance hotline (nationwide since 2025), and emergencies.
HOTLINE, AMBULANCE, POLICE = "12356", "120", "110"

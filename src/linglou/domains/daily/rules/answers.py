"""Whether a set of answers answers a form: questions as they are stored, and a reader for each kind.

Answers, normalised: ``{"temperature": 36.5 | "normal", "symptoms": [...], "where": {"kind": "campus", "place": "3号楼 214"} |
{"kind": "region", "region": "330106", "detail": "..."} | {"kind": "abroad", "detail": "..."}, "exposure": [...], "note": "...",
"unchanged": bool}`` and a value per question of the school's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

KINDS = ("temperature", "symptoms", "where", "exposure", "note", "yes-no", "choice", "choices", "number", "text")
STANDARD_KINDS = ("temperature", "symptoms", "where", "exposure", "note")
LOWEST, HIGHEST = 34.0, 43.0
NORMAL = "normal"
FEVER = 37.3
TEXT_LIMIT = 200
PLACE_LIMIT = 80
NUMBER_LIMIT = 1_000_000
ECHO_LIMIT = 60

# WS/T 772-2020, then what the 2006 norm adds (卫办疾控发〔2006〕65号).
SYMPTOMS: dict[str, Any] = {
    "fever": _("发热"),
    "cough": _("咳嗽"),
    "headache": _("头痛"),
    "sore-throat": _("咽痛"),
    "parotid-swelling": _("腮腺肿大"),
    "abdominal-pain": _("腹痛"),
    "diarrhoea": _("腹泻"),
    "vomiting": _("呕吐"),
    "rash": _("皮疹"),
    "dizziness": _("头晕"),
    "fatigue": _("乏力"),
    "conjunctival-hyperaemia": _("结膜充血（红眼）"),
    "dyspnoea": _("呼吸困难"),
    "jaundice": _("黄疸（皮肤、眼白发黄）"),
    "severe-vomiting-diarrhoea": _("剧烈呕吐或腹泻"),
}
EXPOSURES: dict[str, Any] = {
    "contact-case": _("接触过确诊或疑似病例"),
    "risk-area": _("到过或途经风险地区"),
    "returned": _("上次填报后从外地返校"),
    "observation": _("正在接受医学观察"),
}


@dataclass(frozen=True)
class Option:
    """One choice of a question of the school's own."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Question:
    """One question of a published form. ``abnormal_when`` lists the answers that make a signal; ``once`` marks a fact that
    does not change: asked the first time, shown afterwards."""

    key: str
    kind: str
    title: Mapping[str, str]
    required: bool = True
    options: tuple[Option, ...] = ()
    abnormal_when: frozenset[str] = frozenset()
    once: bool = False
    codes: frozenset[str] = field(default=frozenset(), compare=False)

    def label(self, language: str) -> str:
        """The title in a language (``en`` or anything else for Chinese); the other one where it is missing."""
        chosen = "en" if language.startswith("en") else "zh"
        return self.title.get(chosen) or self.title.get("zh") or self.key


@dataclass(frozen=True)
class Message:
    """A translatable text with its values, put together only when it is shown."""

    text: Any
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return str(self.text).format(**self.values)


def parse_questions(rows: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions of a stored form version. Trusts what ``check_form`` has let through."""
    return tuple(_question(row) for row in rows)


def _question(row: Mapping[str, Any]) -> Question:
    options = tuple(
        Option(option["code"], option["title"]["zh"], option["title"].get("en", "")) for option in row.get("options", ())
    )
    kind = row["kind"]
    codes = {"symptoms": SYMPTOMS, "exposure": EXPOSURES}.get(kind) or [option.code for option in options]
    return Question(
        key=row["key"], kind=kind, title=row["title"], required=row.get("required", True), options=options,
        abnormal_when=frozenset(row.get("abnormal_when", ())), once=row.get("once", False), codes=frozenset(codes),
    )  # fmt: skip


def read_answers(
    questions: Sequence[Question], raw: Mapping[str, Any], *, known_region: Callable[[str], bool]
) -> dict[str, Any]:
    """The normalised answers. Raises ``Problem(INVALID_INPUT)`` that lists every error, each with its value and its cure."""
    if not isinstance(raw, Mapping):
        raise Problem(INVALID_INPUT, errors=(field_error("", "wrong-type", _("请发送一个 JSON 对象。"), raw),))
    errors: list[FieldError] = []
    answers: dict[str, Any] = {}
    for question in questions:
        key = question.key
        value = raw.get(key)
        if value is None or value == "":
            if question.required:
                errors.append(field_error(key, "required", _("这一项必须填写。"), None))
            elif question.kind in EMPTY:
                answers[key] = EMPTY[question.kind]
            continue
        answers[key] = READERS[question.kind](question, value, errors, known_region)
    unchanged = raw.get("unchanged", False)
    if not isinstance(unchanged, bool):
        errors.append(field_error("unchanged", "wrong-type", _("请填 true 或 false。"), unchanged))
    answers["unchanged"] = unchanged
    if len(raw) > len(answers) or raw.keys() - answers.keys():
        asked = {question.key for question in questions} | {"unchanged"}
        errors += [
            field_error(_short(key), "unknown-field", _("表单里没有这一项，请去掉。"), raw[key])
            for key in raw
            if key not in asked
        ]
    if errors:
        raise Problem(INVALID_INPUT, errors=tuple(errors))
    return answers


EMPTY: dict[str, Any] = {"note": "", "text": ""}


def _short(value: Any) -> Any:
    """A value as it is echoed back: never more than a line, always JSON."""
    if value is None or isinstance(value, bool | int | float):
        return str(value) if isinstance(value, float) and not math.isfinite(value) else value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= ECHO_LIMIT else text[:ECHO_LIMIT] + "…"


def field_error(key: Any, code: str, text: Any, value: Any, **values: Any) -> FieldError:
    return FieldError(str(key), code, Message(text, values) if values else text, _short(value))


def _temperature(question: Question, value: Any, errors: list[FieldError], _known: Callable[[str], bool]) -> Any:
    if value == NORMAL:
        return NORMAL
    if isinstance(value, bool) or not isinstance(value, int | float):
        errors.append(
            field_error(question.key, "wrong-type", _("体温请填数字，例如 36.5；没有测量且无不适请选“正常”。"), value)
        )
        return None
    if not LOWEST <= value <= HIGHEST:
        errors.append(
            field_error(
                question.key, "out-of-range", _("体温应在 {low} 到 {high} ℃ 之间，请核对体温计读数。"), value,
                low=LOWEST, high=HIGHEST,
            )
        )  # fmt: skip
        return None
    return round(float(value), 1)


def _codes(question: Question, value: Any, errors: list[FieldError], _known: Callable[[str], bool]) -> Any:
    if not isinstance(value, list | tuple):
        errors.append(field_error(question.key, "wrong-type", _("请发送代码列表；都没有请发送空列表。"), value))
        return None
    if not value:
        if question.required and question.kind == "choices":
            errors.append(field_error(question.key, "required", _("请至少选一项。"), value))
        return []
    found: list[str] = []
    for n, code in enumerate(value):
        if not isinstance(code, str) or code not in question.codes:
            errors.append(field_error(f"{question.key}.{n}", "unknown-option", _("没有这个选项，请从列出的选项中选择。"), code))
        elif code not in found:
            found.append(code)
        if n >= len(question.codes):
            errors.append(field_error(question.key, "too-many", _("选项过多，每项只选一次。"), len(value)))
            break
    return sorted(found)


def _where(question: Question, value: Any, errors: list[FieldError], known_region: Callable[[str], bool]) -> Any:
    key = question.key
    if not isinstance(value, Mapping):
        errors.append(field_error(key, "wrong-type", _("请说明是在校内、国内某地还是境外。"), value))
        return None
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in WHERE_FIELDS:
        errors.append(field_error(f"{key}.kind", "unknown-option", _("请选择在校内、国内某地或境外。"), kind))
        return None
    known = len(errors)
    if not WHERE_KEYS[kind].issuperset(value):
        errors += [
            field_error(f"{key}.{_short(name)}", "unknown-field", _("表单里没有这一项，请去掉。"), value[name])
            for name in value
            if name not in WHERE_KEYS[kind]
        ]
    found = {"kind": kind}
    for name in WHERE_FIELDS[kind]:
        text = value.get(name, "")
        if name == "region":
            if not isinstance(text, str) or not text:
                errors.append(
                    field_error(f"{key}.region", "required", _("请填写所在的县（市、区），例如“杭州西湖区”。"), text or None)
                )
            elif not (len(text) == 6 and text.isascii() and text.isdigit() and known_region(text)):
                errors.append(
                    field_error(
                        f"{key}.region", "unknown-region", _("没有这个行政区划，请填到县（市、区），例如“杭州西湖区”。"), text
                    )
                )
            found["region"] = text
        else:
            found[name] = _line(f"{key}.{name}", text, PLACE_LIMIT, errors)
    if kind != "region" and not found.get("place") and not found.get("detail") and len(errors) == known:
        wanted = "place" if kind == "campus" else "detail"
        errors.append(field_error(f"{key}.{wanted}", "required", _("请写明具体地点，例如“3号楼 214”。"), None))
    return found


WHERE_FIELDS = {"campus": ("place",), "region": ("region", "detail"), "abroad": ("detail",)}
WHERE_KEYS = {kind: frozenset(("kind", *fields)) for kind, fields in WHERE_FIELDS.items()}


SURROGATE = re.compile("[\ud800-\udfff]")  # half an emoji: JSON can carry it, UTF-8 cannot


def _line(key: str, value: Any, limit: int, errors: list[FieldError]) -> str:
    if not isinstance(value, str):
        errors.append(field_error(key, "wrong-type", _("请填写文字。"), value))
        return ""
    text = value.strip()
    if len(text) > limit:
        errors.append(
            field_error(
                key, "too-long", _("最多 {limit} 个字，现在有 {length} 个，请删减。"), value, limit=limit, length=len(text)
            )
        )
    if "\x00" in text or SURROGATE.search(text):
        errors.append(field_error(key, "bad-character", _("含有无法保存的字符，请重新输入。"), value))
    return text


def _text(question: Question, value: Any, errors: list[FieldError], _known: Callable[[str], bool]) -> Any:
    text = _line(question.key, value, TEXT_LIMIT, errors)
    if not text and question.required and isinstance(value, str):
        errors.append(field_error(question.key, "required", _("这一项必须填写。"), value))
    return text


def _choice(question: Question, value: Any, errors: list[FieldError], _known: Callable[[str], bool]) -> Any:
    if not isinstance(value, str) or value not in question.codes:
        errors.append(field_error(question.key, "unknown-option", _("没有这个选项，请从列出的选项中选择。"), value))
        return None
    return value


def _yes_no(question: Question, value: Any, errors: list[FieldError], _known: Callable[[str], bool]) -> Any:
    if value is True or value is False:
        return "yes" if value else "no"
    if value not in ("yes", "no"):
        errors.append(field_error(question.key, "unknown-option", _("请回答“是”或“否”。"), value))
        return None
    return value


def _number(question: Question, value: Any, errors: list[FieldError], _known: Callable[[str], bool]) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        errors.append(field_error(question.key, "wrong-type", _("请填写数字。"), value))
    elif not -NUMBER_LIMIT <= value <= NUMBER_LIMIT:
        errors.append(field_error(question.key, "out-of-range", _("数字过大或过小，请核对。"), value))
    else:
        return value
    return None


READERS: dict[str, Callable[[Question, Any, list[FieldError], Callable[[str], bool]], Any]] = {
    "temperature": _temperature,
    "symptoms": _codes,
    "exposure": _codes,
    "choices": _codes,
    "where": _where,
    "note": _text,
    "text": _text,
    "choice": _choice,
    "yes-no": _yes_no,
    "number": _number,
}

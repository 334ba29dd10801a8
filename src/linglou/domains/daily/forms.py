"""Between a posted HTML form and answers. Everything typed is kept, so that a page with errors comes back as it was."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from linglou.domains.daily import rules
from linglou.domains.daily.rules import Question
from linglou.kernel import regions
from linglou.kernel.problems import FieldError

NONE = "none"
SUGGESTIONS = 40

Typed = MultiValueDict[str, str]


@dataclass
class Posted:
    """What a post means: ``raw`` for ``rules.read_answers``; what only a page can get wrong; regions to choose among."""

    raw: dict[str, Any] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)
    suggestions: list[regions.Region] = field(default_factory=list)


def read_post(questions: Sequence[Question], typed: Typed) -> Posted:
    """Translate what was typed. Judging it is the business of ``rules.read_answers``."""
    posted = Posted()
    for question in questions:
        reader = READERS.get(question.kind, _read_text)
        value = reader(question, typed, posted)
        if value is not None:
            posted.raw[question.key] = value
    return posted


def _plain(text: str) -> str:
    """Full-width digits and the Chinese full stop as a phone's keyboard gives them."""
    return unicodedata.normalize("NFKC", text).replace("。", ".").replace("℃", "").replace("°C", "").strip()


def _number(text: str) -> int | float | str:
    plain = _plain(text)
    try:
        return int(plain) if plain.lstrip("-").isdecimal() else float(plain)
    except ValueError:
        return text


def _read_temperature(question: Question, typed: Typed, posted: Posted) -> Any:
    text = typed.get(question.key, "")
    is_normal = typed.get(f"{question.key}.is") == rules.NORMAL
    if not text:
        return rules.NORMAL if is_normal else None
    value = _number(text)
    if is_normal and isinstance(value, int | float) and rules.FEVER <= value <= rules.HIGHEST:
        posted.errors.append(
            FieldError(question.key, "contradiction", _("您填了 37.3 ℃ 以上，又选了“正常”，请只留一个。"), text)
        )
    return value


def _read_codes(question: Question, typed: Typed, posted: Posted) -> Any:
    chosen = typed.getlist(question.key)
    if question.kind == "choices":
        return chosen
    if NONE in chosen and len(chosen) > 1:
        posted.errors.append(FieldError(question.key, "contradiction", _("选了“没有”，就不能再选其他；请只留一种。"), None))
        return [code for code in chosen if code != NONE]
    return [] if chosen == [NONE] else chosen or None


def _read_where(question: Question, typed: Typed, posted: Posted) -> Any:
    key = question.key
    kind = typed.get(f"{key}.kind", "")
    if not kind:
        return None
    if kind == "campus":
        return {"kind": kind, "place": typed.get(f"{key}.place", "")}
    if kind == "abroad":
        return {"kind": kind, "detail": typed.get(f"{key}.abroad", "")}
    if kind != "region":
        return {"kind": kind}
    text = typed.get(f"{key}.region", "").strip()
    found = regions.search(text, limit=SUGGESTIONS)
    chosen = typed.get(f"{key}.code", "")
    code = text
    if len(found) == 1:
        code = found[0].code
    elif any(region.code == chosen for region in found):
        code = chosen
    elif found:
        posted.suggestions = found
        posted.errors.append(FieldError(f"{key}.region", "ambiguous", _("有几处叫这个名字，请在下面选一个。"), text))
    return {"kind": kind, "region": code, "detail": typed.get(f"{key}.detail", "")}


def _read_number(question: Question, typed: Typed, _posted: Posted) -> Any:
    text = typed.get(question.key, "")
    return _number(text) if text else None


def _read_text(question: Question, typed: Typed, _posted: Posted) -> Any:
    return typed.get(question.key, "").replace("\r\n", "\n") or None


READERS = {
    "temperature": _read_temperature,
    "symptoms": _read_codes,
    "exposure": _read_codes,
    "choices": _read_codes,
    "where": _read_where,
    "number": _read_number,
}


def typed_of(questions: Sequence[Question], answers: Mapping[str, Any], *, only_once: bool = False) -> Typed:
    """Answers as they would have been typed: the current ones when correcting, or only the facts that are asked once."""
    typed: Typed = MultiValueDict()
    for question in questions:
        value = answers.get(question.key)
        if value is None or (only_once and not question.once):
            continue
        key = question.key
        if question.kind == "temperature":
            typed[f"{key}.is" if value == rules.NORMAL else key] = str(value)
        elif question.kind in ("symptoms", "exposure"):
            typed.setlist(key, value or [NONE])
        elif question.kind == "choices":
            typed.setlist(key, value)
        elif question.kind == "where":
            _type_where(typed, key, value)
        else:
            typed[key] = str(value)
    return typed


def _type_where(typed: Typed, key: str, where: Mapping[str, str]) -> None:
    typed[f"{key}.kind"] = where["kind"]
    typed[f"{key}.place"] = where.get("place", "")
    if where["kind"] == "region":
        typed[f"{key}.region"] = regions.name(where["region"])
        typed[f"{key}.code"] = where["region"]
        typed[f"{key}.detail"] = where.get("detail", "")
    elif where["kind"] == "abroad":
        typed[f"{key}.abroad"] = where.get("detail", "")


@dataclass
class Chip:
    code: str
    text: str
    is_on: bool


@dataclass
class Row:
    """One question as a page shows it."""

    question: Question
    title: str
    text: str
    chips: list[Chip]
    parts: dict[str, str]
    errors: list[str]
    suggestions: list[tuple[str, str]]
    known: str

    @property
    def kind(self) -> str:
        return self.question.kind

    @property
    def key(self) -> str:
        return self.question.key


def rows(
    questions: Sequence[Question],
    typed: Typed,
    *,
    language: str,
    errors: Iterable[FieldError] = (),
    suggestions: Sequence[regions.Region] = (),
    known: Mapping[str, str] | None = None,
) -> list[Row]:
    """The questions with what stands in them. ``known`` names facts asked once that are known already (key -> in words): those
    are shown folded up."""
    wrong: dict[str, list[str]] = {}
    for error in errors:
        shown = wrong.setdefault(error.field.split(".")[0], [])
        if str(error.message) not in shown:
            shown.append(str(error.message))
    parts = ("is", "kind", "place", "region", "code", "detail", "abroad")
    return [
        Row(
            question=question,
            title=question.label(language),
            text=typed.get(question.key, ""),
            chips=_chips(question, set(typed.getlist(question.key)), language),
            parts={part: typed.get(f"{question.key}.{part}", "") for part in parts},
            errors=wrong.get(question.key, []),
            suggestions=[(one.code, regions.name(one.code)) for one in suggestions] if question.kind == "where" else [],
            known=(known or {}).get(question.key, "") if question.key not in wrong else "",
        )
        for question in questions
    ]


def _chips(question: Question, chosen: set[str], language: str) -> list[Chip]:
    if question.kind == "symptoms":
        offered = {NONE: _("没有不舒服"), **rules.SYMPTOMS}
    elif question.kind == "exposure":
        offered = {NONE: _("都没有"), **rules.EXPOSURES}
    elif question.kind == "yes-no":
        offered = {"yes": _("是"), "no": _("否")}
    else:
        offered = {one.code: (one.en if language.startswith("en") else "") or one.zh for one in question.options}
    return [Chip(code, str(text), code in chosen) for code, text in offered.items()]

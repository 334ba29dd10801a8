"""What a form may ask, and the form that every school begins with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from linglou.domains.daily.rules.answers import KINDS, TEXT_LIMIT, field_error
from linglou.kernel.problems import FieldError

FORM_KEY = "daily-health"
UNIT_FORM_KEY = "unit-zero"
STANDARD_FORM: list[dict[str, Any]] = [
    {"key": "temperature", "kind": "temperature", "title": {"zh": "今天的体温", "en": "Temperature today"}, "required": True},
    {"key": "symptoms", "kind": "symptoms", "title": {"zh": "有哪些不舒服", "en": "Symptoms"}, "required": True},
    {"key": "where", "kind": "where", "title": {"zh": "现在在哪里", "en": "Where you are now"}, "required": True},
    {"key": "exposure", "kind": "exposure", "title": {"zh": "接触与行程", "en": "Contact and travel"}, "required": True},
    {"key": "note", "kind": "note", "title": {"zh": "其他要说明的", "en": "Anything else"}, "required": False},
]

MOST_QUESTIONS = 40
MOST_OPTIONS = 30


def check_form(title: str, rows: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """Everything that keeps a form from being published. ``rows`` are questions as they are stored."""
    errors: list[FieldError] = []
    if not title.strip():
        errors.append(field_error("title", "required", _("请给表单起个名字。"), title))
    if not rows:
        errors.append(field_error("questions", "required", _("至少要有一个问题。"), None))
    if len(rows) > MOST_QUESTIONS:
        errors.append(field_error("questions", "too-many", _("最多 {limit} 个问题。"), len(rows), limit=MOST_QUESTIONS))
    keys: set[str] = set()
    for n, row in enumerate(rows):
        at = f"questions.{n}"
        key, kind = row.get("key", ""), row.get("kind")
        if key in keys or key in ("", "unchanged"):
            errors.append(field_error(f"{at}.key", "duplicate", _("问题的代号不能为空，也不能重复。"), key))
        keys.add(key)
        if kind not in KINDS:
            errors.append(field_error(f"{at}.kind", "unknown-option", _("没有这种题型。"), kind))
        heading = row.get("title") or {}
        if not str(heading.get("zh", "")).strip():
            errors.append(field_error(f"{at}.title", "required", _("请填写问题的中文。"), None))
        if any(len(str(text)) > TEXT_LIMIT for text in heading.values()):
            errors.append(field_error(f"{at}.title", "too-long", _("问题最多 {limit} 个字。"), None, limit=TEXT_LIMIT))
        if kind in ("choice", "choices"):
            errors += _check_options(at, row.get("options") or [])
        answers = {"yes", "no"} if kind == "yes-no" else {option.get("code") for option in row.get("options") or []}
        unknown = [code for code in row.get("abnormal_when") or [] if code not in answers]
        if unknown:
            errors.append(field_error(f"{at}.abnormal_when", "unknown-option", _("异常答案必须是这个问题的选项。"), unknown[0]))
    return errors


def option_code(words: str) -> str:
    """A code for an option, the same whenever its words are the same."""
    return "o" + hashlib.sha256(words.encode()).hexdigest()[:8]


def _check_options(at: str, options: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    texts = [str(option.get("title", {}).get("zh", "")).strip() for option in options]
    if not 2 <= len(options) <= MOST_OPTIONS:
        return [
            field_error(f"{at}.options", "too-few", _("选择题需要 2 到 {limit} 个选项。"), len(options), limit=MOST_OPTIONS)
        ]
    if not all(texts) or len(set(texts)) < len(texts):
        return [field_error(f"{at}.options", "duplicate", _("选项不能为空，也不能重复。"), "、".join(texts))]
    return []

"""The office's own questions: add, order, preview, publish, without a developer and without JavaScript. Nothing is stored
before it is published: the page carries its draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linglou.domains.daily import actions, forms, queries, rules
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock, ids
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

KINDS = {
    "yes-no": gettext_lazy("是/否"),
    "choice": gettext_lazy("单选"),
    "choices": gettext_lazy("多选"),
    "number": gettext_lazy("数字"),
    "text": gettext_lazy("文字"),
}


@requires(Verb.EDIT_FORM)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    return render(request, "daily/forms.html", {"forms": queries.current_forms(actor_of(request).school_id)})


@requires(Verb.EDIT_FORM)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str = "") -> HttpResponse:
    """``action`` of a post: add, remove-N, up-N, preview, publish."""
    actor, at = actor_of(request), clock.now()
    current = next((form for form in queries.current_forms(actor.school_id) if form.key == key), None)
    if key and current is None:
        raise Problem(NOT_FOUND)
    title = current.title if current else ""
    rows: list[dict[str, Any]] = list(current.questions) if current else list(rules.STANDARD_FORM)
    page: dict[str, Any] = {"current": current, "kinds": KINDS, "errors": []}
    if request.method == "POST":
        title, rows = request.POST.get("title", "").strip(), _rows(request.POST)
        action = request.POST.get("action", "")
        if action == "publish":
            try:
                form = actions.publish_form(
                    key=key or f"form-{ids.readable(6).lower()}", title=title, rows=rows, by=actor, at=at
                )
            except Problem as problem:
                if not problem.errors:
                    raise
                page |= {"errors": [str(error.message) for error in problem.errors], "wrong": _by_row(problem)}
            else:
                messages.success(
                    request, _("已发布第 %(version)s 版。正在进行的轮次仍用原来的版本。") % {"version": form.version}
                )
                return redirect("daily:forms")
        elif action == "preview":
            page["errors"] = [str(error.message) for error in rules.check_form(title, rows)]
            page["preview"] = [] if page["errors"] else forms.rows(
                rules.parse_questions(rows), MultiValueDict(), language=get_language() or ""
            )  # fmt: skip
        else:
            rows = _act(action, rows, request.POST.get("new_kind", "yes-no"))
    page |= {"title": title, "rows": [_shown(n, row) for n, row in enumerate(rows)]}
    return render(request, "daily/form.html", page, status=422 if page["errors"] else 200)


def _act(action: str, rows: list[dict[str, Any]], new_kind: str) -> list[dict[str, Any]]:
    word, _dash, position = action.partition("-")
    if word == "add" and new_kind in KINDS:
        return [
            *rows,
            {"key": f"q-{ids.readable(6).lower()}", "kind": new_kind, "title": {"zh": "", "en": ""}, "required": True},
        ]
    if not position.isdecimal() or int(position) >= len(rows):
        return rows
    n = int(position)
    if word == "remove" and rows[n]["kind"] in KINDS:
        return rows[:n] + rows[n + 1 :]
    if word == "up" and n:
        rows[n - 1], rows[n] = rows[n], rows[n - 1]
    return rows


def _rows(data: QueryDict) -> list[dict[str, Any]]:
    """The draft that the page carries. A standard question keeps its own definition."""
    standard = {row["key"]: row for row in rules.STANDARD_FORM}
    found: list[dict[str, Any]] = []
    for n in data.getlist("n"):
        key, kind = data.get(f"{n}.key", ""), data.get(f"{n}.kind", "")
        if key in standard:
            found.append(standard[key])
            continue
        row: dict[str, Any] = {
            "key": key, "kind": kind if kind in KINDS else "",
            "title": {"zh": data.get(f"{n}.zh", "").strip(), "en": data.get(f"{n}.en", "").strip()},
            "required": f"{n}.required" in data, "once": f"{n}.once" in data,
        }  # fmt: skip
        if kind in ("choice", "choices"):
            row["options"] = _options(data.get(f"{n}.options", ""))
            abnormal = {line.strip() for line in data.get(f"{n}.abnormal", "").splitlines() if line.strip()}
            row["abnormal_when"] = [one["code"] for one in row["options"] if one["title"]["zh"] in abnormal] + sorted(
                abnormal - {one["title"]["zh"] for one in row["options"]}
            )
        elif kind == "yes-no":
            row["abnormal_when"] = [data[f"{n}.abnormal"]] if data.get(f"{n}.abnormal") in ("yes", "no") else []
        found.append(row)
    return found


def _options(text: str) -> list[dict[str, Any]]:
    """One option a line: 中文 | English. Its code comes from its Chinese words, so that an earlier answer keeps its meaning when
    options are put in another order."""
    lines = [line.strip() for line in text.replace("｜", "|").splitlines() if line.strip()]
    halves = [(zh.strip(), en.strip()) for zh, _bar, en in (line.partition("|") for line in lines)]
    return [{"code": rules.option_code(zh), "title": {"zh": zh, "en": en}} for zh, en in halves]


def _shown(n: int, row: dict[str, Any]) -> dict[str, Any]:
    options = row.get("options") or []
    abnormal = row.get("abnormal_when") or []
    named = {one["code"]: one["title"]["zh"] for one in options}
    return {
        "n": n, "row": row, "is_standard": row["kind"] not in KINDS, "kind": KINDS.get(row["kind"], ""),
        "options": "\n".join(
            f"{one['title']['zh']} | {one['title']['en']}" if one["title"].get("en") else one["title"]["zh"] for one in options
        ),
        "abnormal": "\n".join(named.get(code, code) for code in abnormal),
        "title": row["title"]["en" if (get_language() or "").startswith("en") else "zh"] or row["title"]["zh"],
    }  # fmt: skip


def _by_row(problem: Problem) -> set[int]:
    return {int(error.field.split(".")[1]) for error in problem.errors if error.field.startswith("questions.")}

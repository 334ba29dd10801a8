"""English is complete: every Chinese message has a translation, in a catalogue that Django loads, with the same placeholders."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

PACKAGE = Path(settings.PACKAGE)
CHINESE = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
KEYWORDS: dict[str, object] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip


Message = tuple[str, str]  # context ("" mostly) and text


def messages_of(path: Path) -> Iterator[Message]:
    """The Chinese messages of one template or module (of a plural, the singular: both forms stand in one entry)."""
    text = path.read_text()
    source = templatize(text, origin=str(path)) if path.suffix in {".html", ".txt"} else text
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        one = message[0] if isinstance(message, tuple) else message
        if CHINESE.search(one):
            yield context or "", one


def sources() -> list[Path]:
    return [
        path
        for pattern in ("*.py", "*.html", "*.txt")
        for path in sorted(PACKAGE.rglob(pattern))
        if "migrations" not in path.parts and "packs" not in path.parts
    ]


@cache
def catalogue(folder: Path) -> dict[Message, str]:
    """What ``folder/locale/en`` translates, fuzzy entries excepted; nothing where there is no such file."""
    file = folder / "locale" / "en" / "LC_MESSAGES" / "django.po"
    if not file.exists():
        return {}
    with file.open("rb") as stream:
        found = read_po(stream, locale="en")
    entries = {}
    for entry in found:
        singular = entry.id[0] if isinstance(entry.id, tuple) else entry.id
        forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        if singular and all(forms) and not entry.fuzzy:
            entries[entry.context or "", singular] = "\n".join(forms)
    return entries


def translated(path: Path, message: Message) -> str | None:
    for folder in path.parents:
        if message in catalogue(folder):
            return catalogue(folder)[message]
        if folder == PACKAGE:
            return None
    return None


def test_every_chinese_message_has_its_english() -> None:
    missing = sorted(
        {
            f"{path.relative_to(PACKAGE)}: {message[1]}"
            for path in sources()
            for message in messages_of(path)
            if not translated(path, message)
        }
    )
    assert not missing, "no English msgstr in the package's locale/en:\n" + "\n".join(missing)


def test_a_translation_keeps_the_placeholders() -> None:
    broken = [
        f"{folder.relative_to(PACKAGE)}: {message} -> {english}"
        for folder in sorted({path.parents[3] for path in PACKAGE.rglob("locale/en/LC_MESSAGES/django.po")})
        for (_context, message), english in catalogue(folder).items()
        for form in english.split("\n" if len(english.split("\n")) == 2 else "\0")
        if not set(PLACEHOLDER.findall(form)) <= set(PLACEHOLDER.findall(message))
        or set(PLACEHOLDER.findall(message)) - set(PLACEHOLDER.findall(english))
    ]
    assert not broken, "\n".join(broken)


def test_one_message_has_one_english() -> None:
    """Django merges all catalogues into one: of two translations, one would never be seen. Tell them apart by a context."""
    said: dict[Message, dict[str, str]] = {}
    for folder in sorted({path.parents[3] for path in PACKAGE.rglob("locale/en/LC_MESSAGES/django.po")}):
        for message, english in catalogue(folder).items():
            said.setdefault(message, {})[str(folder.relative_to(PACKAGE))] = english
    torn = [f"{message[1]}: {places}" for message, places in said.items() if len(set(places.values())) > 1]
    assert not torn, "\n".join(torn)


def test_django_loads_every_catalogue() -> None:
    loaded = {Path(place) for place in settings.LOCALE_PATHS} | {Path(app.path) / "locale" for app in apps.get_app_configs()}
    idle = [str(path) for path in PACKAGE.rglob("locale") if path not in loaded]
    assert not idle, f"neither an app's nor in LOCALE_PATHS: {idle}"


def test_it_finds_messages_in_templates_and_modules(tmp_path: Path) -> None:
    template = tmp_path / "a.html"
    template.write_text(
        '{% load i18n %}{% translate "首页" %}{% translate "全部" context "列表" %}'
        "{% blocktranslate %}还有 {{ n }} 人{% endblocktranslate %}{# 注释 #}"
    )
    module = tmp_path / "a.py"
    module.write_text('x = _("任务")\ny = ngettext("一人", "%(n)d 人", n)\nw = pgettext("列表", "全部")\nz = "不译"\n')
    assert list(messages_of(template)) == [("", "首页"), ("列表", "全部"), ("", "还有 %(n)s 人")]
    assert list(messages_of(module)) == [("", "任务"), ("", "一人"), ("列表", "全部")]

"""Compiles the message catalogues into the wheel; they are not kept in git. A wheel without the front-end packages is refused:
its pages would come without charts and live parts, and nobody would be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileMessages(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        vendor = Path(self.root, "src/linglou/ui/static/vendor")
        if version != "editable" and not (vendor / "htmx.js").exists():
            raise RuntimeError("the front-end packages are not there yet: build with ./dev wheel, which fetches them")
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for source in Path(self.root, "src").rglob("locale/*/LC_MESSAGES/django.po"):
            with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
                write_mo(mo, read_po(po, locale=source.parts[-3]))

"""Pages set for print: a Typst template, its data, and a Chinese font of the machine.

Where there is no Chinese font a PDF is refused with the cure, never printed as boxes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from linglou.kernel.common_problems import NO_CHINESE_FONT
from linglou.kernel.problems import Problem

# In the order of preference; the first that the machine has sets the page.
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC", "SimHei",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "SimSun", "STSong",
    "FandolHei", "FandolSong", "AR PL UMing CN", "Droid Sans Fallback", "Noto Sans CJK JP", "Unifont",
)  # fmt: skip


def pdf(template: Path, page: Mapping[str, Any]) -> bytes:
    """``template`` set with ``page`` (its ``sys.inputs.page``, as JSON), which also gets ``font``. Raises
    ``Problem(NO_CHINESE_FONT)``."""
    font = chinese_font()
    if font is None:
        raise Problem(NO_CHINESE_FONT)
    inputs = {"page": json.dumps({"font": font, **page}, ensure_ascii=False)}
    made = typst.compile(template.read_bytes(), format="pdf", font_paths=_fonts(), sys_inputs=inputs)
    assert isinstance(made, bytes)
    return made


@functools.cache
def chinese_font() -> str | None:
    """The font that sets Chinese on this machine, or None."""
    here = set(_fonts().families())
    return next((font for font in CHINESE_FONTS if font in here), None)


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts()

"""The QR code of a receipt, drawn into the page: nothing more to load."""

from __future__ import annotations

import segno


def qr(text: str) -> str:
    """An ``<svg>`` without fixed size, dark on transparent."""
    return str(
        segno.make(text, error="m", micro=False).svg_inline(
            scale=1, border=0, omitsize=True, svgclass="qr-code", lineclass=None
        )
    )

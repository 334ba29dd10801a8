"""What several pages of this package share."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def number_in(text: str | None) -> int:
    """An id from a form or an address; one that is none finds nothing."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def confirm(request: HttpRequest, *, title: str, text: str, deed: str, back: str) -> HttpResponse:
    """Ask once before something that cannot be taken back; the form posts to the same address."""
    return render(request, "people/confirm.html", {"title": title, "text": text, "deed": deed, "back": back})

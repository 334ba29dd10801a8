"""Every address of the product, as the resolver knows it, and asking one of them as somebody."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

# Clock times and tickets (words between dots) hold figures that look like a temperature.
FIGURES = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?|([\w-]*\.){8,}[\w-]+")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALLOWED = frozenset({400, 409, 413, 415, 422, 429})  # past the gate: what was sent is judged, not who sent it


@dataclass(frozen=True)
class Address:
    """``name`` as ``reverse`` takes it; ``parameters`` are those of the path."""

    name: str
    parameters: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")

    def path(self, objects: Mapping[str, Any]) -> str:
        return reverse(self.name, kwargs={parameter: objects[parameter] for parameter in self.parameters})


def addresses() -> Iterator[Address]:
    return _walk(get_resolver(), (), ())


def _walk(resolver: URLResolver, spaces: tuple[str, ...], above: tuple[str, ...]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        parameters = (*above, *pattern.pattern.converters)
        if isinstance(pattern, URLPattern):
            yield Address(":".join((*spaces, pattern.name or "")), parameters)
        else:
            inside = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern, inside, parameters)


def ask(client: Client, method: str, path: str, sent: Mapping[str, Any] | None = None) -> HttpResponse:
    """One request, undone afterwards: the next one finds the world as it was."""
    cookies, sent = client.cookies.copy(), sent or {}
    with _files_kept(method), transaction.atomic():
        if method == "GET":
            response = client.get(path, sent)
        elif path.startswith("/api/") and not any(isinstance(value, SimpleUploadedFile) for value in sent.values()):
            response = client.generic(method, path, json.dumps(sent), content_type="application/json")
        elif method == "POST":
            response = client.post(path, sent)
        else:
            response = client.generic(method, path)
        response.body = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


@contextmanager
def _files_kept(method: str) -> Iterator[None]:
    """Uploaded files are outside the transaction: what a write removes is put back."""
    folder = Path(settings.MEDIA_ROOT)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} if method != "GET" else {}
    yield
    for path, body in before.items():
        if not path.exists():
            path.write_bytes(body)


def text(response: HttpResponse) -> str:
    """What can be read in an answer, also inside a spreadsheet or escaped in JSON; without clock times and
    tickets."""
    if response.headers.get("Content-Type", "").split(";")[0].endswith("json") and response.body:
        return FIGURES.sub("", json.dumps(json.loads(response.body), ensure_ascii=False))
    if response.body[:2] != b"PK":
        return FIGURES.sub("", response.body.decode(errors="replace"))
    with zipfile.ZipFile(io.BytesIO(response.body)) as book:
        return "".join(book.read(name).decode(errors="replace") for name in book.namelist())


def outcome(response: HttpResponse) -> str:
    """``ok``, ``login`` (sent to log in, or 401), ``403``, ``404``, ``405``, or ``broken``."""
    status = response.status_code
    if status == 401 or (status in (301, 302) and response.headers["Location"].startswith("/account/login/")):
        return "login"
    if status < 400 or status in ALLOWED:
        return "ok"
    return str(status) if status in (403, 404, 405) else f"broken ({status})"

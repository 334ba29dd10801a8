"""Structured logs: one JSON object a line, without personal data (paths are logged without query or body)."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

# What PostgreSQL adds to an error holds the row itself: a name, an answer.
VALUES = re.compile(r"^(DETAIL|CONTEXT|HINT):.*(?:\n(?!\n|  File |Traceback|The above|During).*)*", re.MULTILINE)
EXTRA = ("event", "method", "path", "status", "milliseconds", "count", "round", "school", "error", "address", "state")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = VALUES.sub(r"\1: ...", self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(_settings: dict[str, Any]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ("django.request", "django.server", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)

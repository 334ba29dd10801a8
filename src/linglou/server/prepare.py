"""What must be true before the server starts: schema migrated, static files collected, the demo loaded if asked for."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    collect_static()
    if sys.argv[1:2] == ["--demo"]:
        if has_school():
            raise SystemExit(
                "There is a school in this database already, and the demo is not loaded into it. Choose another --data."
            )
        from linglou.demo.load import load

        load(people=int(sys.argv[2]))


def has_school() -> bool:
    from linglou.foundation.accounts import queries

    return queries.has_school()


def collect_static() -> None:
    """Collect and compress static files, unless none has changed since the last time."""
    digest = hashlib.sha256()
    for file in sorted(settings.PACKAGE.rglob("static/**/*")):
        if file.is_file():
            digest.update(f"{file}:{file.stat().st_mtime_ns}:{file.stat().st_size}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".digest"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(digest.hexdigest())


if __name__ == "__main__":
    main()

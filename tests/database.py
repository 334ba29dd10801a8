"""Loaded first of all (``-p tests.database``): settings need the database's address when Django reads them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from linglou.server.postgres import Postgres


def _start_database() -> None:
    """In the controlling process only; xdist workers inherit ``DATABASE_URL`` and make a database each."""
    if "DATABASE_URL" not in os.environ:
        home = Path(tempfile.mkdtemp(prefix="linglou-test-"))
        home.chmod(0o755)
        postgres = Postgres(home / "postgres", durable=False)
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        atexit.register(postgres.stop)
    os.environ["LINGLOU_SECRET_KEY"] = "only-for-tests-" + "x" * 40
    os.environ["LINGLOU_DATA"] = tempfile.mkdtemp(prefix="linglou-test-data-")
    atexit.register(shutil.rmtree, os.environ["LINGLOU_DATA"], ignore_errors=True)
    Path(os.environ["LINGLOU_DATA"], "static").mkdir()  # WhiteNoise warns where there is none
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


_start_database()

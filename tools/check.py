"""``./dev check``: everything that can be judged without running the product. Never edits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools import docs

BIN = Path(sys.executable).parent
ENVIRONMENT = os.environ | {"LINGLOU_SECRET_KEY": "only-for-checks", "DJANGO_SETTINGS_MODULE": "linglou.settings"}
STEPS: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "import contracts": ["lint-imports"],
    "types": ["mypy"],
    "migrations": ["python", "-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run"],
}


def main() -> None:
    failed = []
    for name, (program, *words) in STEPS.items():
        done = subprocess.run([BIN / program, *words], env=ENVIRONMENT, capture_output=True, text=True, check=False)
        print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name}", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout + done.stderr)
    stale = docs.stale()
    print(f"{'FAIL' if stale else 'ok  '} generated docs {' '.join(stale)}")
    if failed or stale:
        raise SystemExit(
            "check failed: " + ", ".join([*failed, *(["generated docs (./dev fix writes them)"] if stale else [])])
        )


if __name__ == "__main__":
    main()

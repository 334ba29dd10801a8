"""``./dev fix``: format, mend what the linter can mend, and write the generated docs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools import docs

BIN = Path(sys.executable).parent


def main() -> None:
    subprocess.run([BIN / "ruff", "check", "--fix", "--quiet", "."], check=False)
    subprocess.run([BIN / "ruff", "format", "--quiet", "."], check=True)
    docs.write()


if __name__ == "__main__":
    main()

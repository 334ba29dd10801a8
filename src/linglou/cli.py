"""The ``linglou`` command: ``linglou up`` runs the whole system; any other word is one of its management commands
(``linglou import-roster FILE``, ``linglou verify-closings``, ``linglou chain-audit`` ...), run against the same data."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path


def main() -> None:
    words = sys.argv[1:]
    if words[:1] == ["up"]:
        from linglou.server.supervisor import up

        raise SystemExit(up(words[1:]))
    manage(words or ["help"])


def manage(words: list[str]) -> None:
    """Run a management command; hyphens and underscores in its name are the same. ``--data DIR`` says which data."""
    from linglou.server import installation

    words = [words[0].replace("-", "_"), *words[1:]]
    if "--data" in words:
        position = words.index("--data")
        os.environ["LINGLOU_DATA"] = words[position + 1]
        del words[position : position + 2]
    os.environ["DJANGO_SETTINGS_MODULE"] = "linglou.settings"
    place = installation.Installation(Path(os.environ.get("LINGLOU_DATA", "data")))
    own_database = place.embedded is not None and words[0] not in {"help", "makemigrations", "compilemessages"}
    with place.embedded.running() if own_database and place.embedded else nullcontext():
        place.export()
        from django.core.management import execute_from_command_line

        execute_from_command_line(["linglou", *words])


if __name__ == "__main__":
    main()

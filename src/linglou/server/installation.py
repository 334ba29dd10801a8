"""One installation: its data directory, its secret, its database."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from linglou.kernel.clock import HOME_ZONE
from linglou.server.postgres import Postgres


@dataclass
class Installation:
    """``data`` holds the secret key, uploaded files, collected static files and, unless ``DATABASE_URL`` is set in the
    environment, the embedded PostgreSQL."""

    data: Path

    def __post_init__(self) -> None:
        self.data = self.data.absolute()
        given = os.environ.get("DATABASE_URL")
        self.embedded = None if given else Postgres(self.data / "postgres")
        self.database_url = given or self.embedded.url  # type: ignore[union-attr]

    def secret(self) -> str:
        """The installation's secret: from the environment, else from ``data/secret.key`` (made on first use, 0600)."""
        given = os.environ.get("LINGLOU_SECRET_KEY")
        if given:
            return given
        path = self.data / "secret.key"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            self.data.mkdir(parents=True, exist_ok=True)
            made = secrets.token_urlsafe(48)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(made + "\n")
            return made

    @property
    def zone(self) -> str:
        """The campus's time zone: from the environment, else the one that a demo was loaded in, else that of Beijing."""
        given = os.environ.get("LINGLOU_TIME_ZONE")
        demo = self.data / "demo.json"
        return given or (json.loads(demo.read_text())["zone"] if demo.exists() else HOME_ZONE)

    def environment(self) -> dict[str, str]:
        """What the settings module and child processes read."""
        return {
            "LINGLOU_DATA": str(self.data),
            "LINGLOU_SECRET_KEY": self.secret(),
            "LINGLOU_TIME_ZONE": self.zone,
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": "linglou.settings",
        }

    def export(self) -> None:
        os.environ.update(self.environment())

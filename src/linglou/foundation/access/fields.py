"""A model field that is encrypted at rest and reads as plain text in Python."""

from __future__ import annotations

from typing import Any

from django.db import models

from linglou.kernel.secrets import seal, unseal


class SealedTextField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Sealed with AES-256-GCM under a key of the installation. It cannot be searched: keep a blind index beside it."""

    def get_prep_value(self, value: Any) -> Any:
        return seal(super().get_prep_value(value) or "")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return unseal(value or "")

"""Keys derived from the one secret of the installation, sealing of personal fields, and blind indexes for look-up."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


@functools.cache
def key_for(purpose: str) -> bytes:
    """A 32-byte key for one purpose, derived from ``settings.SECRET_KEY``: no key serves two purposes."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"linglou:" + purpose.encode(), hashlib.sha256)


@functools.cache
def _cipher() -> AESGCM:
    return AESGCM(key_for("field-encryption"))


def seal(text: str) -> str:
    """Encrypt for storage (AES-256-GCM, fresh nonce); '' stays ''."""
    if not text:
        return ""
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), None)).decode()


def unseal(sealed: str) -> str:
    """Decrypt what ``seal`` made. Raises ``cryptography.exceptions.InvalidTag`` when it was tampered with."""
    if not sealed:
        return ""
    raw = base64.b64decode(sealed)
    return _cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()


def blind_index(purpose: str, text: str) -> str:
    """A keyed hash by which an encrypted value can be found, and only by exact match; '' for ''."""
    if not text:
        return ""
    return base64.b64encode(hmac.digest(key_for("blind:" + purpose), text.encode(), hashlib.sha256)[:18]).decode()

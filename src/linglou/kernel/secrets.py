"""Keys derived from the one secret of the installation, sealing of personal fields, and blind indexes for look-up."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import Any

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


def seal_all(texts: Sequence[str]) -> list[str]:
    """``seal`` for a column of values: one call for the randomness, nothing else shared."""
    nonces = os.urandom(NONCE_BYTES * len(texts))
    encrypt = _cipher().encrypt
    sealed = []
    for n, text in enumerate(texts):
        if text:
            nonce = nonces[n * NONCE_BYTES : (n + 1) * NONCE_BYTES]
            sealed.append(binascii.b2a_base64(nonce + encrypt(nonce, text.encode(), None), newline=False).decode())
        else:
            sealed.append("")
    return sealed


def blind_index(purpose: str, text: str) -> str:
    """A keyed hash by which an encrypted value can be found, and only by exact match; '' for ''."""
    if not text:
        return ""
    inner_start, outer_start = _hmac_states(purpose)
    inner, outer = inner_start.copy(), outer_start.copy()
    inner.update(text.encode())
    outer.update(inner.digest())
    return binascii.b2a_base64(outer.digest()[:18], newline=False).decode()


@functools.cache
def _hmac_states(purpose: str) -> tuple[Any, Any]:
    """HMAC-SHA256 with the key already taken in: several times faster than starting anew for every short value."""
    key = key_for("blind:" + purpose).ljust(64, b"\0")
    return hashlib.sha256(key.translate(hmac.trans_36)), hashlib.sha256(key.translate(hmac.trans_5C))

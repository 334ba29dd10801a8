"""Short codes that people read aloud, and tokens that they do not."""

from __future__ import annotations

import hashlib
import hmac
import secrets

# Crockford's base 32: no I, L, O, U, so that nobody reads a 1 for an I.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DECODE = {letter: value for value, letter in enumerate(ALPHABET)} | {"I": 1, "L": 1, "O": 0}
RECEIPT_LETTERS = 10
RECEIPT_BITS = RECEIPT_LETTERS * 5


def token(size: int = 32) -> str:
    """An unguessable URL-safe token of ``size`` random bytes."""
    return secrets.token_urlsafe(size)


def readable(letters: int) -> str:
    """``letters`` random characters that can be read from paper and typed without a mistake."""
    return "".join(secrets.choice(ALPHABET) for _ in range(letters))


def receipt_number(key: bytes, *parts: int) -> int:
    """The 50-bit receipt of a response: a keyed hash of (school, round, respondent, revision)."""
    digest = hmac.digest(key, b"receipt:" + ":".join(map(str, parts)).encode(), hashlib.sha256)
    return int.from_bytes(digest[:7], "big") >> (56 - RECEIPT_BITS)


def receipt_code(number: int) -> str:
    """The receipt as people see it: ``K7M2P-9XQ4R``."""
    letters = "".join(ALPHABET[(number >> shift) & 31] for shift in range(RECEIPT_BITS - 5, -1, -5))
    return f"{letters[:5]}-{letters[5:]}"


def parse_receipt(code: str) -> int | None:
    """The number of a typed receipt (case, spaces, dashes, I/L/O forgiven); None when it cannot be one."""
    letters = [c for c in code.upper() if c not in " -－"]
    if len(letters) != RECEIPT_LETTERS or any(c not in _DECODE for c in letters):
        return None
    number = 0
    for letter in letters:
        number = number << 5 | _DECODE[letter]
    return number

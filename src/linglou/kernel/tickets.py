"""Signed tickets: what the intake trusts instead of looking a session up.

A ticket is ``base64url(payload) . base64url(HMAC-SHA256)``; the payload is compact JSON. It names who answers for whom
in which round, and expires with the round. It authorises one thing and carries no health data.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import Problem, declare

BAD_TICKET = declare("bad-ticket", 401, _("填报凭证无效。"), _("请回到首页，从那里重新打开填报页。"))
EXPIRED_TICKET = declare("expired-ticket", 401, _("填报凭证已过期。"), _("请回到首页，从那里重新打开填报页。"))


def sign(key: bytes, payload: dict[str, Any]) -> str:
    """``payload`` must hold ``exp``: the epoch second after which the ticket is void."""
    body = base64.urlsafe_b64encode(json.dumps(payload, separators=(",", ":")).encode()).rstrip(b"=")
    mac = base64.urlsafe_b64encode(hmac.digest(key, body, hashlib.sha256)).rstrip(b"=")
    return (body + b"." + mac).decode()


def read(key: bytes, ticket: str, *, now: float) -> dict[str, Any]:
    """The payload of a valid ticket. Raises ``Problem`` (BAD_TICKET, EXPIRED_TICKET)."""
    try:
        body, _dot, mac = ticket.encode("ascii").partition(b".")
    except UnicodeEncodeError as error:
        raise Problem(BAD_TICKET) from error
    expected = base64.urlsafe_b64encode(hmac.digest(key, body, hashlib.sha256)).rstrip(b"=")
    if not hmac.compare_digest(expected, mac):
        raise Problem(BAD_TICKET)
    try:
        payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)).decode())
    except (binascii.Error, ValueError) as error:
        raise Problem(BAD_TICKET) from error
    if payload["exp"] < now:
        raise Problem(EXPIRED_TICKET)
    return payload

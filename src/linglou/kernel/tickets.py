"""Signed tickets: what the intake trusts instead of looking a session up.

A ticket is ``word.word. ... .expiry.mac``: plain words (ids, no name, no health data), the epoch second after which it is void,
and the HMAC-SHA256 of all that, cut to 144 bits. It names who answers for whom in which round and authorises that one thing.
Words rather than JSON, because forty thousand are read in ten minutes, each before anything else is known of its caller.
"""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import Problem, declare

BAD_TICKET = declare("bad-ticket", 401, _("填报凭证无效。"), _("请回到首页，从那里重新打开填报页。"))
EXPIRED_TICKET = declare("expired-ticket", 401, _("填报凭证已过期。"), _("请回到首页，从那里重新打开填报页。"))

MAC_BYTES = 18
URL_SAFE = bytes.maketrans(b"+/", b"-_")


def sign(key: bytes, words: Sequence[str], *, expires: int) -> str:
    """``words`` hold no dot; ``expires`` is the epoch second after which the ticket is void."""
    body = ".".join([*words, str(expires)])
    return f"{body}.{_mac(key, body.encode('ascii')).decode()}"


def read(key: bytes, ticket: str, *, now: float) -> list[str]:
    """The words of a valid ticket. Raises ``Problem`` (BAD_TICKET, EXPIRED_TICKET)."""
    try:
        body, _dot, mac = ticket.encode("ascii").rpartition(b".")
    except UnicodeEncodeError as error:
        raise Problem(BAD_TICKET) from error
    if not hmac.compare_digest(_mac(key, body), mac):
        raise Problem(BAD_TICKET)
    *words, expires = body.decode().split(".")
    if int(expires) < now:
        raise Problem(EXPIRED_TICKET)
    return words


def _mac(key: bytes, body: bytes) -> bytes:
    return binascii.b2a_base64(hmac.digest(key, body, "sha256")[:MAC_BYTES], newline=False).translate(URL_SAFE)

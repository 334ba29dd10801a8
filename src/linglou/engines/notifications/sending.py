"""One message through one address, by Apprise. Nothing here touches the database, so it may run in any thread."""

from __future__ import annotations

import functools
import ipaddress
import logging
import re
import socket
import threading
import warnings
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from django.conf import settings

TIMEOUT_SECONDS = 8.0

# What people paste is the robot's own webhook; Apprise wants its token.
PASTED = {
    ("oapi.dingtalk.com", "/robot/send"): ("dingtalk", "access_token"),
    ("qyapi.weixin.qq.com", "/cgi-bin/webhook/send"): ("wecombot", "key"),
}
FEISHU_HOOK = re.compile(r"^/open-apis/bot/v2/hook/([A-Za-z0-9-]+)$")
EMAIL = re.compile(r"^[^@\s/:?&,]+@[^@\s/:?&,]+\.[^@\s/:?&,]+$")

ROBOTS = frozenset({"wecombot", "dingtalk", "feishu"})
OWN_SERVER = frozenset({"mailto", "mailtos", "json", "jsons"})
KNOWN = ROBOTS | OWN_SERVER


# Where a campus keeps servers of its own. Of what is not public the rest is this machine itself, its network card's neighbours, and
# the metadata of clouds: nobody's channel.
CAMPUS = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


class NotSent(Exception):
    """The message was not accepted. Its text names the kind of channel and a status, never an address or a token."""


def normalise(address: str) -> str:
    """The form in which an address is kept: an e-mail address as it is, a robot's webhook as its Apprise address."""
    address = address.strip()
    parts = urlsplit(address)
    pasted = PASTED.get((parts.hostname or "", parts.path))
    if parts.scheme == "https" and pasted:
        scheme, parameter = pasted
        return f"{scheme}://{quote(parse_qs(parts.query).get(parameter, [''])[0], safe='-')}/"
    hook = FEISHU_HOOK.match(parts.path) if parts.hostname == "open.feishu.cn" else None
    return f"feishu://{hook[1]}/" if hook else address


def kind_of(address: str) -> str | None:
    """``email``, or the scheme of a known Apprise address; None when it cannot be used."""
    if EMAIL.match(address):
        return "email"
    scheme = urlsplit(address).scheme.lower()
    return scheme if scheme in KNOWN and _service(address) is not None else None


def masked(address: str) -> str:
    """What may be shown: enough to tell two channels apart, no token, no password."""
    if EMAIL.match(address):
        name, _at, host = address.partition("@")
        return f"{name[:2]}***@{host}"
    parts = urlsplit(address)
    if parts.scheme in ROBOTS:
        return f"{parts.scheme}://{(parts.hostname or '')[:3]}***"
    return f"{parts.scheme}://{parts.hostname or ''}"


def send(address: str, *, subject: str, body: str, link: str) -> None:
    """Hand one message over; returns when the other side has accepted it. Raises ``NotSent``."""
    kind = kind_of(address)
    service = _service(_through_school_mail(address) if kind == "email" else address) if kind else None
    if service is None:
        raise NotSent("no mail server is configured" if kind == "email" else "unusable address")
    if kind in OWN_SERVER:
        service.redirects = False  # it would lead past the next line
        if not _is_elsewhere(getattr(service, "smtp_host", "") or service.host):
            raise NotSent(f"{kind}: not an address for messages")
    text = f"{body}\n\n{settings.PUBLIC_URL}{link}" if link else body
    text_format = load().NotifyFormat.TEXT
    _statuses.forget()
    try:
        accepted = service.notify(title=subject, body=text, body_format=text_format)
    except Exception as error:
        raise NotSent(f"{kind}: {type(error).__name__}") from error
    if not accepted:
        raise NotSent(f"{kind}: {_statuses.reason()}")


@functools.cache
def load() -> Any:
    """Apprise with its plugins: a second of work, so only where an address is used. Call it once before many threads do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its imports of what Python 3.13 dropped
        import apprise

        apprise.Apprise.instantiate("json://localhost")
    return apprise


def _service(address: str) -> Any:
    try:
        service = load().Apprise.instantiate(address, suppress_exceptions=True)
    except Exception:
        return None
    if service is not None:
        service.socket_connect_timeout = service.socket_read_timeout = TIMEOUT_SECONDS
    return service


def _is_elsewhere(host: str) -> bool:
    """Whether every address of a host is public, or of the campus's own network: a typed address must not make this machine talk
    to itself or to the cloud that it runs in."""
    if settings.CHANNELS_TO_THIS_MACHINE:
        return True
    try:
        found = {ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    plain = {getattr(address, "ipv4_mapped", None) or address for address in found}
    return all((one.is_global and not one.is_multicast) or any(one in network for network in CAMPUS) for one in plain)


def _through_school_mail(address: str) -> str:
    """The school's mail server (an Apprise ``mailto(s)://`` address in LINGLOU_MAIL) with this recipient."""
    if not settings.MAIL_SERVER:
        return ""
    joint = "&" if "?" in settings.MAIL_SERVER else "?"
    return f"{settings.MAIL_SERVER}{joint}to={quote(address)}"


class _Statuses(logging.Handler):
    """Apprise tells why a message failed only in its log, with the address in it: keep the status, drop the rest."""

    STATUS = re.compile(r"error[= ](\d{3})\b|\b([45]\d\d)\b")

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._of_thread = threading.local()

    def forget(self) -> None:
        self._of_thread.status = ""

    def emit(self, record: logging.LogRecord) -> None:
        found = self.STATUS.search(record.getMessage())
        if found:
            self._of_thread.status = found[1] or found[2]

    def reason(self) -> str:
        return f"status {self._of_thread.status}" if self._of_thread.status else "not reachable or refused"


_statuses = _Statuses()
_log = logging.getLogger("apprise")
_log.addHandler(_statuses)
_log.setLevel(logging.WARNING)
_log.propagate = False

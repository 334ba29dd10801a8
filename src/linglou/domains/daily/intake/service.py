"""``submit``: one answer on its way from a caller to a receipt. The API route and the pages both come through here.

ticket checked -> answers validated against the round's form -> judged by the day's rules -> queued -> committed -> receipt
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import make_conninfo
from pydantic_core import to_json

from linglou.domains.daily import rules as daily
from linglou.domains.daily.intake import lookups
from linglou.domains.daily.intake import ticket as tickets
from linglou.domains.daily.intake.lookups import Known, Lookups
from linglou.domains.daily.intake.problems import KEY_MISSING
from linglou.domains.daily.intake.ticket import Ticket
from linglou.domains.daily.intake.writer import PATIENCE, RETRY_SECONDS, Answer, Writer, write
from linglou.domains.daily.problems import ALREADY_REPORTED
from linglou.engines.rounds.commit import Outcome, Submission, Verdict
from linglou.engines.rounds.problems import NO_CORRECTION_AFTER_CLOSE, NOT_ON_ROSTER
from linglou.kernel import ids, regions
from linglou.kernel.common_problems import BUSY, DATABASE_AWAY
from linglou.kernel.problems import Problem
from linglou.kernel.secrets import key_for

SHORTEST_KEY, LONGEST_KEY = 8, 64


@dataclass(slots=True)  # not frozen: one is made per answer, and freezing costs more than the rest
class Receipt:
    """``code`` is what people read (``K7M2P-9XQ4R``); ``at`` is when the answer was counted; ``revision`` counts from 1.
    ``verdict`` is ACCEPTED, or REPLAYED when the same key came before (then everything is as it was given then). ``title`` is the form's."""

    code: str
    verdict: Verdict
    revision: int
    at: datetime
    is_late: bool
    day: date
    title: str


@dataclass(frozen=True, slots=True)
class Running:
    """What the server process has, and other processes do not: a writer, and lookups kept at hand."""

    writer: Writer
    lookups: Lookups


_running: Running | None = None


def start() -> Running:
    """The server process has come up: from now on answers go through the writer's queue."""
    global _running
    _running = Running(Writer(database_address()), Lookups())
    _running.writer.start()
    return _running


def stop() -> None:
    """Drain the queue, commit, answer, and end. Blocks."""
    global _running
    if _running is not None:
        _running.writer.stop()
        _running.lookups.close()
        _running = None


def running() -> Running | None:
    """For ``/healthz`` and ``/metrics``; None outside the server process."""
    return _running


async def submit(*, ticket: Ticket, key: str, raw: Mapping[str, Any], at: datetime) -> Receipt:
    """Put an answer in and wait for its commit. Raises ``Problem``: INVALID_INPUT, KEY_MISSING, NO_CORRECTION_AFTER_CLOSE, ALREADY_REPORTED,
    NOT_ON_ROSTER, BUSY, DATABASE_AWAY, NOT_STORED."""
    if _running is None:
        raise Problem(BUSY, retry_after=RETRY_SECONDS, seconds=RETRY_SECONDS)
    wanted = (ticket.school_id, ticket.form_id, ticket.day)
    known = _running.lookups.at_hand(wanted) or await _running.lookups.fetch(wanted)
    answer = judge(ticket, key, raw, at, known)
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    _running.writer.put(answer, future)
    return receipt(await future, ticket.day, known.title)


def submit_from_thread(ticket: str, key: str, raw: Mapping[str, Any], at: datetime) -> Receipt:
    """The same for a page of Django's: through the writer when this process has one, else (commands, tests, or inside a
    transaction of the caller's own, which would wait for itself) at once in the calling thread. Raises also BAD_TICKET and
    EXPIRED_TICKET."""
    read = tickets.read(ticket, now=at.timestamp())
    wanted = (read.school_id, read.form_id, read.day)
    if _running is None or connection.in_atomic_block:
        known = lookups.read(wanted)
        answer = judge(read, key, raw, at, known)
        with transaction.atomic(), connection.cursor() as cursor:
            (outcome,) = write(cursor, [answer])
        return receipt(outcome, read.day, known.title)
    known = _running.lookups.get(wanted)
    future: Future[Outcome] = Future()
    _running.writer.put(judge(read, key, raw, at, known), future)
    try:
        return receipt(future.result(PATIENCE), read.day, known.title)
    except TimeoutError as error:
        raise Problem(DATABASE_AWAY, retry_after=RETRY_SECONDS) from error


def judge(ticket: Ticket, key: str, raw: Mapping[str, Any], at: datetime, known: Known) -> Answer:
    """Validate and triage. Pure but for the receipt's key. Raises ``Problem`` (INVALID_INPUT, KEY_MISSING)."""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Problem(KEY_MISSING)
    answers = daily.read_answers(known.questions, raw, known_region=regions.is_place)
    findings = daily.triage(known.questions, known.rules, answers, on=ticket.day, risk_regions=known.risk_regions)
    number = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")
    submission = Submission(
        school_id=ticket.school_id,
        day=ticket.day,
        round_id=ticket.round_id,
        respondent_id=ticket.respondent_id,
        unit_id=ticket.unit_id,
        lines=ticket.lines,
        curved=ticket.curved,
        answers=to_json(answers).decode(),
        severity=daily.severity(findings),
        source=ticket.source,
        by_id=ticket.by_id,
        by_label=tickets.LABELS[ticket.source],
        key=key,
        receipt=ids.receipt_number(key_for("receipt"), ticket.school_id, ticket.round_id, ticket.respondent_id, number),
        at=at,
        is_person=ticket.is_person,
    )
    return Answer(submission, findings)


def receipt(outcome: Outcome, day: date, title: str) -> Receipt:
    """What the caller is given. Raises ``Problem`` when the engine did not take the answer."""
    if outcome.verdict is Verdict.ANSWERED:
        raise Problem(ALREADY_REPORTED, name=_("本人"))
    if outcome.verdict is Verdict.CLOSED:
        raise Problem(NO_CORRECTION_AFTER_CLOSE)
    if outcome.verdict is Verdict.UNKNOWN_ROUND:
        raise Problem(NOT_ON_ROSTER)
    code = ids.receipt_code(outcome.receipt)
    return Receipt(code, outcome.verdict, outcome.revision, outcome.at, outcome.is_late, day, title)


def database_address() -> str:
    """Django's database, in libpq's words (tests give it another name than ``DATABASE_URL`` has)."""
    given = connection.settings_dict
    words = {"dbname": given["NAME"], "user": given["USER"], "password": given["PASSWORD"], "host": given["HOST"]}
    words |= {"port": given["PORT"], **given["OPTIONS"]}
    return make_conninfo(**{name: value for name, value in words.items() if value})

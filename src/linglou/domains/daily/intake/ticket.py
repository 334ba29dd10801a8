"""The intake's ticket: who answers for whom in which round, and where the answer counts. Signed, so that the intake need not
look up a session, a roster or a unit. It carries ids and no name, and is void a day after the round closes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linglou.engines.rounds import queries
from linglou.engines.rounds.models import Round, Source
from linglou.engines.rounds.problems import NOT_ON_ROSTER
from linglou.kernel import tickets
from linglou.kernel.problems import Problem
from linglou.kernel.secrets import key_for

GRACE = timedelta(hours=24)  # an answer after the close is kept and shown as late
PROXY_LIFE = timedelta(hours=1)  # a post may end while its holder still has a ticket for somebody else
# The trail names the actor by id; this label says in which capacity, and is no personal data.
DASH = "-"
LABELS = {source.value: str(source.label) for source in Source}


@dataclass(slots=True)  # not frozen: one is made per answer, and freezing costs more than the rest
class Ticket:
    """``day`` is the round's; ``lines`` and ``curved`` are as in ``rounds.commit.Submission``."""

    school_id: int
    round_id: int
    day: date
    form_id: int
    respondent_id: int
    unit_id: int
    lines: tuple[int, ...]
    curved: tuple[int, ...]
    by_id: int
    source: str
    is_person: bool


def issue(
    *,
    round_: Round,
    respondent_id: int,
    by_id: int,
    source: str = Source.SELF,
    place: queries.Place | None = None,
    until: datetime | None = None,
) -> str:
    """A ticket for the answer of ``respondent_id`` (a person, or a unit in a round of units), given by ``by_id``. Whether
    ``by_id`` may answer is the caller's question; ``place`` spares a caller who knows it the look-up; ``until`` ends it earlier.
    Raises ``Problem(NOT_ON_ROSTER)``."""
    place = place or queries.place_of(round_, respondent_id)
    if place is None:
        raise Problem(NOT_ON_ROSTER)
    words = [
        round_.school_id, round_.pk, round_.day.toordinal(), round_.form_id, respondent_id, place.unit_id,
        DASH.join(map(str, place.lines)), DASH.join(map(str, place.curved)), by_id, str(source), int(round_.asks == "people"),
    ]  # fmt: skip
    last = round_.closes_at + GRACE
    expires = int((min(last, until) if until else last).timestamp())
    return tickets.sign(key_for("ticket"), [str(word) for word in words], expires=expires)


def read(text: str, *, now: float) -> Ticket:
    """The ticket, if it is genuine and still valid at epoch second ``now``. Raises ``Problem`` (BAD_TICKET, EXPIRED_TICKET)."""
    school, round_, day, form, respondent, unit, lines, curved, by, source, is_person = tickets.read(
        key_for("ticket"), text, now=now
    )
    return Ticket(
        int(school), int(round_), date.fromordinal(int(day)), int(form), int(respondent), int(unit), _ids(lines), _ids(curved),
        int(by), source, is_person == "1",
    )  # fmt: skip


@functools.lru_cache(maxsize=16_384)
def _ids(word: str) -> tuple[int, ...]:
    return tuple(map(int, word.split(DASH))) if word else ()  # classmates who live on a floor have the same

"""The clinic's bench: what waits for the clinic now, in the order in which it cannot wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linglou.domains.care.plans import queries as plans
from linglou.domains.care.rooms import queries as rooms
from linglou.domains.care.rooms.queries import SiteRow
from linglou.domains.cases import queries as cases
from linglou.domains.cases.contacts import queries as contacts
from linglou.domains.cases.models import Case
from linglou.domains.signals import queries as signals
from linglou.foundation.access.actor import Actor

SHOWN = 8


@dataclass(frozen=True)
class Bench:
    """``owing``: reports with a clock, the nearest first; ``to_review``: cases with contacts nobody has judged, and how many;
    ``due``: people whose observation is over, to be released or extended. The lists are cut at ``SHOWN``; the counts are whole."""

    signals: list[signals.Row]
    new: int
    urgent: int
    owing: list[Case]
    owing_count: int
    to_review: list[tuple[Case, int]]
    due: list[plans.Row]
    care: dict[str, int]
    sites: list[SiteRow]

    @property
    def beds_free(self) -> int:
        return sum(site.free for site in self.sites)

    @property
    def beds(self) -> int:
        return sum(site.beds for site in self.sites)


def of(actor: Actor, *, at: datetime) -> Bench:
    """Everybody shown leaves an entry in the trail, as on the pages of their own."""
    counted = signals.counts(actor)
    owing = cases.listed(actor, status="owing")
    return Bench(
        signals=signals.rows(actor, list(signals.listed(actor, state="new")[:SHOWN]), at=at), new=counted.new, urgent=counted.urgent,
        owing=cases.rows(actor, list(owing[:SHOWN]), at=at), owing_count=owing.count(), to_review=_to_review(actor),
        due=plans.rows(actor, list(plans.listed(actor, tab="due", text="", at=at)[:SHOWN]), at=at),
        care=plans.counts(actor, at=at), sites=rooms.sites(actor),
    )  # fmt: skip


def _to_review(actor: Actor) -> list[tuple[Case, int]]:
    current = list(cases.listed(actor)[:50])
    waiting = contacts.waiting_of(current)
    return [(case, waiting[case.pk]) for case in current if waiting.get(case.pk)][:SHOWN]

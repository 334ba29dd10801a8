"""Why somebody is on the screening list and what changed, in words; for the page of the list and for the person's own.

The person's own page says nothing that the person did not tell or is not theirs: of a contact the day, never the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from linglou.domains.movement import rules
from linglou.domains.movement.models import Category, RegionStay, Screening, ScreeningEvent, State, Trip
from linglou.domains.movement.rules import Reason
from linglou.domains.movement.whereabouts import place_name
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.models import RiskRegion
from linglou.foundation.rulebook.rules.school import Screening as Rule
from linglou.kernel import clock, regions


@dataclass(frozen=True)
class Happened:
    """One event in words: what it was, and a line for each reason that came or went."""

    at: datetime
    kind: str
    title: str
    gained: list[str]
    lost: list[str]
    by: str


@dataclass(frozen=True)
class Explained:
    """A screening in words. ``places`` are the places that the list names: whether they were there is to be asked."""

    screening: Screening
    category: str
    state: str
    reasons: list[str]
    places: list[str]
    advice: str
    outcome: str
    events: list[Happened]
    rule: Rule | None

    @property
    def rule_title(self) -> str:
        return rulebook.said(self.rule.title) if self.rule else self.screening.rule_id


def current(person: Person) -> Explained | None:
    """The last screening of a person, unless it was lifted; None without."""
    found = Screening.objects.filter(school_id=person.school_id, person=person).order_by("-pk").first()
    if found is None or found.state == State.LIFTED:
        return None
    return explained([found])[0]


def explained(screenings: Sequence[Screening]) -> list[Explained]:
    """Each in words, in a few queries for all of them."""
    events: dict[int, list[ScreeningEvent]] = {}
    for event in ScreeningEvent.objects.filter(screening__in=screenings).order_by("pk"):
        events.setdefault(event.screening_id, []).append(event)
    keys = [key for one in screenings for key in one.reasons]
    keys += [key for listed in events.values() for event in listed for key in (*event.gained, *event.lost)]
    words = Words(keys, school_id=screenings[0].school_id if screenings else 0)
    return [_explained(one, events.get(one.pk, []), words) for one in screenings]


def _explained(one: Screening, events: Sequence[ScreeningEvent], words: Words) -> Explained:
    places = {words.areas[pk].place for pk in rules.areas_in(one.reasons) if pk in words.areas and words.areas[pk].place}
    contact_days = [said["from"] for said in one.because if said["kind"] == "contact"]
    reasons = [words.of(rules.reason(key), contact_days=contact_days) for key in one.reasons]
    rule = rulebook.screening(clock.day_of(one.opened_at))
    return Explained(
        screening=one,
        category=str(Category(one.category).label),
        state=str(State(one.state).label),
        reasons=list(dict.fromkeys(reasons)),
        places=sorted(places),
        advice=str(rules.ADVICE[one.category]),
        outcome=str(rules.OUTCOMES.get(one.outcome, one.outcome)),
        events=[words.happened(event) for event in events],
        rule=rule if rule and (rule.rule_id, rule.edition) == (one.rule_id, one.rule_edition) else None,
    )


class Words:
    """What reasons speak of, looked up once for many."""

    def __init__(self, keys: Iterable[str], *, school_id: int) -> None:
        found = [rules.reason(key) for key in set(keys)]
        self.areas: dict[int, RiskRegion] = rulebook.risk_regions_by_id(one.area_id for one in found if one.area_id)
        stays = RegionStay.objects.filter(school_id=school_id, id__in=[int(one.id) for one in found if one.kind == "stay"])
        trips = Trip.objects.filter(school_id=school_id, id__in=[int(one.id) for one in found if one.kind == "trip"])
        self.stays = {row.id: row for row in stays}
        self.trips = {row.id: row for row in trips}

    def of(self, reason: Reason, *, contact_days: Sequence[str] = ()) -> str:
        """A reason as it stands."""
        if reason.kind == "signal":
            return str(_("有未办结的异常信号"))
        if reason.kind == "contact":
            day = max(contact_days, default="")
            return str(_("与病例有过接触，最后一次在 %(day)s") % {"day": _short(day)} if day else _("与病例有过接触"))
        area = self.area(reason.area_id)
        if reason.kind == "stay" and (stay := self.stays.get(int(reason.id))):
            until = f"{stay.to_day:%m-%d}" if stay.to_day else _("至今")
            said = {"span": f"{stay.from_day:%m-%d} – {until}", "where": place_name(stay.region, stay.place), "area": area}
            return str(_("%(span)s 在%(where)s，属于风险地区：%(area)s") % said)
        if reason.kind == "trip" and (trip := self.trips.get(int(reason.id))):
            said = {"day": f"{trip.day:%m-%d}", "by": f"{trip.get_means_display()} {trip.vehicle}".strip(), "area": area}
            return str(_("%(day)s 乘%(by)s经过风险地区：%(area)s") % said)
        return area

    def gone(self, reason: Reason) -> str:
        """Why a reason is no more."""
        if reason.kind == "signal":
            return str(_("异常信号已办结"))
        if reason.kind == "contact":
            return str(_("接触已撤销或已满期限"))
        area = self.areas.get(reason.area_id or 0)
        name = self.area(reason.area_id)
        if area and area.withdrawn_at:
            said = {"area": name, "when": f"{clock.local(area.withdrawn_at):%m-%d %H:%M}"}
            return str(_("%(area)s已于 %(when)s 移出名单") % said)
        row = self.stays.get(int(reason.id)) if reason.kind == "stay" else self.trips.get(int(reason.id))
        if row is None or row.superseded_at:
            return str(_("去向已更正，不再涉及%(area)s") % {"area": name})
        return str(_("离开%(area)s已满期限") % {"area": name})

    def area(self, area_id: int | None) -> str:
        entry = self.areas.get(area_id or 0)
        if entry is None:
            return ""
        name = regions.name_of_prefix(entry.region)
        place = f"{name}·{entry.place}" if entry.place else name
        return f"{place}（{rules.LEVELS.get(entry.level, entry.level)}）"

    def happened(self, event: ScreeningEvent) -> Happened:
        label = str(Category(event.category).label) if event.category else ""
        if event.kind == "added":
            title = _("列入排查：%(category)s") % {"category": label}
        elif event.kind == "changed" and event.before != event.category:
            said = {"before": Category(event.before).label, "category": label}
            title = _("类别由“%(before)s”变为“%(category)s”") % said
        elif event.kind == "changed":
            title = _("原因有变动")
        elif event.kind == "lifted":
            title = _("解除排查")
        else:
            title = _("办结")
        return Happened(
            event.at, event.kind, str(title),
            list(dict.fromkeys(self.of(rules.reason(key)) for key in event.gained)),
            list(dict.fromkeys(self.gone(rules.reason(key)) for key in event.lost)),
            event.by_label,
        )  # fmt: skip


def _short(day: str) -> str:
    return f"{date.fromisoformat(day):%m-%d}"

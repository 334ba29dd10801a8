"""What a school has to do by number and clock: thresholds, report clocks, effects of a response level."""

from __future__ import annotations

from datetime import time
from itertools import pairwise
from typing import Literal, get_args

from pydantic import Field, model_validator

from linglou.foundation.rulebook.rules.rows import Row, Strict, Text

Scope = Literal["person", "room", "class", "school"]


class Counted(Strict):
    """What is counted, and how many make it: exactly one of ``symptoms`` (groups of similar ones, each counted by itself), ``rule``
    (reports that meet a triage rule), ``diseases`` (cases, each disease by itself unless ``together``) and ``event``.
    Inclusive: ``n`` are enough. ``share`` is a share of the people in scope instead of a number. ``linked``: only people who have
    something the school knows of in common (a class, a room, a building, a confirmed contact). ``local``: not those who were
    infected elsewhere."""

    n: int | None = Field(default=None, ge=1)
    share: float | None = Field(default=None, gt=0, le=1)
    symptoms: tuple[tuple[str, ...], ...] = ()
    rule: str = ""
    diseases: tuple[str, ...] = ()
    event: Literal["", "shared-source", "unexplained-group", "food-poisoning", "unexplained-severe"] = ""
    outcome: Literal["", "hospitalised", "dead"] = ""
    together: bool = False
    currently: bool = False
    linked: bool = False
    local: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> Counted:
        if sum(map(bool, (self.symptoms, self.rule, self.diseases, self.event))) != 1:
            raise ValueError("a threshold counts exactly one of symptoms, rule, diseases, event")
        if (self.n is None) == (self.share is None):
            raise ValueError("a threshold has either n or share")
        if (self.linked or self.local) and not self.diseases:
            raise ValueError("only cases are linked, or infected elsewhere")
        return self


class Threshold(Row):
    """So many in a place within a window make an alert. ``window_days`` rolls and includes both ends; None: see ``window``.
    ``act_minutes``: 0 at once, None without a number ("promptly")."""

    scopes: tuple[Scope, ...] = Field(min_length=1)
    window: Literal["rolling", "event", "term", "none"] = "rolling"
    window_days: int | None = Field(default=None, ge=1, le=366)
    counts: tuple[Counted, ...] = Field(min_length=1)
    tier: Literal["report", "cluster", "event", "closure", "novel"]
    act_minutes: int | None = Field(default=None, ge=0)
    action: Text

    @model_validator(mode="after")
    def _window_said(self) -> Threshold:
        if (self.window == "rolling") != (self.window_days is not None):
            raise ValueError("a rolling window has days, no other has")
        if self.window != "term" and any(count.linked for count in self.counts):
            raise ValueError("linked people are counted by term")
        return self


class ReportClock(Row):
    """How long there is to report what to whom, from the diagnosis on. ``on`` is a management class, or a kind of event."""

    on: Literal["A", "B", "C", "outbreak", "unexplained"]
    minutes: int = Field(ge=0, le=20160)
    to: Text


class Window(Strict):
    """From one clock time to a later one of the same campus day."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _ends_after_start(self) -> Window:
        if self.closes <= self.opens:
            raise ValueError("a window closes after it opens, on the same day")
        return self


class Measure(Text):
    """Something a level asks for that somebody has to see to: whoever is responsible for its ``area`` (one of the rulebook's, or of the
    school's own: "own-7")."""

    area: str = Field(pattern=r"^[a-z0-9-]+$")


class Effects(Strict):
    """What a response level changes inside a campus. ``further_reports``: when health is reported again, after the morning's report;
    ``zero_report_by``: by when units confirm daily (None: not asked by the level)."""

    further_reports: tuple[Window, ...] = Field(default=(), max_length=5)
    gatherings: Literal["allowed", "approval", "suspended"]
    return_needs_approval: bool
    gate: Literal["open", "temperature", "closed-loop", "closed"]
    teaching: Literal["normal", "staggered", "remote"]
    leaders_on_duty: int = Field(ge=0, le=5)
    managers_on_duty: int = Field(ge=0, le=5)
    zero_report_by: time | None
    measures: tuple[Measure, ...] = ()

    @property
    def reports_per_day(self) -> int:
        return 1 + len(self.further_reports)

    @model_validator(mode="after")
    def _windows_apart(self) -> Effects:
        in_order = sorted(self.further_reports, key=lambda one: one.opens)
        if any(later.opens < earlier.closes for earlier, later in pairwise(in_order)):
            raise ValueError("the windows of further reports overlap")
        return self


class LevelEffects(Row):
    """What the product proposes for a level: the command group may change it before it switches."""

    level: Literal["I", "II", "III", "IV", "routine"]
    effects: Effects


class Area(Row):
    """A field of work for which a school's command group has one responsible leader."""

    area: str = Field(pattern=r"^[a-z0-9-]+$")


Screened = Literal["symptomatic", "contact", "in-area", "through"]


class Screening(Row):
    """Who is screened for where they were. ``window_days``: so many days after the last day in a risk area, that day not counted;
    ``listed_days``: a stay up to so many days before an area was listed counts; ``look_back_days``: so far back people are asked
    where they were; ``clock_minutes``: class of person -> how soon somebody is to have begun with them."""

    window_days: int = Field(ge=1, le=60)
    listed_days: int = Field(ge=0, le=60)
    look_back_days: int = Field(ge=1, le=60)
    clock_minutes: dict[Screened, int]

    @model_validator(mode="after")
    def _every_class_has_a_clock(self) -> Screening:
        if set(self.clock_minutes) != set(get_args(Screened)) or min(self.clock_minutes.values()) < 1:
            raise ValueError("every class of person has minutes")
        return self

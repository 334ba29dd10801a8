"""A disease's pack: how it is classed, defined, passed on, watched, isolated and released, each by dated rows.

The code that uses them knows no disease: it asks for the row that holds on a day, and reads its numbers.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from linglou.foundation.rulebook.rules import criteria
from linglou.foundation.rulebook.rules.criteria import Criterion
from linglou.foundation.rulebook.rules.rows import Row, Strict, Text

Status = Literal["suspected", "probable", "confirmed", "asymptomatic"]
# What days are counted from: an event of a case or of an exposure.
Event = Literal[
    "onset", "rash-onset", "swelling-onset", "sample", "diagnosis", "last-contact", "symptoms-end", "fever-end", "treatment-start",
    "first-negative", "lesions-dry",
]  # fmt: skip
EVENTS: dict[str, Text] = {
    "onset": Text(zh="发病", en="onset"),
    "rash-onset": Text(zh="出疹", en="rash onset"),
    "swelling-onset": Text(zh="腮腺肿大", en="parotid swelling"),
    "sample": Text(zh="采样", en="sampling"),
    "diagnosis": Text(zh="诊断", en="diagnosis"),
    "last-contact": Text(zh="末次接触", en="last contact"),
    "symptoms-end": Text(zh="症状消失", en="end of symptoms"),
    "fever-end": Text(zh="退热（未用退热药）", en="end of fever (without medicine)"),
    "treatment-start": Text(zh="规范治疗开始", en="start of proper treatment"),
    "first-negative": Text(zh="首次核酸阴性", en="first negative PCR"),
    "lesions-dry": Text(zh="皮疹结痂干燥", en="lesions crusted and dry"),
}


class _WithCriteria(Row):
    """``when`` is a criteria tree over the fact vocabulary."""

    when: dict[str, Any]

    @model_validator(mode="after")
    def _criteria_read(self) -> _WithCriteria:
        unknown = criteria.parse(self.when).events() - EVENTS.keys()
        if unknown:
            raise ValueError(f"unknown events: {', '.join(sorted(unknown))}")
        return self

    @cached_property
    def criterion(self) -> Criterion:
        return criteria.parse(self.when)


class Classification(Row):
    """How the law classes a disease (A, B, C, or none of them), and as what it is managed."""

    kind: Literal["classification"]
    statutory: Literal["A", "B", "C", "none"]
    managed_as: Literal["A", "B", "C", "none"]
    icd10: str
    icd11: str = ""


class CaseDefinition(_WithCriteria):
    """When somebody counts as a case of a status."""

    kind: Literal["case-definition"]
    status: Status


class InfectiousWindow(Row):
    """From when to when a case may infect, in days around an event (negative: before it). ``until_days`` None: until released.
    ``until_event`` counts the end from another event than ``anchor``."""

    kind: Literal["infectious-window"]
    anchor: Event
    from_days: int = Field(ge=-30, le=30)
    until_days: int | None = Field(ge=0, le=400)
    until_event: Event | None = None
    asymptomatic_anchor: Event = "sample"
    asymptomatic_from_days: int = Field(default=0, ge=-30, le=0)


class Setting(Strict):
    """A kind of meeting that makes a contact close: from so many minutes together; ``seats`` and ``rows`` limit the distance
    (None: anywhere in the same place)."""

    where: Literal["dorm-room", "class-session", "vehicle", "gathering", "canteen", "household", "named", "place"]
    minutes: int = Field(default=0, ge=0, le=1440)
    seats: int | None = Field(default=None, ge=0, le=100)
    rows: int | None = Field(default=None, ge=0, le=100)


class ContactDefinition(Row):
    """Who is looked for around a case: ``persons``, ``places`` (a vector carries it), or nobody (``none``).
    ``degrees`` is 2 where contacts of contacts are traced too."""

    kind: Literal["contact-definition"]
    tracing: Literal["persons", "places", "none"]
    close: tuple[Setting, ...] = ()
    degrees: Literal[0, 1, 2] = 1

    @model_validator(mode="after")
    def _says_where(self) -> ContactDefinition:
        if (self.tracing == "persons") != bool(self.close) or (self.tracing == "none") != (self.degrees == 0):
            raise ValueError("persons need settings and a degree; places and none have no settings; none has degree 0")
        return self


class Observation(Row):
    """How long somebody is watched: day 1 is the day after the event, the last day is day ``days``. ``prophylaxis`` and
    ``screening`` say what else is offered."""

    kind: Literal["observation"]
    of: Literal["close-contact", "contact-of-contact", "returnee", "suspected"]
    since: Event
    days: int = Field(ge=0, le=120)
    checks_per_day: int = Field(ge=1, le=6)
    places: tuple[Literal["home", "dorm", "isolation-room", "hotel", "hospital"], ...] = Field(min_length=1)
    note: Text | None = None


class Release(_WithCriteria):
    """When isolation or observation ends, and when somebody may return to class. ``certificate``: a doctor's is asked for."""

    kind: Literal["release"]
    of: Literal["case", "asymptomatic", "close-contact", "return"]
    certificate: bool = False


class Parameter(Row):
    """A number of the disease's natural history with its study. ``quantiles``: percent -> value; ``mean_ci``: 95 % interval."""

    kind: Literal["parameter"]
    name: Literal["incubation", "serial-interval", "generation-time"]
    unit: Literal["days", "weeks", "years"]
    mean: float | None = None
    mean_ci: tuple[float, float] | None = None
    median: float | None = None
    sd: float | None = None
    quantiles: dict[str, float] = Field(default_factory=dict)
    distribution: str = ""
    doi: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> Parameter:
        if self.mean is None and self.median is None and not self.quantiles:
            raise ValueError("a parameter has a mean, a median or quantiles")
        return self


DiseaseRow = Annotated[
    Classification | CaseDefinition | InfectiousWindow | ContactDefinition | Observation | Release | Parameter,
    Field(discriminator="kind"),
]


class Disease(Strict):
    """A pack's head: ``slug`` names it in code and addresses, ``carried_by`` says whether people or places pass it on."""

    slug: str = Field(pattern=r"^[a-z0-9-]+$")
    name: Text
    carried_by: Literal["person", "vector"]
    rows: tuple[DiseaseRow, ...] = Field(min_length=1)

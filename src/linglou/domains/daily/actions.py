"""Writes of the daily domain that are not an answer (an answer goes through ``intake``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from linglou.domains.daily import queries, rules
from linglou.domains.daily.intake import service
from linglou.domains.daily.problems import CONFIRMED_SOMETHING_ELSE, NOTHING_TO_REPEAT
from linglou.domains.daily.queries import Given
from linglou.engines.rounds import publishing
from linglou.engines.rounds.access import Standing
from linglou.engines.rounds.models import Excuse, Form, Round
from linglou.engines.rounds.problems import FORM_INVALID
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person
from linglou.kernel.problems import Problem


def report(*, round_: Round, person_id: int, raw: Mapping[str, Any], key: str, by: Actor, at: datetime) -> service.Receipt:
    """Report for oneself or, where one may, for somebody else. Raises ``Problem``: what ``queries.ticket_for`` and the
    intake's ``submit`` raise."""
    return service.submit_from_thread(queries.ticket_for(by, round_, person_id, at), key, raw, at)


def repeat(*, round_: Round, confirmed: str, key: str, by: Actor, at: datetime) -> service.Receipt:
    """ "Nothing has changed": submit what the page listed, and only that. ``confirmed`` is the fingerprint that the page
    carried. Raises ``Problem`` (NOTHING_TO_REPEAT, CONFIRMED_SOMETHING_ELSE) and what ``report`` raises."""
    person = Person.objects.get(pk=by.person_id)
    offered = queries.repeat_of(round_, queries.last_report(person, at=at))
    if offered is None:
        raise Problem(NOTHING_TO_REPEAT)
    if offered.fingerprint != confirmed:
        raise Problem(CONFIRMED_SOMETHING_ELSE)
    return report(round_=round_, person_id=person.pk, raw=offered.answers, key=key, by=by, at=at)


@transaction.atomic
def open_answers(*, standing: Standing, round_: Round, by: Actor, at: datetime) -> Given | None:
    """The answers of a person as the actor may see them: all of them, or only that there are some. A look at somebody else's
    is on the trail."""
    given = queries.given_by_round(standing.person, [round_]).get(round_.pk)
    if given and standing.sees_answers and not standing.is_self:
        audit.record_reads(
            by=by, school_id=round_.school_id, at=at, action="response.read", person_ids=[standing.person.pk], round=round_.pk
        )
    return given


@transaction.atomic
def read_excuses(excuses: Iterable[Excuse], *, by: Actor, at: datetime) -> list[Excuse]:
    """The excuses of one page. Each says why somebody need not report (in hospital, for one), so each person shown gets an entry
    in the trail."""
    shown = list(excuses)
    persons = sorted({one.person_id for one in shown})
    audit.record_reads(by=by, school_id=by.school_id, at=at, action="excuse.list", person_ids=persons)
    return shown


def publish_form(*, key: str, title: str, rows: Sequence[dict[str, Any]], by: Actor, at: datetime) -> Form:
    """Check the questions and publish them as the form's next version. Raises ``Problem(FORM_INVALID)`` with every error."""
    errors = rules.check_form(title, rows)
    if errors:
        raise Problem(FORM_INVALID, errors=tuple(errors))
    return publishing.publish_form(school_id=by.school_id, key=key, title=title, questions=rows, by=by, at=at)

"""How a signal's facts and the report behind it read, for the signals domain (which knows no question and no code)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linglou.domains.daily import queries, rules
from linglou.engines.rounds.models import Response, Round
from linglou.kernel import regions


class Words:
    """What ``signals.words.Teller`` asks for."""

    def facts(self, because: Mapping[str, Any]) -> list[str]:
        return [word for name, value in because.items() for word in self._fact(name, value)]

    def _fact(self, name: str, value: Any) -> list[str]:
        match name:
            case "temperature":
                return [_("体温 %s ℃") % value]
            case "symptoms":
                return [str(rules.SYMPTOMS.get(code, code)) for code in value]
            case "exposure":
                return [str(rules.EXPOSURES.get(code, code)) for code in value]
            case "region":
                return [_("在风险地区：%s") % regions.name(value)]
            case "answers":
                return [_("“%s”的回答异常") % key for key in value]
        return [f"{name}: {value}"]

    def answers(self, *, school_id: int, round_id: int, person_id: int) -> list[tuple[str, str]]:
        round_ = Round.every.select_related("form").filter(pk=round_id, school_id=school_id).first()
        if round_ is None:
            return []
        given = Response.objects.filter(school_id=school_id, day=round_.day, round_id=round_id, respondent_id=person_id).first()
        return queries.describe(queries.questions_of(round_), given.answers) if given else []

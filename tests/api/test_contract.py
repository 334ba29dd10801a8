"""The OpenAPI document is kept: whatever fits it, or nearly does, is answered as it says, and never with a 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from linglou.api.main import api
from linglou.wsgi import application
from tests.access.world import School
from tests.factories.accounts import token

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
EXAMPLES = 12
DOCUMENT = schemathesis.openapi.from_dict(dict(api.get_openapi_schema()))
DOCUMENT.app = application
OPERATIONS = {operation.ok().label: operation.ok() for operation in DOCUMENT.get_all_operations()}

pytestmark = pytest.mark.django_db  # inside the module's own transaction


class Callers:
    """A school, and the tokens of those who may do the most in it."""

    def __init__(self) -> None:
        self.school = School()
        campus = self.school.campus
        self.tokens = [token(person, *self.verbs(person)) for person in (campus.office, campus.counsellor, campus.monitor)]
        objects = self.school.objects()
        self.ids = {name: value for name, value in objects.items() if name.endswith("_id")} | {"code": objects["code"]}

    def verbs(self, person: Any) -> list[str]:
        from linglou.foundation.accounts.queries import verbs_of
        from tests.factories.people import actor

        return [verb.value for verb in verbs_of(actor(person))]


@pytest.fixture(scope="module")
def callers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callers]:
    moments = (request_started, request_finished)
    for moment in moments:  # a server drops its connection there; here it holds the world
        moment.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        yield Callers()
        transaction.set_rollback(True)
    for moment in moments:
        moment.connect(close_old_connections)


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fits", "nearly-fits"])
def test_it_is_answered_as_documented(callers: Callers, label: str, mode: GenerationMode) -> None:
    operation = OPERATIONS[label]
    try:
        cases = operation.as_strategy(generation_mode=mode)
        cases.validate()
    except Exception as error:  # an operation without parameters has nothing that could be wrong
        pytest.skip(f"nothing to vary: {type(error).__name__}")

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases, caller=st.sampled_from(callers.tokens), real=st.booleans())
    def ask(case: Case, caller: str, real: bool) -> None:
        if real and mode is GenerationMode.POSITIVE:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = callers.ids.get(name, case.path_parameters[name])
        with transaction.atomic():
            case.call_and_validate(headers={"Authorization": f"Bearer {caller}", "Accept-Encoding": "identity"}, checks=CHECKS)
            transaction.set_rollback(True)

    try:
        ask()
    except Unsatisfiable:
        pytest.skip("nothing that could be wrong fits on the wire")


def test_every_operation_is_asked() -> None:
    assert len(OPERATIONS) >= 20

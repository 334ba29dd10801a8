"""A refusal as a page and as an RFC 9457 document, from wherever it comes."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from linglou.kernel.common_problems import TOO_MANY_TRIES
from linglou.kernel.problems import CATALOGUE, FieldError, Problem
from linglou.server.middleware import Problems, answer
from linglou.server.refusals import bad_request, broken

pytestmark = pytest.mark.django_db


def test_an_unknown_address_is_a_page_for_a_browser_and_a_document_for_a_program(client: Client) -> None:
    page = client.get("/no/such/page")
    assert page.status_code == 404
    assert "没有找到" in page.content.decode()
    assert 'href="/docs/problems#not-found"' in page.content.decode()

    document = client.get("/no/such/page", headers={"Accept": "application/json"})
    assert document.status_code == 404
    assert document["Content-Type"] == "application/problem+json"
    assert document.json()["type"] == "/docs/problems#not-found"


def test_every_type_address_has_an_anchor_in_the_catalogue(client: Client) -> None:
    text = client.get("/docs/problems").content.decode()
    assert [code for code in CATALOGUE if f'id="{code}"' not in text] == []


def test_a_form_without_its_token_is_told_what_to_do() -> None:
    careful = Client(enforce_csrf_checks=True)
    refused = careful.post("/ui/language/", {"language": "en"})
    assert refused.status_code == 403
    assert "请返回上一页" in refused.content.decode()


def test_the_page_names_each_wrong_field_and_says_when_to_come_back(rf: RequestFactory) -> None:
    problem = Problem(
        TOO_MANY_TRIES, seconds=40, retry_after=40, errors=(FieldError("temperature", "too-high", "体温超出范围", 60),)
    )
    page = answer(rf.get("/"), problem)
    assert page.status_code == 429
    assert page["Retry-After"] == "40"
    assert "请在 40 秒后再试" in page.content.decode()
    assert "体温超出范围" in page.content.decode()


def test_the_page_comes_out_while_the_database_is_away(rf: RequestFactory, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    def view(request: HttpRequest) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    request = rf.get("/")
    with django_assert_num_queries(0):
        try:
            view(request)
        except OperationalError as away:
            from_view = Problems(view).process_exception(request, away)  # type: ignore[arg-type]
            from_middleware = broken(request)
    for page in (from_view, from_middleware):
        assert page is not None
        assert page.status_code == 503
        assert page["Retry-After"] == "3"
        assert "数据库暂时连不上" in page.content.decode()


def test_an_unexpected_error_shows_no_detail(rf: RequestFactory) -> None:
    try:
        raise RuntimeError("id number 110101199003070000")
    except RuntimeError:
        page = broken(rf.get("/"))
    assert page.status_code == 500
    assert "110101" not in page.content.decode()
    assert bad_request(rf.get("/"), ValueError()).status_code == 400

"""The interface's own pages, for anybody."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/ui/gallery/", "/docs/problems", "/account/login/"])
def test_a_visitor_gets_the_page(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert '<html lang="zh-Hans">' in answer.content.decode()

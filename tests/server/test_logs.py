"""Logs say what went wrong, and never about whom."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.db import IntegrityError, transaction

from linglou.foundation.people.models import Person
from linglou.server.logs import JsonLines
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


def test_a_row_that_the_database_refused_is_not_written_down() -> None:
    who = Campus().students[0]
    who.number = "A\nB"
    who.save()
    try:
        with transaction.atomic():
            Person.objects.create(school_id=who.school_id, number=who.number, created_at=who.created_at)
    except IntegrityError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "broken", None, sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert "duplicate key value violates unique constraint" in line["trace"]
    assert "A\n" not in line["trace"]
    assert "\nB" not in line["trace"]
    assert line["trace"].rstrip().endswith("DETAIL: ...")

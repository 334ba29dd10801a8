"""``close-round`` closes as the page does."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from linglou.engines.rounds.models import Closing
from linglou.engines.tasks.models import Task
from tests.factories.boards import Morning

pytestmark = pytest.mark.django_db


def test_closing_by_command_opens_the_search_too() -> None:
    morning = Morning()
    out = StringIO()
    call_command("close_round", str(morning.round.pk), stdout=out, lang="en")
    assert "roster 6 = responded 2 + excused 1 + missing 3" in out.getvalue()
    assert Closing.objects.get().digest in out.getvalue()
    assert Task.objects.filter(kind="missing").count() == 3
    with pytest.raises(CommandError, match="round-already-closed"):
        call_command("close_round", str(morning.round.pk), stdout=StringIO())


def test_a_round_that_is_not_there_is_said_so() -> None:
    with pytest.raises(CommandError, match="no such round: 4711"):
        call_command("close_round", "4711", stdout=StringIO(), lang="en")

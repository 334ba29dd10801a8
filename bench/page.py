"""What a phone downloads to report: the page with everything it loads, as the server sends it (compressed, headers included).

The baseline is the same bytes uncompressed."""

from __future__ import annotations

import random
import re
from datetime import time, timedelta
from typing import Any

from bench import campus as campuses

TARGETS = {
    "kb": "<= 60",
    "home_kb": "(the first page, with the one tap)",
    "done_kb": "(the receipt)",
    "uncompressed_kb": "(the report page without compression)",
}
LOADED = re.compile(r'(?:<link[^>]+href|<script[^>]+src|<img[^>]+src)="(/[^"]+)"')
KIB = 1024


def run() -> dict[str, float]:
    with campuses.database():
        from django.core.management import call_command

        call_command("collectstatic", verbosity=0, interactive=False)
        client, round_id = _student()
        key = {"key": "bench-page-1", "temperature": "36.5", "symptoms": "none", "exposure": "none", "where.kind": "campus"}
        report = f"/report/{round_id}/"
        figures = {"kb": _weight(client, report), "home_kb": _weight(client, "/")}
        client.post(report, key | {"where.place": "3号楼 214"})
        figures["done_kb"] = _weight(client, f"{report}done/")
        figures["uncompressed_kb"] = _weight(client, report, encoding="identity")
        return figures


def _weight(client: Any, address: str, encoding: str = "gzip, br") -> float:
    page = client.get(address, headers={"accept-encoding": "identity"})
    assert page.status_code == 200, (address, page.status_code)
    loaded = dict.fromkeys(LOADED.findall(page.content.decode()))
    return sum(_bytes(client.get(one, headers={"accept-encoding": encoding})) for one in (address, *loaded)) / KIB


def _bytes(answer: Any) -> int:
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return len(body) + sum(len(name) + len(value) + 4 for name, value in answer.headers.items())


def _student() -> tuple[Any, int]:
    """A browser of a student with a room, and the round that waits for them."""
    from django.test import Client

    from linglou.demo.campus import Builder
    from linglou.domains.daily.rules import FORM_KEY, STANDARD_FORM
    from linglou.engines.rounds import actions, publishing
    from linglou.engines.rounds.models import Schedule
    from linglou.foundation.accounts import actions as accounts
    from linglou.kernel import clock

    now = clock.now()
    built = Builder(people=200, at=now - timedelta(days=80), dice=random.Random(1)).build()
    publishing.publish_form(
        school_id=built.school.pk, key=FORM_KEY, title="每日健康填报", questions=STANDARD_FORM, by=None, at=now
    )
    schedule = Schedule.objects.create(
        school=built.school, purpose=FORM_KEY, title="每日健康填报", audience=built.school, person_kind="student",
        form_key=FORM_KEY, opens=time(0), closes=time(0), from_day=clock.day_of(now),
    )  # fmt: skip
    round_ = actions.open_round(schedule=schedule, day=clock.day_of(now), at=now)
    client = Client(headers={"host": "localhost"})
    client.force_login(accounts.create_account(person=built.students[0], password="bench-page-7", at=now, by=None))
    return client, round_.pk

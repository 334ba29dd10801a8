"""The intake against an ordinary Django view and against a bare ceiling: same server process, same durable database."""

from __future__ import annotations

import json
import subprocess
from statistics import median

from bench import ground

PEOPLE, ROUNDS = 8000, 18  # so many that every answer is somebody's first in a round, as in the morning rush
CONNECTIONS = 64
WARM_UP, SECONDS, TURNS = 2.0, 1.2, 7  # many short turns: the machine is as noisy for one as for the other
KINDS = ("product", "django", "ceiling")
TARGETS = {
    "product_rps": ">= 5x django, >= 50 % of ceiling",
    "django_rps": "update_or_create in a transaction",
    "ceiling_rps": "the same rows, nothing checked",
    "p99_ms": "< 100",
}


def run() -> dict[str, float]:
    """Warm each up, then take turns (so that noise of the machine meets all alike); the medians."""
    with ground.laid(PEOPLE, rounds=ROUNDS) as place, ground.served(place, "bench.intake_app:application") as server:
        serial = dict.fromkeys(KINDS, 0)
        figures: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
        for turn in range(TURNS + 1):
            for kind in KINDS:
                measured = load(place, server.port, kind, WARM_UP if turn == 0 else SECONDS, serial[kind])
                serial[kind] = int(measured["next"])
                if turn:
                    figures[kind].append(measured)
    rps = {kind: median(one["rps"] for one in figures[kind]) for kind in KINDS}
    return {f"{kind}_rps": rps[kind] for kind in KINDS} | {"p99_ms": median(one["p99_ms"] for one in figures["product"])}


def load(place: ground.Ground, port: int, kind: str, seconds: float, offset: int) -> dict[str, float]:
    """One run of the load generator. Raises ``RuntimeError`` when anything was refused."""
    caller = place.python(
        "-m", "bench.load", str(port), str(place.tickets_file), kind, str(CONNECTIONS), str(seconds), str(offset),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    printed, _nothing = caller.communicate()
    measured: dict[str, float] = json.loads(printed)
    if measured["refused"]:
        raise RuntimeError(f"{kind}: refused {measured['refused']}")
    if measured["next"] > len(place.tickets):
        raise RuntimeError(f"{kind}: {len(place.tickets)} tickets are not enough for {measured['next']} first answers")
    return measured

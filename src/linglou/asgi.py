"""The server process: the intake takes its own requests out, Django answers the others, and both come and go together."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from linglou.server.front import Front
from linglou.server.postgres import PR_SET_PDEATHSIG
from linglou.wsgi import application as django  # loads Django; what follows needs it loaded

from linglou.domains.daily.intake import app, service  # isort: skip

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CHECK_SECONDS = 0.5

front = Front(django)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        round_id = app.round_of(scope)
        if round_id is None:
            await front(scope, receive, send)
        else:
            await app.answer(round_id, scope, receive, send)
    elif scope["type"] == "lifespan":
        await _live(receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Start the writer before the first request; at the end finish what is in hand, then commit what waits."""
    await receive()
    _die_with_parent()
    running = service.start()
    front.open()
    watch = asyncio.create_task(_watch(running))
    gc.collect()
    gc.freeze()  # what is loaded now stays: no collection has to walk it again
    gc.set_threshold(20_000, 20, 20)  # an answer is a hundred small objects, none of them in a circle
    await send({"type": "lifespan.startup.complete"})
    await receive()
    watch.cancel()
    await asyncio.to_thread(front.close)
    await asyncio.to_thread(service.stop)
    await send({"type": "lifespan.shutdown.complete"})


def _die_with_parent() -> None:
    """Granian runs us in a child of its own; killed, it must not leave us serving an address that is started again."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _watch(running: service.Running) -> None:
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        running.writer.check()

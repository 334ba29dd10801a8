"""The server process: granian, one worker, our ASGI application."""

from __future__ import annotations

import sys

from granian import Granian
from granian.constants import Interfaces, Loops

BACKLOG = 2048


def main() -> None:
    host, port = sys.argv[1], int(sys.argv[2])
    Granian(
        "linglou.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=1,
        backlog=BACKLOG,
        websockets=False,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()

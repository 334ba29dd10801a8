"""The server process: granian, one worker, our ASGI application.

Granian's backpressure counts connections, idle ones too: at its default a thousand phones that keep theirs open shut everybody
else out. So it is set to what the file limit allows, and a connection on which nothing is asked for a while is closed (which
granian does only when HTTP/1 is all it speaks; a proxy in front speaks HTTP/2 to the phones).
"""

from __future__ import annotations

import resource
import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings

BACKLOG = 2048
IDLE_MILLISECONDS = 30_000
OTHER_FILES = 512
MOST_CONNECTIONS = 20_000


def main() -> None:
    """``python -m linglou.server.serve HOST PORT [APPLICATION]``"""
    host, port, *rest = sys.argv[1:]
    Granian(
        rest[0] if rest else "linglou.asgi:application",
        address=host,
        port=int(port),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_MILLISECONDS),
        workers=1,
        backlog=BACKLOG,
        backpressure=connections(),
        websockets=False,
        log_access=False,
    ).serve()


def connections() -> int:
    """As many as there may be open files, less what we need ourselves."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(wanted - OTHER_FILES, 1)


if __name__ == "__main__":
    main()

"""``./dev bench NAME [--json]``: run one bench, print its table; with ``--json`` the last line is one JSON object."""

from __future__ import annotations

import importlib
import json
import sys

from bench.table import show

BENCHES = {
    "intake": "bench.intake",
    "board": "bench.board",
    "search": "bench.search",
    "import": "bench.import_roster",
    "close": "bench.close",
    "page": "bench.page",
    "trace": "bench.trace",
    "trace-term": "bench.trace_term",
    "screen": "bench.screen",
}


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--json"]
    if len(words) != 1 or words[0] not in BENCHES:
        raise SystemExit(f"usage: ./dev bench NAME [--json]   where NAME is one of: {', '.join(BENCHES)}")
    bench = importlib.import_module(BENCHES[words[0]])
    figures = bench.run()
    show(words[0], figures, targets=getattr(bench, "TARGETS", {}))
    if "--json" in sys.argv:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()

"""A roster of a hundred thousand rows (.xlsx, seventeen columns), previewed and applied to an empty school.

The baseline is what nobody can do without: reading the file (python-calamine, to Python values) and one bare COPY of those
values into a table of text columns, no check, no index. Both run in a process of their own, on the same durable PostgreSQL;
``peak_mb`` is the product process's ``ru_maxrss`` and the most that its helper held. ``again_seconds`` is the same file a second time: every row unchanged.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

ROWS = 100_000
TARGETS = {
    "seconds": "<= 4 x baseline",
    "ratio": "<= 4",
    "baseline_seconds": "(read alone + bare COPY)",
    "peak_mb": "<= 600",
}
TITLES = [
    "学号",
    "姓名",
    "性别",
    "身份证号",
    "手机",
    "学院",
    "专业",
    "班级",
    "辅导员",
    "校区",
    "楼栋",
    "寝室",
    "床位",
    "生源地",
    "家长姓名",
    "家长电话",
    "人员类别",
]
PROVINCES = [
    "11",
    "12",
    "13",
    "14",
    "21",
    "22",
    "23",
    "31",
    "32",
    "33",
    "34",
    "35",
    "36",
    "37",
    "41",
    "42",
    "43",
    "44",
    "45",
    "50",
    "51",
    "52",
    "53",
    "61",
    "62",
    "64",
    "65",
]


def run(rows: int = ROWS) -> dict[str, float]:
    from bench import campus

    with campus.database():
        path = Path(os.environ["LINGLOU_DATA"]) / "roster.xlsx"
        write(path, rows)
        path.chmod(0o644)
        baseline = _child("baseline", path)
        product = _child("product", path)
    figures = {
        "seconds": product["preview"] + product["apply"],
        "baseline_seconds": baseline["read"] + baseline["copy"],
        "peak_mb": product["peak_mb"],
    }
    return figures | {
        "ratio": figures["seconds"] / figures["baseline_seconds"],
        "preview_seconds": product["preview"],
        "apply_seconds": product["apply"],
        "read_seconds": baseline["read"],
        "copy_seconds": baseline["copy"],
        "again_seconds": product["again"],
    }


def write(path: Path, rows: int) -> None:
    """A believable roster: 20 colleges, classes of 40, rooms of four, names and numbers that differ from row to row."""
    import xlsxwriter

    from bench.campus import GIVEN, SURNAMES
    from linglou.kernel.identity import check_character

    rng = random.Random(20261123)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet("名单")
        page.write_row(0, 0, ["零陵大学 2026 年秋季学期学生名册"])
        page.write_row(1, 0, TITLES)
        for n in range(rows):
            male = rng.random() < 0.52
            born = f"{rng.choice(PROVINCES)}{rng.randrange(1, 30):02}{rng.randrange(1, 30):02}{rng.randrange(2002, 2009)}"
            first = f"{born}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}{n % 500 * 2 % 1000 + male:03}"
            college, class_ = n // 40 % 20, n // 40
            page.write_row(
                n + 2,
                0,
                [
                    f"2024{n:08}", rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2)))),
                    "男" if male else "女", first + check_character(first), f"13{rng.randrange(10**9):09}", f"第{college + 1}学院",
                    f"专业{college * 3 + class_ % 3}", f"{college + 1}院{class_ // 20 + 1}班", f"辅导员{class_ // 5}", "东校区",
                    f"{n // 1600 + 1}号楼", f"{n // 80 % 20 + 1}{n // 4 % 20 + 1:02}", str(n % 4 + 1), f"{born[:2]}省{born[2:6]}县",
                    rng.choice(SURNAMES) + rng.choice(GIVEN), f"15{rng.randrange(10**9):09}", "学生",
                ],
            )  # fmt: skip


def _child(what: str, path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.import_roster", what, str(path)], stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.strip().split("\n")[-1])
    return figures


def baseline(path: Path) -> dict[str, float]:
    import psycopg
    from python_calamine import CalamineWorkbook

    start = time.perf_counter()
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    read = time.perf_counter() - start
    start = time.perf_counter()
    columns = ", ".join(f"c{n} text" for n in range(len(TITLES)))
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(f"CREATE TABLE bench_bare ({columns})")
        with connection.cursor().copy("COPY bench_bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    return {"read": read, "copy": time.perf_counter() - start}


def product(path: Path) -> dict[str, float]:
    import django

    django.setup()
    from linglou.foundation.people import actions as people
    from linglou.foundation.people.models import RosterImport
    from linglou.foundation.people.roster_import import actions
    from linglou.kernel import clock

    school = people.open_unit(parent=None, tree="administration", kind="school", name="零陵大学", at=clock.now(), by=None)

    def once() -> tuple[RosterImport, float, float]:
        with path.open("rb") as file:
            job = actions.receive(
                school=school, file_name=path.name, chunks=iter(lambda: file.read(1 << 20), b""), at=clock.now(), by=None
            )
        start = time.perf_counter()
        job = actions.read(job, at=clock.now(), by=None)
        preview = time.perf_counter() - start
        job = actions.request_apply(job, at=clock.now(), by=None, leavers=())
        start = time.perf_counter()
        job = actions.apply_now(job, at=clock.now(), by=None)
        return job, preview, time.perf_counter() - start

    helped = _Helped()
    helped.start()
    job, preview, apply = once()
    if set(job.counts) & {"rejected", "changed"} or not job.counts["new"]:
        raise SystemExit(f"the bench's roster was not taken whole: {job.counts}")
    job, again_preview, again_apply = once()
    if job.counts["unchanged"] != job.counts["rows"]:
        raise SystemExit(f"the same file twice was not all unchanged: {job.counts}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + helped.end() / 1024**2
    return {"preview": preview, "apply": apply, "again": again_preview + again_apply, "peak_mb": peak}


class _Helped(threading.Thread):
    """Watches the processes under this one. A helper's own ``ru_maxrss`` would begin with what its parent held when it was made."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._over, self._most = threading.Event(), 0

    def run(self) -> None:
        import psutil

        me = psutil.Process()
        while not self._over.wait(0.2):
            held = 0
            for child in me.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    held += child.memory_info().rss
            self._most = max(self._most, held)

    def end(self) -> int:
        """Bytes."""
        self._over.set()
        self.join()
        return self._most


if __name__ == "__main__":
    print(json.dumps({"baseline": baseline, "product": product}[sys.argv[1]](Path(sys.argv[2]))))

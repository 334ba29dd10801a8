"""Roster files as schools send them: .xlsx, .xls, .ods and .csv of the same rows."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import xlwt

from linglou.foundation.access.actor import Actor
from linglou.foundation.people.models import RosterImport, RosterImportRow, Unit
from linglou.foundation.people.roster_import import actions, reasons
from linglou.kernel import clock, identity

Table = Sequence[Sequence[Any]]
HEADER = ["学号", "姓名", "性别", "身份证号", "手机", "学院", "专业", "班级", "楼栋", "寝室", "床位"]


def id_number(n: int, *, born: str = "20050901", male: bool = True, region: str = "340524") -> str:
    """A well-formed id number that nobody bears: ``n`` (below 500) tells them apart."""
    first = f"{region}{born}{n * 2 + male:03}"
    return first + identity.check_character(first)


def row(n: int, **changes: Any) -> list[Any]:
    """A good row under ``HEADER``; ``changes`` by title."""
    values = {
        "学号": f"2024{n:06}", "姓名": f"张三{'一二三四五六七八九十'[n % 10]}", "性别": "男", "身份证号": id_number(n), "手机": f"1380000{n:04}",
        "学院": "信息学院", "专业": "软件工程", "班级": f"软件240{n % 2 + 1}", "楼栋": "3号楼", "寝室": f"20{n % 9 + 1}", "床位": str(n % 4 + 1),
    }  # fmt: skip
    assert changes.keys() <= values.keys()
    return list((values | changes).values())


def table(count: int, *rows: list[Any]) -> list[list[Any]]:
    """A header, ``count`` good rows, and ``rows``."""
    return [HEADER, *(row(n) for n in range(1, count + 1)), *rows]


def xlsx(*sheets: Table, merge: Sequence[str] = (), names: Sequence[str] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for index, rows in enumerate(sheets):
        page = book.create_sheet(names[index] if names else f"Sheet{index + 1}")
        for values in rows:
            page.append([None if value == "" else value for value in values])
        for area in merge:
            page.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: Table) -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("名单")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for line, values in enumerate(rows):
        for position, value in enumerate(values):
            page.write(line, position, value, day) if isinstance(value, date) else page.write(line, position, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows: Table) -> bytes:
    def cell(value: Any) -> str:
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        if isinstance(value, date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(cell(value) for value in values)}</table:table-row>" for values in rows)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="名单">{lines}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return out.getvalue()


def csv_(rows: Table, *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def received(school: Unit, content: bytes, *, name: str = "名册.xlsx", by: Actor | None = None, **options: Any) -> RosterImport:
    return actions.receive(school=school, file_name=name, chunks=[content], at=clock.now(), by=by, options=options)


def previewed(
    school: Unit, content: bytes, *, name: str = "名册.xlsx", by: Actor | None = None, **options: Any
) -> RosterImport:
    return actions.read(received(school, content, name=name, by=by, **options), at=clock.now(), by=by)


def applied(school: Unit, content: bytes, *, leavers: Sequence[int] = (), by: Actor | None = None, **rest: Any) -> RosterImport:
    job = actions.request_apply(previewed(school, content, by=by, **rest), at=clock.now(), by=by, leavers=leavers)
    return actions.apply_now(job, at=clock.now(), by=by)


def verdicts(job: RosterImport) -> dict[str, int]:
    return {name: job.counts[name] for name in ("new", "changed", "unchanged", "left", "rejected") if job.counts.get(name)}


def codes(job: RosterImport) -> dict[int, list[str]]:
    """Line -> the codes of the reasons of its refusal."""
    rows = RosterImportRow.objects.filter(import_id=job.pk, verdict="rejected").order_by("line")
    return {line: [code for code, _values in reasons.load(why)] for line, why in rows.values_list("line", "reasons")}

"""Workbooks made by hand: the least of what a spreadsheet program writes (no writer of XLSX is installed)."""

# XML is written as one line.
# ruff: noqa: E501

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PARTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
# Formats of cells: none, a date (14), a date and time (22).
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/>'
    '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


@dataclass(frozen=True)
class Serial:
    """A date as spreadsheets keep it: days since 1899-12-30."""

    days: float


@dataclass(frozen=True)
class Formula:
    """A formula with its last result."""

    text: str
    result: str


Cell = str | float | int | bool | None | Serial | Formula
Rows = Sequence[Sequence[Cell]]


def write_workbook(path: Path, sheets: dict[str, Rows]) -> None:
    """Text is kept in shared strings, as spreadsheet programs do."""
    texts: list[str] = []
    bodies = [_sheet(rows, texts) for rows in sheets.values()]
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1)
    )
    links = "".join(_link(n, "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1))
    links += _link(len(sheets) + 1, "sharedStrings", "sharedStrings.xml")
    links += _link(len(sheets) + 2, "styles", "styles.xml")
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml"'
        ' ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + _link(1, "officeDocument", "xl/workbook.xml") + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_PARTS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
        "xl/styles.xml": _STYLES,
    } | {f"xl/worksheets/sheet{n}.xml": body for n, body in enumerate(bodies, 1)}  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, _HEAD + part)


def _link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_PARTS}/{kind}" Target="{target}"/>'


def _sheet(rows: Rows, texts: list[str]) -> str:
    lines = []
    for line, row in enumerate(rows, 1):
        cells = [_cell(f"{chr(65 + at)}{line}", value, texts) for at, value in enumerate(row)]
        lines.append(f'<row r="{line}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: str, value: Cell, texts: list[str]) -> str:
    match value:
        case None:
            return f'<c r="{place}"/>'
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case Serial(days):
            return f'<c r="{place}" s="{1 if days == int(days) else 2}"><v>{days}</v></c>'
        case Formula(text, result):
            return f'<c r="{place}" t="str"><f>{escape(text)}</f><v>{escape(result)}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{value}</v></c>'
    if value not in texts:
        texts.append(value)
    return f'<c r="{place}" t="s"><v>{texts.index(value)}</v></c>'

"""`mql_basis: auto` is decided once, by the first run that succeeds, and written down."""

from __future__ import annotations

import re
from typing import Literal, cast

import duckdb

from orchestration.errors import DataError

Basis = Literal["recorded", "scored", "both"]
_LINE = re.compile(r"^mql_basis[ \t]*:.*$", re.MULTILINE)


def decided_basis(warehouse: duckdb.DuckDBPyConnection) -> Basis:
    """What the model `int_mql_basis` found in the extracts."""
    rows = warehouse.execute("select distinct mql_basis from intermediate.int_mql_basis").fetchall()
    if len(rows) != 1 or rows[0][0] not in ("recorded", "scored", "both"):
        raise DataError(
            f"The model int_mql_basis decided nothing: {rows}",
            fix="set mql_basis in the settings to recorded, scored or both.",
        )
    return cast(Basis, rows[0][0])


def with_basis(settings_text: str, basis: Basis) -> str:
    """The settings with the basis set; every other line and comment stays."""
    line = f"mql_basis: {basis}  # decided by the first run; changing it restates published decisions"
    if _LINE.search(settings_text):
        return _LINE.sub(lambda _: line, settings_text, count=1)
    return f"{settings_text.rstrip()}\n\n{line}\n"

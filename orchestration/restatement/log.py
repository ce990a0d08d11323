"""Restatements in decisions.jsonl: lines of kind `restatement`, written once the result is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.calibration import ledger
from orchestration.restatement.tables import Restatement

KIND = "restatement"


def read_log(decisions: Path, published: Sequence[Restatement]) -> list[Restatement]:
    """All restatements so far. The published file fills in what a run killed right after it could not log."""
    logged = [_row(line) for line in ledger.read(decisions).of(KIND)]
    known = {row.number: row for row in (*published, *logged)}
    return [known[number] for number in sorted(known)]


def write_log(
    decisions: Path, rows: Iterable[Restatement], merged: Mapping[int, Sequence[tuple[str, str]]]
) -> None:
    """Append what is not there yet. merged: the leads (alias, lead) of an identity restatement, by number."""
    ledger.append(decisions, [_line(row, merged.get(row.number, ())) for row in rows])


def without_at(text: str) -> str:
    """The ledger takes nothing that could be an e-mail address, not even a pattern for one."""
    return text.replace("@", "(at)")


def _line(row: Restatement, merged: Sequence[tuple[str, str]]) -> dict[str, Any]:
    # `kind` is the ledger's own word for what a line is.
    content = {"restated" if name == "kind" else name: value for name, value in asdict(row).items()}
    leads = {"leads": [list(pair) for pair in merged]} if merged else {}
    return {"kind": KIND, **content, **leads}


def _row(line: Mapping[str, Any]) -> Restatement:
    return Restatement(
        number=int(line["number"]),
        as_of=date.fromisoformat(line["as_of"]),
        kind=str(line["restated"]),
        subject=str(line["subject"]),
        detail=str(line["detail"]),
        episodes_before=int(line["episodes_before"]),
        episodes_after=int(line["episodes_after"]),
        episodes_changed=int(line["episodes_changed"]),
    )

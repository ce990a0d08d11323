"""The last lines of a run and of `bandpass calibrate`: what is suggested, for whom, and what would help."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from orchestration.settings import Band
from orchestration.summary import show_suggestions

HELP = "What would help: 7 more SQLs of hand-offs old enough to count."


def row(**values: Any) -> dict[str, Any]:
    return {
        "segment": "global",
        "status": "INSUFFICIENT_DATA",
        "current_threshold": 62.0,
        "suggested_threshold": 62.0,
        "reasons": f"Keep 62: there is too little to judge it by. {HELP}",
    } | values


def shown(*rows: dict[str, Any], in_full: bool = False) -> str:
    out = io.StringIO()
    show_suggestions(Console(file=out, width=200), rows, Band(), in_full=in_full)
    return out.getvalue()


def test_a_run_says_what_would_help_and_calibrate_everything() -> None:
    assert HELP in shown(row())
    assert "too little to judge" not in shown(row())
    assert f"Keep 62: there is too little to judge it by. {HELP}" in shown(row(), in_full=True)


def test_channels_are_named_where_accepting_would_change_something() -> None:
    stays = row(segment="referral", status="FIRST_RUN", splits_off=True)
    moves = row(segment="web", status="CHANGE", suggested_threshold=70.0, splits_off=True)
    follows = row(segment="event", status="FIRST_RUN", splits_off=False)
    said = shown(row(), stays, moves, follows)
    assert "referral 62 of its own suggested, while all others move" in said
    assert "web 62 → 70 suggested" in said
    assert "event" not in said
    assert "2 of 3 would do better" in said

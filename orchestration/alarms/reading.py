"""What is published about a suggestion's outcome."""

from __future__ import annotations

from orchestration.alarms.outcomes import outcome_text
from orchestration.session import connected
from orchestration.workspace import Workspace

_TABLE = """
select count(*) from information_schema.tables
where table_schema = 'marts' and table_name = 'mart_suggestion_outcomes'
"""
_OUTCOME = "select * from marts.mart_suggestion_outcomes where suggestion_id = ?"


def published_outcome(workspace: Workspace, suggestion_id: str) -> str | None:
    """The outcome in one sentence; None where nothing is published about it."""
    if not workspace.marts().exists():
        return None
    with connected(workspace.marts(), read_only=True) as marts:
        if marts.execute(_TABLE).fetchall() == [(0,)]:
            return None
        found = marts.execute(_OUTCOME, [suggestion_id])
        names = [column[0] for column in found.description]
        row = found.fetchone()
    return outcome_text(dict(zip(names, row, strict=True))) if row else None

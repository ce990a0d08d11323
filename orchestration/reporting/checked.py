"""Rules and settings that can't do what they seem to do, or do more than they should."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.reporting.tables import Marts
from orchestration.reporting.words import name, plain

MOST_SHOWN = 3

_ROWS = """
    select rule_id, message, fix
    from marts.mart_rule_checks
    where severity = 'warning'
    order by check_id <> 'opens_reach_threshold', check_id, rule_id
"""
_COLUMNS = "check_id severity rule_id message fix"


@dataclass(frozen=True)
class Warned:
    """One warning of the rule check: of what, what is the matter, what helps."""

    what: str
    message: str
    fix: str


@dataclass(frozen=True)
class Checked:
    """The first warnings, and how many there are beside them."""

    shown: tuple[Warned, ...]
    more: int


def find_checked(marts: Marts) -> Checked | None:
    """None where there is nothing to warn of."""
    if not marts.has("mart_rule_checks", _COLUMNS):
        return None
    found = tuple(Warned(name(what), plain(message), plain(fix)) for what, message, fix in marts.rows(_ROWS))
    return Checked(found[:MOST_SHOWN], max(len(found) - MOST_SHOWN, 0)) if found else None

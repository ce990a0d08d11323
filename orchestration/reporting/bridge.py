"""Why SQLs over MQLs of a week are not the rate its MQLs will have: one sentence from mart_funnel_bridge."""

from __future__ import annotations

from datetime import date

from orchestration.reporting.cohorts import Cohorts, Week
from orchestration.reporting.tables import Marts
from orchestration.reporting.words import count, number, percent, span, week

_STEPS = """
    select step, sqls_change, sqls, mqls from marts.mart_funnel_bridge
    where span = 'week' and starts_on::date = ?
    order by step_order
"""
_COLUMNS = "span starts_on step_order step sqls_change sqls mqls"
_OTHERS = {
    "earlier_mqls": "of MQLs of earlier weeks",
    "without_mql": "never an MQL",
    "before_mql": "before their MQL",
    "other": "after another answer or too late",
}


def bridge_text(marts: Marts, cohorts: Cohorts | str, monday: date) -> str | None:
    """None where there is nothing to explain."""
    if not marts.has("mart_funnel_bridge", _COLUMNS):
        return None
    steps = {str(step): numbers for step, *numbers in marts.rows(_STEPS, [monday])}
    if not steps.keys() >= {"period", *_OTHERS, "late_sqls"}:
        return None
    if any(value is None for numbers in steps.values() for value in numbers):
        return None
    _, sqls, mqls = steps["period"]
    if not mqls:
        return None
    others = [f"{number(-steps[step][0])} {what}" for step, what in _OTHERS.items() if steps[step][0] < 0]
    so_far = steps["late_sqls"][1]
    return (
        f"{week(monday)}: {count(sqls, 'SQL')} over {count(mqls, 'MQL')}, {percent(sqls / mqls)}. "
        + (f"Of these SQLs: {', '.join(others)}. " if others else "")
        + f"Of the week's own MQLs {number(so_far)} became SQL so far ({percent(so_far / mqls)}); "
        + _in_the_end(cohorts, monday)
    )


def _in_the_end(cohorts: Cohorts | str, monday: date) -> str:
    found: Week | None = None
    if isinstance(cohorts, Cohorts):
        found = next((week for week in cohorts.weeks if week.monday == monday), None)
    if found is not None and found.final is not None:
        return f"final: {percent(found.final)}."
    if found is None or found.expected is None:
        return "they are too young for an expected final rate."
    return f"expected final: {percent(found.expected)} ({span(found.expected_low, found.expected_high)})."

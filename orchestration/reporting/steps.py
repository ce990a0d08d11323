"""Every step of the funnel: final rates of cohorts, all MQLs, all channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.reporting.statistics import Rate
from orchestration.reporting.tables import Marts
from orchestration.settings import Settings

FINAL_WEEKS = 13
LABELS = {
    "lead_to_mql": "Lead → MQL",
    "mql_to_sql": "MQL → SQL",
    "sql_to_opportunity": "SQL → opportunity",
    "opportunity_to_customer": "Opportunity → customer",
    "mql_to_customer": "MQL → customer",
}

_FINAL = """
    with ranked as (
        select cohort_week::date as monday, entered, converted_within_horizon,
               row_number() over (order by cohort_week desc) as age
        from marts.mart_conversion_weekly
        where step = ? and channel = '(all)' and campaign_id = '(all)' and is_matured
          and cohort_week::date <= ? and entered > 0
    )
    select min(monday), max(monday), sum(entered), sum(converted_within_horizon) from ranked where age <= ?
"""


@dataclass(frozen=True)
class Step:
    label: str
    horizon: int
    rate: Rate | None
    first: date | None
    last: date | None


def read_steps(marts: Marts, as_of_day: date, settings: Settings) -> tuple[Step, ...] | str:
    """The newest final weeks of each step pooled; a step without a final week has no rate."""
    gap = marts.gap(
        "mart_conversion_weekly",
        "cohort_week channel campaign_id step entered converted_within_horizon is_matured",
    )
    if gap:
        return gap
    found = []
    for step, label in LABELS.items():
        first, last, entered, converted = marts.rows(_FINAL, [step, as_of_day, FINAL_WEEKS])[0]
        rate = Rate(int(converted or 0), int(entered)) if entered else None
        found.append(Step(label, getattr(settings.horizon_days, step), rate, first, last))
    return tuple(found)

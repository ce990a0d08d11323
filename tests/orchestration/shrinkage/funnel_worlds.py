"""Worlds of small campaigns with known rates, as the counts that the job reads."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from scipy.special import expit

from tests.dbt_funnel.rendering import macro

HORIZON = 90


@dataclass(frozen=True)
class World:
    """counts: as `read_counts` gives them. rates: true final rates by (channel, campaign_id or `(all)`)."""

    counts: pd.DataFrame
    rates: dict[tuple[str, str], float]


def make_world(
    rng: np.random.Generator, *, spread_of_channels: float, spread_of_campaigns: float, channels: int = 8
) -> World:
    """3 to 9 campaigns a channel, mostly of 2 to 100 leads, seen for up to 250 days; half the SQLs in 18."""
    frames, rates = [], {}
    for number in range(channels):
        centre = rng.normal(-1.4, spread_of_channels)
        name = f"channel_{number}"
        for campaign in range(int(rng.integers(3, 10))):
            rate = float(expit(rng.normal(centre, spread_of_campaigns)))
            leads = 1 + int(rng.lognormal(2.7, 1.2))
            oldest = int(rng.integers(10, 251))
            age = rng.integers(0, oldest + 1, leads)
            wins = rng.random(leads) < rate
            delay = np.floor(rng.lognormal(np.log(18), 0.9, leads)).clip(0, HORIZON)
            frames.append(
                pd.DataFrame(
                    {
                        "channel": name,
                        "campaign_id": f"campaign_{campaign}",
                        "age_days": age,
                        "delay_days": np.where(wins & (delay <= age), delay, np.nan),
                    }
                )
            )
            rates[name, f"campaign_{campaign}"] = rate
        sizes = {f["campaign_id"].iloc[0]: len(f) for f in frames if f["channel"].iloc[0] == name}
        total = sum(sizes.values())
        rates[name, "(all)"] = sum(rates[name, c] * n for c, n in sizes.items()) / total
    return World(_counts(pd.concat(frames, ignore_index=True)), rates)


def _counts(entrants: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as connection:
        connection.register("leads", entrants)
        connection.execute(
            f"""
            create table entrants as
            select *, 'mql_to_sql' as step, {HORIZON} as horizon_days, least(age_days, {HORIZON}) as seen_days
            from (select * replace (if(isnan(delay_days), null, delay_days::bigint) as delay_days) from leads)
            """  # noqa: S608 - a number of ours
        )
        curve = macro("funnel.sql", "delay_curve", "entrants", 91, 20)
        return connection.execute(
            f"""
            select e.step, channel, campaign_id, curve.age_days, g, g_error, e.horizon_days,
                count(*) as entered, count(delay_days) as converted
            from entrants as e inner join ({curve}) as curve on curve.age_days = seen_days
            group by all order by all
            """  # noqa: S608 - a macro of ours
        ).df()


G = {0: 0.0, 30: 0.6, HORIZON: 1.0}
COUNTS = {
    "step": str, "channel": str, "campaign_id": str, "age_days": int, "g": float, "g_error": float,
    "horizon_days": int, "entered": int, "converted": int,
}  # fmt: skip


def counts(*rows: tuple[str, str, int, int, int]) -> pd.DataFrame:
    """channel, campaign, age, entered, converted; as `read_counts` gives them."""
    table = [
        ("mql_to_sql", channel, name, age, G[age], 0, HORIZON, n, k) for channel, name, age, n, k in rows
    ]
    return pd.DataFrame(table, columns=list(COUNTS)).astype(COUNTS)

"""What the shrunken rates are made of, counted by SQL in the warehouse and the marts of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd

from orchestration.calibration.model import Flags, Floats, Ints

STEPS = ("lead_to_mql", "mql_to_sql")

# The same entrants and the same G as mart_conversion_weekly; all that are older than the horizon are alike.
_COUNTS = """
select
    entries.step,
    entries.channel,
    entries.campaign_id,
    curve.age_days,
    curve.g,
    curve.g_error,
    entries.horizon_days,
    count(*) as entered,
    count(*) filter (where entries.is_within_horizon) as converted
from warehouse.intermediate.int_funnel_entries as entries
inner join warehouse.intermediate.int_delay_curve as curve
    on curve.step = entries.step and curve.age_days = least(entries.age_days, entries.horizon_days)
where entries.step in ('lead_to_mql', 'mql_to_sql') and entries.age_days between 0 and $history_days - 1
group by all
order by all
"""


@dataclass(frozen=True)
class Units:
    """Entrants by unit (a campaign or a channel) and age in days.

    names: a row per unit, channel and campaign_id. group: (units,) number of the unit's channel, ascending.
    entered, converted: (units, ages). g: (ages,) share of the final conversions seen by that age; g_error:
    (ages,) its standard error as a share of it. is_full: (ages,) whether that age is the horizon, which holds
    all that are older.
    """

    names: pd.DataFrame
    group: Ints
    entered: Floats
    converted: Floats
    g: Floats
    g_error: Floats
    is_full: Flags

    @property
    def exposure(self) -> Floats:
        """(units,) entrants that have been seen as a whole: the sum of G of their ages."""
        return self.entered @ self.g

    @property
    def seen(self) -> Floats:
        """(units,) conversions at ages of which the delay curve expects any."""
        return self.converted @ (self.g > 0).astype(np.float64)

    @property
    def judged(self) -> Units:
        """The same without ages of which nothing is known."""
        known = self.g > 0
        return replace(
            self,
            entered=self.entered[:, known],
            converted=self.converted[:, known],
            g=self.g[known],
            g_error=self.g_error[known],
            is_full=self.is_full[known],
        )

    @property
    def on_other_curves(self) -> list[Units]:
        """The same with a delay curve one standard error lower, and higher: errors of ages are much alike."""
        if not self.g_error.any():
            return [self]
        return [replace(self, g=np.minimum(self.g * np.exp(e), 1.0)) for e in (-self.g_error, self.g_error)]


def read_counts(connection: duckdb.DuckDBPyConnection, *, history_days: int) -> pd.DataFrame:
    """Entrants and conversions per step, channel, campaign and age, from the attached `warehouse`."""
    return connection.execute(_COUNTS, {"history_days": history_days}).df()


def campaigns(counts: pd.DataFrame) -> Units:
    """The campaigns of one step's counts, sorted by channel; leads without one are a unit of their own."""
    ages = np.sort(counts["age_days"].unique())
    names = counts[["channel", "campaign_id"]].drop_duplicates().sort_values(["channel", "campaign_id"])
    rows = pd.MultiIndex.from_frame(names).get_indexer(pd.MultiIndex.from_frame(counts[list(names)]))
    columns = np.searchsorted(ages, counts["age_days"])
    entered = np.zeros((len(names), ages.size))
    converted = np.zeros_like(entered)
    entered[rows, columns] = counts["entered"]
    converted[rows, columns] = counts["converted"]
    curve = counts.groupby("age_days")[["g", "g_error"]].first().astype(np.float64)
    g, g_error = curve["g"].to_numpy(), curve["g_error"].to_numpy()
    group = pd.factorize(names["channel"])[0].astype(np.int64)
    is_full = ages == int(counts["horizon_days"].iloc[0])
    return Units(names.reset_index(drop=True), group, entered, converted, g, g_error, is_full)


def channels(units: Units) -> Units:
    """The same by channel."""
    starts = np.flatnonzero(np.diff(units.group, prepend=-1))
    return Units(
        names=units.names.iloc[starts].assign(campaign_id="(all)").reset_index(drop=True),
        group=np.zeros(starts.size, dtype=np.int64),
        entered=np.add.reduceat(units.entered, starts),
        converted=np.add.reduceat(units.converted, starts),
        g=units.g,
        g_error=units.g_error,
        is_full=units.is_full,
    )

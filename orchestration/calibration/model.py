"""What the calibration takes in and gives back: the columns of the two published tables, as typed records."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

Status = Literal[
    "CHANGE",
    "HOLD",
    "INSUFFICIENT_DATA",
    "BAND_UNREACHABLE",
    "CAPACITY_BOUND",
    "DEGENERATE_SCORE",
    "NON_MONOTONE",
    "CHECK_LEAKAGE",
    "FIRST_RUN",
]

#: column -> DuckDB type of mart_threshold_curve
CURVE_COLUMNS: dict[str, str] = {
    "as_of": "TIMESTAMP",
    "segment": "VARCHAR",
    "threshold": "DOUBLE",
    "rate": "DOUBLE",
    "rate_low": "DOUBLE",
    "rate_high": "DOUBLE",
    "p_in_band": "DOUBLE",
    "mqls_per_week": "DOUBLE",
    "sqls_per_week": "DOUBLE",
    "is_identified": "BOOLEAN",
}

#: column -> DuckDB type of mart_threshold_suggestions
SUGGESTION_COLUMNS: dict[str, str] = {
    "suggestion_id": "VARCHAR",
    "decision": "VARCHAR",
    "decided_at": "TIMESTAMP",
    "decided_by": "VARCHAR",
    "decision_note": "VARCHAR",
    "as_of": "TIMESTAMP",
    "segment": "VARCHAR",
    "current_threshold": "DOUBLE",
    "suggested_threshold": "DOUBLE",
    "equivalent_low": "DOUBLE",
    "equivalent_high": "DOUBLE",
    "status": "VARCHAR",
    "reasons": "VARCHAR",
    "rate_now": "DOUBLE",
    "rate_now_low": "DOUBLE",
    "rate_now_high": "DOUBLE",
    "rate_after": "DOUBLE",
    "rate_after_low": "DOUBLE",
    "rate_after_high": "DOUBLE",
    "p_in_band_now": "DOUBLE",
    "p_in_band_after": "DOUBLE",
    "mqls_per_week_now": "DOUBLE",
    "mqls_per_week_after": "DOUBLE",
    "sqls_per_week_now": "DOUBLE",
    "sqls_per_week_after": "DOUBLE",
    "marginal_rate": "DOUBLE",
    "worst_case_rate": "DOUBLE",
    "is_identified": "BOOLEAN",
    "handed_off_leads": "BIGINT",
    "sqls": "BIGINT",
    "settings_hash": "VARCHAR",
    "seed": "BIGINT",
    "exact_now_low": "DOUBLE",
    "exact_now_high": "DOUBLE",
    "exact_after_low": "DOUBLE",
    "exact_after_high": "DOUBLE",
    "p_monotone": "DOUBLE",
    "splits_off": "BOOLEAN",
}


@dataclass(frozen=True)
class Suggestion:
    """One calibration of one segment: a row of mart_threshold_suggestions, and its curve.

    Times are UTC without a zone; `as_of` is exclusive. Rates are shares in [0, 1] of handed-off leads that
    become SQL within the horizon (expected final), volumes are leads a week, thresholds are score points.
    The decision columns are None until a person decides. `p_in_band_*` is None only with INSUFFICIENT_DATA.
    `exact_*` are the 90 % Clopper-Pearson intervals over the whole history; `p_monotone` is the p value of
    "higher scores convert no worse". `splits_off`: accepted, this channel gets a threshold of its own, which
    it has not now; None for all channels together.
    """

    suggestion_id: str
    as_of: pd.Timestamp
    segment: str
    current_threshold: float
    suggested_threshold: float
    equivalent_low: float
    equivalent_high: float
    status: Status
    reasons: str
    rate_now: float
    rate_now_low: float
    rate_now_high: float
    rate_after: float
    rate_after_low: float
    rate_after_high: float
    p_in_band_now: float | None
    p_in_band_after: float | None
    mqls_per_week_now: float
    mqls_per_week_after: float
    sqls_per_week_now: float
    sqls_per_week_after: float
    marginal_rate: float
    worst_case_rate: float
    is_identified: bool
    handed_off_leads: int
    sqls: int
    settings_hash: str
    seed: int
    exact_now_low: float
    exact_now_high: float
    exact_after_low: float
    exact_after_high: float
    p_monotone: float
    curve: pd.DataFrame = field(repr=False, compare=False)
    decision: str | None = None
    decided_at: pd.Timestamp | None = None
    decided_by: str | None = None
    decision_note: str | None = None
    splits_off: bool | None = None

    def row(self) -> dict[str, Any]:
        """The columns of mart_threshold_suggestions, in their order."""
        return {name: getattr(self, name) for name in SUGGESTION_COLUMNS}


_missing = {f.name for f in fields(Suggestion)} ^ (set(SUGGESTION_COLUMNS) | {"curve"})
if _missing:  # pragma: no cover - a programming error, seen at import
    raise TypeError(f"Suggestion and SUGGESTION_COLUMNS differ in {sorted(_missing)}")

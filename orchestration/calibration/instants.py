"""Times: UTC without a zone inside, the as-of exclusive."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from orchestration.asof import local_day
from orchestration.calibration.model import Ints
from orchestration.errors import UsageError


def utc_timestamp(value: Any) -> pd.Timestamp:
    """A UTC timestamp without zone (naive values are UTC already). Raises UsageError where it is no time."""
    try:
        stamp = pd.Timestamp(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{value!r} is not a time", where="as_of", fix="give a UTC timestamp.") from error
    if pd.isna(stamp):
        raise UsageError("The as-of is empty", where="as_of", fix="give a UTC timestamp.")
    return stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp


def microseconds(stamp: pd.Timestamp) -> int:
    """Microseconds since 1970 of a timestamp without zone."""
    return int(stamp.to_datetime64().astype("datetime64[us]").astype(np.int64))


def as_of_end(day: date, zone: ZoneInfo) -> pd.Timestamp:
    """The exclusive UTC end of a reporting-zone day."""
    following = pd.Timestamp(day) + pd.Timedelta(days=1)
    local = following.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return local.tz_convert("UTC").tz_localize(None)


def day_before(as_of: pd.Timestamp, zone: ZoneInfo) -> date:
    """The reporting-zone day at whose end an exclusive UTC as-of stands."""
    return local_day(as_of - pd.Timedelta(microseconds=1), zone)


def local_midnight(stamps: Ints, zone: ZoneInfo) -> Ints:
    """00:00 (as if UTC) of the reporting-zone day of each time: what a date-only value of that day is
    stored as.
    """
    local = pd.DatetimeIndex(stamps.astype("datetime64[us]")).tz_localize("UTC").tz_convert(zone)
    return cast("Ints", local.tz_localize(None).normalize().to_numpy(dtype="datetime64[us]").astype(np.int64))

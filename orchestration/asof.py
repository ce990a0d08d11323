"""Which day a run is for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.errors import DataError, UsageError

TimeRange = tuple[datetime, datetime]


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The reporting-zone day of a UTC instant (naive instants are UTC)."""
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after the day, in UTC without a zone, as DuckDB holds it."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    return midnight.astimezone(UTC).replace(tzinfo=None)


def parse_day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a day", where=where, fix="write it as YYYY-MM-DD, such as 2026-01-31."
        ) from error


def choose_as_of(
    requested: date | None, mapped: date | None, records: TimeRange | None, zone: ZoneInfo
) -> date:
    """The day asked for, else the mapping's, else the day of the newest record.

    An as-of before the first record would give empty tables that look like a result: an error.
    """
    if records is None:
        raise DataError(
            "There is no record with a time, so there is nothing to report on",
            fix="check with `bandpass doctor` what the extract files hold.",
        )
    oldest, newest = (local_day(instant, zone) for instant in records)
    chosen = requested or mapped or newest
    if chosen < oldest:
        raise UsageError(
            f"As-of {chosen} is before the first record ({oldest})",
            where="--as-of" if requested else "as_of of the mapping",
            fix=f"choose a day from {oldest} to {newest}.",
        )
    return chosen


def is_older(as_of: date, published: date | None) -> bool:
    """An older as-of is published beside the current files and never replaces them."""
    return published is not None and as_of < published

"""Instants, date-only values and days of the reporting time zone.

All datetimes are naive and mean UTC, as in the published file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Moment:
    """A time as stored; a date-only value stands at 00:00 UTC of its date."""

    at: datetime
    is_date_only: bool = False

    def plus_days(self, days: float) -> Moment:
        """Whole multiples of 24 hours later (or earlier)."""
        return Moment(self.at + timedelta(days=days), self.is_date_only)


@dataclass
class Calendar:
    """Days of the reporting zone, and the one comparison rule for date-only values."""

    zone: ZoneInfo
    _days: dict[datetime, date] = field(default_factory=dict)

    def day_of_instant(self, at: datetime) -> date:
        if at not in self._days:
            self._days[at] = at.replace(tzinfo=UTC).astimezone(self.zone).date()
        return self._days[at]

    def day(self, moment: Moment) -> date:
        """A date-only value is its own day in every zone."""
        return moment.at.date() if moment.is_date_only else self.day_of_instant(moment.at)

    def before(self, a: Moment, b: Moment) -> bool:
        """a is strictly before b; by day as soon as one of them is date-only (same day: not before)."""
        if a.is_date_only or b.is_date_only:
            return self.day(a) < self.day(b)
        return a.at < b.at

    def midnight(self, day: date) -> datetime:
        """The instant at which a reporting-zone day begins."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC).replace(tzinfo=None)

    def last_microsecond(self, day: date) -> datetime:
        return self.midnight(day + timedelta(days=1)) - MICROSECOND

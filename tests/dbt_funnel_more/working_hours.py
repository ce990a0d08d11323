"""Business hours by walking along the local days: a second implementation of macros/working_time.sql."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from orchestration.settings import Settings


def hours_of(day: date, settings: Settings) -> tuple[datetime, datetime] | None:
    """When sales opens and closes on a local day, in UTC. A clock time that comes twice is the second one."""
    hours, zone = settings.business_hours, settings.zone
    if day.isoweekday() not in hours.iso_weekdays:
        return None
    opens, closes = (
        (datetime.combine(day, time()) + timedelta(minutes=minute)).replace(tzinfo=zone, fold=1)
        for minute in (hours.start_minute, hours.end_minute)
    )
    return _second_or_before_gap(opens), _second_or_before_gap(closes)


def _second_or_before_gap(local: datetime) -> datetime:
    """A clock time that is left out in spring counts on from the time before the gap."""
    later = local.astimezone(UTC)
    is_left_out = later.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None)
    return (local.replace(fold=0).astimezone(UTC) if is_left_out else later).replace(tzinfo=None)


def _spans(since: datetime, settings: Settings) -> Iterator[tuple[datetime, datetime]]:
    day = since.replace(tzinfo=UTC).astimezone(settings.zone).date()
    while True:
        if span := hours_of(day, settings):
            yield max(span[0], since), span[1]
        day += timedelta(days=1)


def due(since: datetime, settings: Settings) -> datetime:
    """When the target of business hours from `since` on is used up; all times UTC without zone."""
    left = timedelta(hours=settings.response_target_hours)
    for opens, closes in _spans(since, settings):
        if closes - opens >= left:
            return opens + left
        left -= max(closes - opens, timedelta())
    raise AssertionError("unreachable: days never end")


def worked(since: datetime, until: datetime, settings: Settings) -> timedelta:
    """Business hours between two instants."""
    total = timedelta()
    for opens, closes in _spans(since, settings):
        if opens > until:
            return total
        total += max(min(closes, until) - opens, timedelta())
    raise AssertionError("unreachable: days never end")


def starts_to_wait(at: datetime, is_date_only: bool, settings: Settings) -> datetime:
    """What is known by its date only waits from the end of that day."""
    if not is_date_only:
        return at
    midnight = datetime.combine(at.date() + timedelta(days=1), time(), settings.zone)
    return midnight.astimezone(UTC).replace(tzinfo=None)

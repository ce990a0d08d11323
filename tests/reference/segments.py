"""The stretches of a lead's life between resets, and what the CRM says about it at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .facts import Lead, StageEntry

STAGES = ["lead", "mql", "sql", "opportunity", "customer", "disqualified", "recycled"]


@dataclass(frozen=True)
class Segment:
    """Segment k of a lead; ends_at is None for the last one."""

    number: int
    starts_at: datetime
    ends_at: datetime | None
    reset_reasons: tuple[str, ...] = ()  # why it starts: recycled, lost, reopened; empty for the first

    def holds(self, t: datetime) -> bool:
        """What is known in [starts_at, ends_at)."""
        return self.starts_at <= t and (self.ends_at is None or t < self.ends_at)

    def holds_entry(self, entry: StageEntry) -> bool:
        """A stage entry lies in the segment with starts_at <= known_at <= ends_at: both ends count."""
        return self.starts_at <= entry.known_at and (self.ends_at is None or entry.known_at <= self.ends_at)


def in_known_order(entries: list[StageEntry]) -> list[StageEntry]:
    """Stage entries in the order in which they became known.

    Those known at one instant stand by the time of entry; at one time of entry the one that was left first
    stands first, and then the funnel's own order decides.
    """
    return sorted(
        entries,
        key=lambda entry: (
            entry.known_at,
            entry.entered.at,
            entry.exited_at is None,
            entry.exited_at or entry.known_at,
            STAGES.index(entry.stage),
        ),
    )


def resets_of(lead: Lead) -> dict[datetime, list[str]]:
    """Known time of each reset, with its reasons."""
    resets: dict[datetime, list[str]] = {}
    previous: StageEntry | None = None
    for entry in in_known_order(lead.entries):
        if entry.stage == "recycled":
            resets.setdefault(entry.known_at, []).append("recycled")
        if previous is not None and previous.stage == "disqualified" and entry.stage != "disqualified":
            resets.setdefault(entry.known_at, []).append("reopened")
        previous = entry
    for opportunity in lead.opportunities:
        if opportunity.closed_known_at is not None and not opportunity.is_won:
            resets.setdefault(opportunity.closed_known_at, []).append("lost")
    return resets


def first_known(lead: Lead) -> datetime | None:
    """The least of the lead's creation and its first known row; None where nothing at all is known."""
    times = [activity.known_at for activity in lead.activities]
    times += [row.valid_from for row in lead.history]
    times += [entry.known_at for entry in lead.entries]
    times += [opportunity.known_at for opportunity in lead.opportunities]
    if lead.created_at is not None:
        times.append(lead.created_at)
    return min(times, default=None)


def segments_of(lead: Lead) -> list[Segment]:
    """Segments in order. A reset at the very start of a lead cuts nothing, so no segment is empty."""
    start = first_known(lead)
    if start is None:
        return []
    resets = {at: reasons for at, reasons in resets_of(lead).items() if at > start}
    starts = [start, *sorted(resets)]
    ends: list[datetime | None] = [*starts[1:], None]
    return [
        Segment(number, starts_at, ends_at, tuple(resets.get(starts_at, ())))
        for number, (starts_at, ends_at) in enumerate(zip(starts, ends, strict=True), start=1)
    ]


def segment_at(segments: list[Segment], t: datetime) -> Segment:
    """The segment that holds t; the first one for an instant before anything was known."""
    for segment in segments:
        if segment.holds(t):
            return segment
    return segments[0]


def stage_at(lead: Lead, t: datetime) -> str | None:
    """Stage of the newest entry known at t."""
    known = [entry for entry in in_known_order(lead.entries) if entry.known_at <= t]
    return known[-1].stage if known else None


def is_customer_at(lead: Lead, t: datetime) -> bool:
    """Customer by its newest known entry, or for good once a won opportunity is known."""
    won = any(
        o.is_won and o.closed_known_at is not None and o.closed_known_at <= t for o in lead.opportunities
    )
    return won or stage_at(lead, t) == "customer"


def has_open_opportunity_at(lead: Lead, t: datetime) -> bool:
    return any(
        o.known_at <= t and (o.closed_known_at is None or t < o.closed_known_at) for o in lead.opportunities
    )

"""What blocks a lead from becoming an MQL at an instant, and what qualifies it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from .conditions import holds
from .facts import ATTRIBUTES, Activity, Lead, World
from .moments import Moment
from .scores import Scores, threshold_at
from .seeds import ExclusionRow, PathStep
from .segments import Segment, has_open_opportunity_at, is_customer_at, stage_at

TOLERANCE = 1e-9


def exclusion_at(world: World, attributes: dict[str, Any], t: datetime) -> str | None:
    """First exclusion_id all of whose rows are in force and hold, else None."""
    day = world.calendar.day_of_instant(t)
    rows: defaultdict[str, list[ExclusionRow]] = defaultdict(list)
    for row in world.seeds.exclusions:
        if row.field not in ATTRIBUTES:
            raise ValueError(f"exclusion {row.exclusion_id}: no attribute {row.field!r}")
        rows[row.exclusion_id].append(row)
    for exclusion_id in sorted(rows):
        in_force = [row for row in rows[exclusion_id] if row.validity.holds_on(day)]
        if in_force and all(holds(row.operator, attributes[row.field], row.value) for row in in_force):
            return exclusion_id
    return None


def usable_activities(lead: Lead, segment: Segment, t: datetime) -> list[Activity]:
    """Non-bot activities of the segment known at t, capped or not."""
    return [a for a in lead.activities if not a.is_bot and a.known_at <= t and segment.holds(a.known_at)]


def passes_gates(world: World, lead: Lead, segment: Segment, channel: str | None, t: datetime) -> bool:
    """Every gate in force for the channel has seen one of its activity types."""
    day = world.calendar.day_of_instant(t)
    seen = {activity.activity_type for activity in usable_activities(lead, segment, t)}
    return all(
        gate.activity_types & seen
        for gate in world.seeds.gates
        if gate.channel in (None, channel) and gate.validity.holds_on(day)
    )


def blocks_at(world: World, lead: Lead, segment: Segment, t: datetime, episode_blocks: bool) -> list[str]:
    """Names of everything that blocks the lead at t; eligible where the list is empty.

    `episode_blocks` says whether an earlier episode of the segment still stands in the way.
    """
    attributes = lead.attributes_at(t)
    cools_until = segment.starts_at + timedelta(hours=24 * world.cooldown_days)
    found = {
        "excluded": exclusion_at(world, attributes, t) is not None,
        "customer": is_customer_at(lead, t),
        "open opportunity": has_open_opportunity_at(lead, t),
        "disqualified": stage_at(lead, t) == "disqualified",
        "cool-down": segment.number > 1 and t < cools_until,
        "gate": not passes_gates(world, lead, segment, attributes["channel"], t),
        "episode": episode_blocks,
    }
    return [name for name, is_blocking in found.items() if is_blocking]


def reaches(value: float, bound: float | None) -> bool:
    return bound is None or value >= bound - TOLERANCE


def qualifies_by_score(world: World, channel: str | None, scores: Scores, t: datetime) -> bool:
    row = threshold_at(world, channel, t)
    if row is None or row.threshold is None:
        return False
    enough_fit = reaches(scores.fit, row.min_fit)
    enough_engagement = reaches(scores.engagement, row.min_engagement)
    return reaches(scores.lead_score, row.threshold) and enough_fit and enough_engagement


def qualifying_path(
    world: World, lead: Lead, segment: Segment, channel: str | None, scores: Scores, t: datetime
) -> str | None:
    """The first path_id in force for the channel whose steps and minimums hold at t."""
    day = world.calendar.day_of_instant(t)
    paths: defaultdict[str, list[PathStep]] = defaultdict(list)
    for step in world.seeds.paths:
        if step.channel in (None, channel) and step.validity.holds_on(day):
            paths[step.path_id].append(step)
    activities = usable_activities(lead, segment, t)
    for path_id in sorted(paths):
        steps = sorted(paths[path_id], key=lambda step: step.step)
        enough = all(
            reaches(scores.fit, s.min_fit) and reaches(scores.engagement, s.min_engagement) for s in steps
        )
        if enough and steps_hold(world, steps, activities, t):
            return path_id
    return None


def steps_hold(world: World, steps: list[PathStep], activities: list[Activity], t: datetime) -> bool:
    """Every step finds its activities; an ordered path uses the earliest ones and each only once."""
    before = world.calendar.before
    used: set[str] = set()
    previous_end: Moment | None = None
    for step in steps:
        candidates = [a for a in activities if a.activity_type in step.activity_types]
        if step.within_days is not None:
            oldest = Moment(t).plus_days(-step.within_days)
            candidates = [a for a in candidates if not before(a.occurred, oldest)]
        if step.ordered:
            end = previous_end
            candidates = [a for a in candidates if a.activity_id not in used]
            candidates = [a for a in candidates if end is None or not before(a.occurred, end)]
        if len(candidates) < step.min_count:
            return False
        if step.ordered:
            taken = sorted(candidates, key=lambda a: (a.occurred.at, a.activity_id))[: step.min_count]
            used |= {a.activity_id for a in taken}
            previous_end = taken[-1].occurred
    return True

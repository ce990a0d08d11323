"""Points of activities, and the scores of a lead at an instant."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .conditions import holds
from .facts import ATTRIBUTES, Activity, Lead, World
from .moments import Calendar, Moment
from .seeds import ScoringRule, ThresholdRow
from .segments import Segment, segment_at

EPOCH = date(1970, 1, 1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Earned:
    """What one activity earns before decay; rule is None where no rule is in force for its type."""

    rule: ScoringRule | None
    points: float


@dataclass(frozen=True)
class Reason:
    rule_id: str
    activity_id: str | None
    occurred_at: datetime | None
    points: float


@dataclass(frozen=True)
class Scores:
    fit: float
    engagement: float
    reasons: tuple[Reason, ...]
    recorded: float | None = None  # the vendor's own score where that one decides

    @property
    def lead_score(self) -> float:
        return self.fit + self.engagement if self.recorded is None else self.recorded


def rule_for(world: World, activity: Activity) -> ScoringRule | None:
    """The engagement or negative rule in force on the day the activity occurred."""
    day = world.calendar.day(activity.occurred)
    found = [
        rule
        for rule in world.seeds.rules
        if rule.kind in {"engagement", "negative"}
        and rule.field == activity.activity_type
        and rule.validity.holds_on(day)
    ]
    if len(found) > 1:
        raise ValueError(f"{len(found)} rules for {activity.activity_type} on {day}: {found}")
    return found[0] if found else None


def earned_points(world: World, lead: Lead, segments: list[Segment]) -> dict[str, Earned]:
    """Per activity its rule and its points before decay: 0 for bots and beyond the cap."""
    rules = {activity.activity_id: rule_for(world, activity) for activity in lead.activities}
    earlier: defaultdict[tuple[int, str], list[Activity]] = defaultdict(list)  # of a segment and rule_id
    earned = {}
    for activity in sorted(lead.activities, key=lambda a: (a.known_at, a.occurred.at, a.activity_id)):
        rule = rules[activity.activity_id]
        if rule is None or activity.is_bot:
            earned[activity.activity_id] = Earned(rule, 0.0)
            continue
        competitors = earlier[segment_at(segments, activity.known_at).number, rule.rule_id]
        capped = is_capped(world.calendar, rule, activity, competitors)
        earned[activity.activity_id] = Earned(rule, 0.0 if capped else rule.points)
        competitors.append(activity)
    return earned


def is_capped(calendar: Calendar, rule: ScoringRule, activity: Activity, earlier: list[Activity]) -> bool:
    """max_count earlier activities of the same rule_id already stand in the activity's window."""
    if rule.max_count is None:
        return False
    if rule.window_days is None:
        return len(earlier) >= rule.max_count
    own_window = _window(calendar, activity.occurred, rule.window_days)
    same_window = [a for a in earlier if _window(calendar, a.occurred, rule.window_days) == own_window]
    return len(same_window) >= rule.max_count


def _window(calendar: Calendar, occurred: Moment, window_days: int) -> int:
    return (calendar.day(occurred) - EPOCH).days // window_days


def decayed(points: float, half_life_days: float | None, age_days: float) -> float:
    return points if half_life_days is None else points * 2.0 ** (-age_days / half_life_days)


def fit_reasons(world: World, lead: Lead, t: datetime) -> list[Reason]:
    """Fit rules in force at t that hold for the attributes known at t."""
    day, attributes = world.calendar.day_of_instant(t), lead.attributes_at(t)
    found = []
    for rule in world.seeds.rules:
        if rule.kind != "fit" or not rule.validity.holds_on(day):
            continue
        if rule.field not in ATTRIBUTES:
            raise ValueError(f"rule {rule.rule_id}: no attribute {rule.field!r}")
        if rule.operator is not None and holds(rule.operator, attributes[rule.field], rule.value):
            found.append(Reason(rule.rule_id, None, None, rule.points))
    return found


def engagement_reasons(lead: Lead, segment: Segment, earned: dict[str, Earned], t: datetime) -> list[Reason]:
    """Decayed points of the segment's activities known at t."""
    found = []
    for activity in lead.activities:
        if activity.known_at > t or not segment.holds(activity.known_at):
            continue
        rule, points = earned[activity.activity_id].rule, earned[activity.activity_id].points
        if rule is not None and points != 0:
            age_days = (t - activity.occurred.at) / DAY
            worth = decayed(points, rule.half_life_days, age_days)
            found.append(Reason(rule.rule_id, activity.activity_id, activity.occurred.at, worth))
    return found


def scores_at(world: World, lead: Lead, segment: Segment, earned: dict[str, Earned], t: datetime) -> Scores:
    """Fit, engagement (floored at 0) and the reasons that sum to the score; a recorded score is its own."""
    for_fit = fit_reasons(world, lead, t)
    for_engagement = engagement_reasons(lead, segment, earned, t)
    raw = sum(reason.points for reason in for_engagement)
    fit, engagement = sum((reason.points for reason in for_fit), 0.0), max(0.0, raw)
    if world.score_basis == "recorded":
        recorded = lead.recorded_score_at(t)
        return Scores(fit, engagement, (Reason("recorded", None, None, recorded),), recorded)
    floor = [Reason("floor", None, None, -raw)] if raw < 0 else []
    return Scores(fit, engagement, (*for_fit, *for_engagement, *floor))


def scoring_instants(lead: Lead) -> list[datetime]:
    """Distinct known times of activities of every type, of history rows, and of recorded scores."""
    known = {a.known_at for a in lead.activities} | {row.valid_from for row in lead.history}
    return sorted(known | {since for since, _ in lead.recorded_scores})


def threshold_at(world: World, channel: str | None, t: datetime) -> ThresholdRow | None:
    """The channel's row in force, else the global one; a blank threshold means: follow global again."""
    day = world.calendar.day_of_instant(t)
    own = _newest(world, channel, day) if channel is not None else None
    return own if own is not None and own.threshold is not None else _newest(world, "global", day)


def _newest(world: World, segment: str, day: date) -> ThresholdRow | None:
    newest = None
    for row in world.seeds.thresholds:  # in file order, so that the lower of two equal rows wins
        if row.segment != segment or (row.effective_from is not None and row.effective_from > day):
            continue
        if newest is None or (row.effective_from or date.min) >= (newest.effective_from or date.min):
            newest = row
    return newest


def scoring_version_at(world: World, t: datetime) -> str:
    day = world.calendar.day_of_instant(t)
    starts = [rule.validity.valid_from for rule in world.seeds.rules if rule.validity.valid_from is not None]
    return max((start.isoformat() for start in starts if start <= day), default="initial")

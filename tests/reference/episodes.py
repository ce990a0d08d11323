"""MQL episodes of a lead: when they begin, how they end; and the score ledger they are decided on.

Decisions are taken in the order in which things become known, so that nothing known later can change an
episode that began earlier. Choices made where the semantics leave room are listed in the package's
docstring (`tests/reference/__init__.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .eligibility import blocks_at, exclusion_at, qualifies_by_score, qualifying_path
from .facts import Lead, StageEntry, World
from .moments import Moment
from .scores import (
    Earned,
    Reason,
    Scores,
    earned_points,
    scores_at,
    scoring_instants,
    scoring_version_at,
    threshold_at,
)
from .seeds import ThresholdRow
from .segments import Segment, segment_at, segments_of

OUTCOMES = ["sql", "disqualified", "recycled"]  # the order at one instant


@dataclass(frozen=True)
class ScoreRow:
    segment_number: int
    scored_at: datetime
    scores: Scores
    threshold: ThresholdRow | None
    scoring_version: str
    blocks: tuple[str, ...]

    @property
    def is_eligible(self) -> bool:
        return not self.blocks


@dataclass(frozen=True)
class Start:
    """The beginning of an episode, frozen when it is decided."""

    segment: Segment
    qualified_by: str
    mql: Moment
    scores: Scores
    threshold: float | None
    scoring_version: str
    channel: str | None


@dataclass(frozen=True)
class Episode:
    number: int
    start: Start
    outcome: str
    outcome_at: datetime | None
    sql_at: datetime | None
    is_bypass: bool
    disqualified_at: datetime | None
    recycled_at: datetime | None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.start.scores.reasons


@dataclass
class Life:
    """Everything the oracle says about one lead."""

    segments: list[Segment]
    earned: dict[str, Earned]
    score_rows: list[ScoreRow] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)


def live(world: World, lead: Lead, basis: str | None = None) -> Life:
    """Scores, eligibility and episodes of a lead on an MQL basis (the world's own by default)."""
    segments = segments_of(lead)
    life = Life(segments, earned_points(world, lead, segments))
    starts: list[Start] = []
    for segment in segments:
        starts += _walk(world, lead, life, segment, basis or world.mql_basis)
    for number, start in enumerate(starts, start=1):
        following = next((s for s in starts[number:] if s.segment == start.segment), None)
        life.episodes.append(_finished(world, lead, number, start, following))
    return life


def _walk(world: World, lead: Lead, life: Life, segment: Segment, basis: str) -> list[Start]:
    """Decide one segment, instant by instant; writes its score rows and returns its episodes' beginnings."""
    instants = {t for t in scoring_instants(lead) if segment.holds(t)}
    marks = [e for e in lead.entries if e.is_recorded_mql and segment.holds(e.known_at)]
    if basis == "scored":
        marks = []
    starts: list[Start] = []
    for t in sorted(instants | {mark.known_at for mark in marks}):
        known_now = sorted((m for m in marks if m.known_at == t), key=lambda m: m.entered.at)
        earlier = [mark for mark in known_now if world.calendar.before(mark.entered, Moment(t))]
        at_t = [mark for mark in known_now if mark not in earlier]
        for mark in earlier:
            starts += _recorded(world, lead, life, segment, mark, starts)
        if t in instants:
            starts += _scored(world, lead, life, segment, t, starts, basis)
        for mark in at_t:
            starts += _recorded(world, lead, life, segment, mark, starts)
    return starts


def _scored(
    world: World, lead: Lead, life: Life, segment: Segment, t: datetime, starts: list[Start], basis: str
) -> list[Start]:
    """Write the score row of a scoring instant; an episode if the lead is eligible and qualifies."""
    scores = scores_at(world, lead, segment, life.earned, t)
    blocks = blocks_at(world, lead, segment, t, _episode_blocks(world, lead, starts, Moment(t)))
    channel = lead.attributes_at(t)["channel"]
    version = scoring_version_at(world, t)
    threshold = threshold_at(world, channel, t)
    life.score_rows.append(ScoreRow(segment.number, t, scores, threshold, version, tuple(blocks)))
    if blocks or basis == "recorded":
        return []
    if qualifies_by_score(world, channel, scores, t):
        qualified_by = "score"
    else:
        path = qualifying_path(world, lead, segment, channel, scores, t)
        if path is None:
            return []
        qualified_by = f"path:{path}"
    bound = threshold.threshold if threshold else None
    return [Start(segment, qualified_by, Moment(t), scores, bound, version, channel)]


def _recorded(
    world: World, lead: Lead, life: Life, segment: Segment, mark: StageEntry, starts: list[Start]
) -> list[Start]:
    """An episode from a vendor's own MQL mark; only exclusion and the one-open-episode rule apply."""
    t = mark.entered.at
    attributes = lead.attributes_at(t)
    if exclusion_at(world, attributes, t) or _episode_blocks(world, lead, starts, mark.entered):
        return []
    scores = scores_at(world, lead, segment_at(life.segments, t), life.earned, t)
    threshold = threshold_at(world, attributes["channel"], t)
    bound = threshold.threshold if threshold else None
    version = scoring_version_at(world, t)
    return [Start(segment, "recorded", mark.entered, scores, bound, version, attributes["channel"])]


def _episode_blocks(world: World, lead: Lead, starts: list[Start], moment: Moment) -> bool:
    """An episode of the segment began less than H x 24 h ago, or has an outcome known at that time."""
    for index, start in enumerate(starts):
        if world.calendar.before(moment, start.mql.plus_days(world.horizon_days)):
            return True
        following = starts[index + 1] if index + 1 < len(starts) else None
        if outcome_entry(world, lead, start, following, moment.at) is not None:
            return True
    return False


def segment_entries(lead: Lead, segment: Segment, known_by: datetime) -> list[StageEntry]:
    return [e for e in lead.entries if e.known_at <= known_by and segment.holds_entry(e)]


def first_of(world: World, entries: list[StageEntry]) -> StageEntry | None:
    """The first entry: none is before it; among equals sql, disqualified, recycled, then the stored time."""
    first = [e for e in entries if not any(world.calendar.before(o.entered, e.entered) for o in entries)]
    return min(first, key=lambda e: (OUTCOMES.index(e.stage), e.entered.at, e.known_at), default=None)


def outcome_entry(
    world: World, lead: Lead, start: Start, following: Start | None, known_by: datetime
) -> StageEntry | None:
    """The stage entry that is the outcome of an episode by what is known; None where it has none yet."""
    before = world.calendar.before
    last = start.mql.plus_days(world.horizon_days)
    later = [
        entry
        for entry in segment_entries(lead, start.segment, known_by)
        if entry.stage in OUTCOMES and not before(entry.entered, start.mql)
    ]
    within = first_of(world, [entry for entry in later if not before(last, entry.entered)])
    if within is not None:
        return within
    late_sqls = [entry for entry in later if entry.stage == "sql"]
    if following is not None:
        late_sqls = [entry for entry in late_sqls if before(entry.entered, following.mql)]
    return first_of(world, late_sqls)


def _finished(world: World, lead: Lead, number: int, start: Start, following: Start | None) -> Episode:
    """The episode with its outcome and stage times as known at the end of the as-of day."""
    before = world.calendar.before
    known = segment_entries(lead, start.segment, world.end)
    after = [entry for entry in known if not before(entry.entered, start.mql)]
    firsts = {stage: first_of(world, [e for e in after if e.stage == stage]) for stage in OUTCOMES}
    sql, is_bypass = firsts["sql"], False
    if sql is None:
        earlier = [entry for entry in known if entry.stage == "sql" and before(entry.entered, start.mql)]
        sql = first_of(world, earlier)
        is_bypass = sql is not None
    entry = outcome_entry(world, lead, start, following, world.end)
    if entry is not None:
        outcome = entry.stage
    else:
        is_over = before(start.mql.plus_days(world.horizon_days), Moment(world.end))
        outcome = "expired" if is_over else "open"
    return Episode(
        number=number,
        start=start,
        outcome=outcome,
        outcome_at=_at(entry),
        sql_at=_at(sql),
        is_bypass=is_bypass,
        disqualified_at=_at(firsts["disqualified"]),
        recycled_at=_at(firsts["recycled"]),
    )


def _at(entry: StageEntry | None) -> datetime | None:
    return None if entry is None else entry.entered.at


def scores_at_end(world: World, lead: Lead, life: Life) -> Scores:
    """The scores of dim_leads: at the end of the as-of day."""
    return scores_at(world, lead, segment_at(life.segments, world.end), life.earned, world.end)

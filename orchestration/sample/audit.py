"""Marketo's activity log of a chunk: what people did, and what happened to their records."""

from __future__ import annotations

import numpy as np

from orchestration.sample.engagement import DATA_VALUE, MERGE, SCORE, Activities, Log
from orchestration.sample.people import MERGED, People
from orchestration.sample.sales import Scores
from orchestration.sample.world import World

AFTER = 15  # seconds until Marketo notes a change made in the CRM


def as_recorded(world: World, people: People, activities: Activities, scores: Scores) -> Activities:
    """Activities, score changes, corrected values and merges, sorted.

    Marketo files everything a merged record did under the record that stays. Score changes have the new value
    as asset, the old one as extra and the cause as detail; elsewhere detail says whether the asset is the
    campaign that made the lead.
    """
    local = np.arange(len(people.row))
    stays = np.where(people.kind == MERGED, people.original - people.row[0], local)
    acquired = (activities.asset == people.campaign[activities.lead]).astype(np.int64)
    corrected = np.flatnonzero((people.change_field > 0) & people.in_marketo)
    merged = np.flatnonzero(people.kind == MERGED)
    log = Log()
    log.add(
        stays[activities.lead], activities.at, activities.kind, activities.asset, activities.extra, acquired
    )
    log.add(stays[scores.lead], scores.at, SCORE, scores.new, scores.old, scores.why)
    log.add(corrected, people.change_at[corrected] + AFTER, DATA_VALUE)
    log.add(stays[merged], people.merged_at[merged] + AFTER, MERGE, people.row[merged])
    return log.sorted(world.end)

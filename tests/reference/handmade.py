"""Small worlds for the oracle's own tests: one lead, a few seeds, everything in 2026 and UTC unless said."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .episodes import Life, live
from .facts import ATTRIBUTES, Activity, HistoryRow, Lead, Opportunity, StageEntry, World
from .moments import MICROSECOND, Calendar, Moment
from .seeds import Row, rows_of, seeds_from, without_minimums

HEADERS = {
    "rules": "rule_id,kind,field,operator,value,points,half_life_days,max_count,window_days,"
    "valid_from,valid_to",
    "thresholds": "segment,threshold,min_fit,min_engagement,effective_from",
    "exclusions": "exclusion_id,reason,field,operator,value,valid_from,valid_to",
    "gates": "channel,activity_types,valid_from,valid_to",
    "paths": "path_id,step,activity_type,min_count,ordered,within_days,min_fit,min_engagement,channel,"
    "valid_from,valid_to",
}
# Fit 20 for a software company, 10 points a click, 40 a demo request, -30 an unsubscription; nothing decays.
RULES = """
software,fit,industry,eq,Software,20,,,,,
click,engagement,email_click,,,10,,,,,
demo,engagement,demo_request,,,40,,,,,
leave,negative,unsubscribe,,,-30,,,,,
"""
THRESHOLDS = "global,60,10,15,"


def at(text: str) -> datetime:
    """'01-05' or '01-05 10:00' of 2026; a full date is taken as it is."""
    return datetime.fromisoformat(text if text[4:5] == "-" else f"2026-{text}")


def whole_day(text: str) -> Moment:
    return Moment(at(text), is_date_only=True)


def _seed(name: str, lines: str) -> list[Row]:
    return rows_of(f"{HEADERS[name]}\n{lines.strip()}")


def activity(
    kind: str, occurred: str, known: str | None = None, *, bot: bool = False, name: str | None = None
) -> Activity:
    return Activity(
        name or f"{kind} {occurred}", kind, Moment(at(occurred)), at(known or occurred), is_bot=bot
    )


def dated_activity(kind: str, day: str) -> Activity:
    """A date-only activity: known at the last microsecond of its day (UTC worlds)."""
    return Activity(f"{kind} {day}", kind, whole_day(day), at(day) + timedelta(days=1) - MICROSECOND)


def stage(name: str, entered: str, known: str | None = None, **more: Any) -> StageEntry:
    return StageEntry(name, Moment(at(entered)), at(known or entered), **more)


def dated_stage(name: str, day: str, **more: Any) -> StageEntry:
    return StageEntry(name, whole_day(day), at(day) + timedelta(days=1) - MICROSECOND, **more)


def history(since: str, until: str | None = None, **attributes: Any) -> HistoryRow:
    return HistoryRow(
        at(since), at(until) if until else None, dict.fromkeys(ATTRIBUTES) | {"channel": "web"} | attributes
    )


def lost(created: str, closed: str) -> Opportunity:
    return Opportunity(f"o {created}", at(created), at(closed), is_won=False)


def won(created: str, closed: str) -> Opportunity:
    return Opportunity(f"o {created}", at(created), at(closed), is_won=True)


def lead(*facts: Activity | StageEntry | HistoryRow | Opportunity, created: str = "01-01") -> Lead:
    """A lead of the software industry, unless it brings a history of its own."""
    made = Lead("l_1", at(created))
    for fact in facts:
        if isinstance(fact, Activity):
            made.activities.append(fact)
        elif isinstance(fact, StageEntry):
            made.entries.append(fact)
        elif isinstance(fact, HistoryRow):
            made.history.append(fact)
        else:
            made.opportunities.append(fact)
    if not made.history:
        made.history.append(history(created, industry="Software"))
    return made


def world(
    one: Lead,
    *,
    rules: str = RULES,
    thresholds: str = THRESHOLDS,
    exclusions: str = "",
    gates: str = "",
    paths: str = "",
    as_of: str = "2026-12-31",
    zone: str = "UTC",
    basis: str = "scored",
    score_basis: str = "rules",
) -> World:
    seeds = seeds_from(
        scoring_rules=_seed("rules", rules),
        mql_thresholds=_seed("thresholds", thresholds),
        exclusions=_seed("exclusions", exclusions),
        channel_gates=_seed("gates", gates),
        qualification_paths=_seed("paths", paths),
    )
    return World(
        calendar=Calendar(ZoneInfo(zone)),
        seeds=without_minimums(seeds) if score_basis == "recorded" else seeds,
        leads={one.lead_id: one},
        as_of=date.fromisoformat(as_of),
        horizon_days=90,
        cooldown_days=30,
        mql_basis=basis,
        score_basis=score_basis,
    )


def life(one: Lead, **seeds: Any) -> Life:
    return live(world(one, **seeds), one)


def scores(made: Life) -> dict[str, float]:
    """lead_score by instant, as 'MM-DD HH:MM'."""
    return {f"{row.scored_at:%m-%d %H:%M}": row.scores.lead_score for row in made.score_rows}


def eligible(made: Life) -> dict[str, bool]:
    return {f"{row.scored_at:%m-%d %H:%M}": row.is_eligible for row in made.score_rows}


def begun(made: Life) -> list[tuple[str, str]]:
    """(mql_at, qualified_by) of every episode."""
    return [(f"{e.start.mql.at:%m-%d %H:%M}", e.start.qualified_by) for e in made.episodes]

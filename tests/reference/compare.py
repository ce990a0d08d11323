"""The published file against the oracle: `python -m tests.reference.compare WORKSPACE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .episodes import Episode, Life, ScoreRow, live, scores_at_end
from .facts import World, connect, load_world, rows
from .scores import Reason

TOLERANCE = 1e-6
Values = dict[str, Any]
Key = tuple[str, Any]  # lead, and what tells its rows apart


@dataclass(frozen=True)
class Difference:
    table: str
    lead_id: str
    instant: datetime | None
    what: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.lead_id}  {self.instant}  {self.what}: ours {self.ours}, theirs {self.theirs}"


@dataclass(frozen=True)
class Expected:
    """One row as the oracle has it; `note` explains it to a reader."""

    instant: datetime | None
    values: Values
    note: str = ""


def same(ours: Any, theirs: Any) -> bool:
    """Equal; numbers to 1e-6; reasons entry by entry, zeros ignored."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(abs(ours.get(key, 0.0) - theirs.get(key, 0.0)) <= TOLERANCE for key in ours | theirs)
    if isinstance(ours, float) and theirs is not None:
        return abs(ours - float(theirs)) <= TOLERANCE
    return bool(ours == theirs)


def differences(
    table: str,
    expected: dict[Key, Expected],
    found: Iterable[tuple[Key, datetime | None, Values]],
) -> list[Difference]:
    """Missing, surplus, repeated and differing rows, the first instants first."""
    out, seen = [], set()
    for key, instant, values in found:
        row = expected.get(key)
        if key in seen or row is None:
            what = "repeated row" if key in seen else "row"
            out.append(Difference(table, key[0], instant, f"{what} {key[1]}", "none", _text(values)))
            continue
        seen.add(key)
        for column, ours in row.values.items():
            if not same(ours, values[column]):
                what = f"{key[1]} {column}" if key[1] != row.instant else column
                text = f"{_text(ours)} {row.note}".strip()
                out.append(Difference(table, key[0], row.instant, what, text, _text(values[column])))
    for key, row in expected.items():
        if key not in seen:
            text = f"{_text(row.values)} {row.note}".strip()
            out.append(Difference(table, key[0], row.instant, f"row {key[1]}", text, "none"))
    return sorted(out, key=lambda d: (str(d.instant), d.lead_id, d.what))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={_text(part)}" for key, part in value.items())
    return str(value)


def expected_activities(world: World, lives: dict[str, Life]) -> dict[Key, Expected]:
    out = {}
    for lead_id, life in lives.items():
        for activity in world.leads[lead_id].activities:
            earned = life.earned[activity.activity_id]
            values = {"rule_id": earned.rule.rule_id if earned.rule else None, "points": earned.points}
            out[lead_id, activity.activity_id] = Expected(activity.known_at, values, activity.activity_type)
    return out


def expected_segments(lives: dict[str, Life]) -> dict[Key, Expected]:
    return {
        (lead_id, segment.number): Expected(
            segment.starts_at,
            {"starts_at": segment.starts_at, "ends_at": segment.ends_at},
            "after " + ", ".join(segment.reset_reasons) if segment.reset_reasons else "",
        )
        for lead_id, life in lives.items()
        for segment in life.segments
    }


def score_values(row: ScoreRow) -> Values:
    return {
        "segment_number": row.segment_number,
        "fit_score": float(row.scores.fit),
        "engagement_score": float(row.scores.engagement),
        "lead_score": float(row.scores.lead_score),
        "threshold": row.threshold.threshold if row.threshold else None,
        "min_fit": row.threshold.min_fit if row.threshold else None,
        "min_engagement": row.threshold.min_engagement if row.threshold else None,
        "scoring_version": row.scoring_version,
        "is_eligible": row.is_eligible,
    }


def expected_scores(lives: dict[str, Life]) -> dict[Key, Expected]:
    return {
        (lead_id, row.scored_at): Expected(
            row.scored_at, score_values(row), f"(blocked: {', '.join(row.blocks)})" if row.blocks else ""
        )
        for lead_id, life in lives.items()
        for row in life.score_rows
    }


def reasons_by_source(
    reasons: Iterable[tuple[str, str | None, float]],
) -> dict[tuple[str, str | None], float]:
    out: dict[tuple[str, str | None], float] = {}
    for rule_id, activity_id, points in reasons:
        out[rule_id, activity_id] = out.get((rule_id, activity_id), 0.0) + points
    return out


def _plain(reasons: Iterable[Reason]) -> Iterable[tuple[str, str | None, float]]:
    return ((reason.rule_id, reason.activity_id, reason.points) for reason in reasons)


def episode_values(lead_id: str, episode: Episode) -> Values:
    start = episode.start
    return {
        "mql_episode_id": f"{lead_id}-{episode.number}",
        "qualified_by": start.qualified_by,
        "mql_at": start.mql.at,
        "score_at_mql": float(start.scores.lead_score),
        "fit_score_at_mql": float(start.scores.fit),
        "engagement_score_at_mql": float(start.scores.engagement),
        "threshold_at_mql": start.threshold,
        "scoring_version": start.scoring_version,
        "channel": start.channel,
        "sql_at": episode.sql_at,
        "is_bypass": episode.is_bypass,
        "disqualified_at": episode.disqualified_at,
        "recycled_at": episode.recycled_at,
        "outcome": episode.outcome,
        "outcome_at": episode.outcome_at,
        "reasons": reasons_by_source(_plain(episode.reasons)),
    }


def expected_episodes(lives: dict[str, Life]) -> dict[Key, Expected]:
    return {
        (lead_id, episode.number): Expected(episode.start.mql.at, episode_values(lead_id, episode))
        for lead_id, life in lives.items()
        for episode in life.episodes
    }


def expected_leads(world: World, lives: dict[str, Life]) -> dict[Key, Expected]:
    out = {}
    for lead_id, life in lives.items():
        if not life.segments:
            continue
        scores = scores_at_end(world, world.leads[lead_id], life)
        values = {
            "fit_score": float(scores.fit),
            "engagement_score": float(scores.engagement),
            "lead_score": float(scores.lead_score),
            "is_mql": any(episode.outcome == "open" for episode in life.episodes),
        }
        out[lead_id, "end"] = Expected(world.end, values)
    return out


def expected_reasons(world: World, lives: dict[str, Life]) -> dict[Key, Expected]:
    out = {}
    for lead_id, life in lives.items():
        if life.segments:
            reasons = scores_at_end(world, world.leads[lead_id], life).reasons
            out[lead_id, "end"] = Expected(world.end, {"reasons": reasons_by_source(_plain(reasons))})
    return out


def compare(workspace: Path, basis: str | None = None) -> list[Difference]:
    """Every difference between the published tables of a workspace and the oracle."""
    world = load_world(workspace, basis)
    lives = {lead_id: live(world, lead) for lead_id, lead in world.leads.items()}
    known = {(lead_id, a.activity_id) for lead_id, lead in world.leads.items() for a in lead.activities}

    def episode(row: Values) -> Values:
        parts = ((r["rule_id"], r["activity_id"], float(r["points"])) for r in row["reasons"] or ())
        return row | {"reasons": reasons_by_source(parts)}

    with connect(workspace) as connection:

        def found(
            table: str, own: Callable[[Values], Any], instant: str
        ) -> list[tuple[Key, datetime | None, Values]]:
            return [((row["lead_id"], own(row)), row.get(instant), row) for row in rows(connection, table)]

        activities = found("fct_activities", lambda row: row["activity_id"], "known_at")
        segments = found("fct_lead_segments", lambda row: row["segment_number"], "starts_at")
        scores = found("fct_lead_scores", lambda row: row["scored_at"], "scored_at")
        episodes = found("fct_mql_episodes", lambda row: row["episode_number"], "mql_at")
        leads = found("dim_leads", lambda _: "end", "")
        reasons: dict[str, list[tuple[str, str | None, float]]] = {
            lead_id: [] for (lead_id, _), _, _ in leads
        }
        for row in rows(connection, "fct_lead_reasons"):
            part = (row["rule_id"], row["activity_id"], float(row["points"]))
            reasons.setdefault(row["lead_id"], []).append(part)
    return [
        *differences(
            "fct_activities",
            expected_activities(world, lives),
            [row for row in activities if row[0] in known],
        ),
        *differences("fct_lead_segments", expected_segments(lives), segments),
        *differences("fct_lead_scores", expected_scores(lives), scores),
        *differences(
            "fct_mql_episodes",
            expected_episodes(lives),
            [(key, at, episode(row)) for key, at, row in episodes],
        ),
        *differences("dim_leads", expected_leads(world, lives), leads),
        *differences(
            "fct_lead_reasons",
            expected_reasons(world, lives),
            [
                ((lead_id, "end"), None, {"reasons": reasons_by_source(own)})
                for lead_id, own in reasons.items()
            ],
        ),
    ]


def readable(found: list[Difference], limit: int = 10) -> str:
    """Per table the number of differences and, of each of the first leads, the first one."""
    lines = []
    for table in dict.fromkeys(difference.table for difference in found):
        of_table = [difference for difference in found if difference.table == table]
        first: dict[tuple[str, str], Difference] = {}
        for difference in of_table:
            first.setdefault((difference.lead_id, difference.what.split()[-1]), difference)
        columns: dict[str, int] = {}
        for difference in of_table:
            kind = "row" if difference.what.startswith(("row", "repeated")) else difference.what.split()[-1]
            columns[kind] = columns.get(kind, 0) + 1
        leads = len({difference.lead_id for difference in of_table})
        counts = ", ".join(f"{name} {count}" for name, count in sorted(columns.items()))
        lines.append(f"{table}: {len(of_table)} differences in {leads} leads ({counts})")
        lines += [f"  {difference}" for difference in list(first.values())[:limit]]
    return "\n".join(lines) if lines else "no differences"


def biography(world: World, lead_id: str) -> str:
    """One lead as the oracle sees it, for finding out who is right."""
    lead = world.leads[lead_id]
    life = live(world, lead)
    lines = [f"lead {lead_id} created {lead.created_at}, basis {world.mql_basis}, as-of end {world.end}"]
    lines += [f"segment {s.number} [{s.starts_at}, {s.ends_at}) {s.reset_reasons}" for s in life.segments]
    lines += [f"stage {e}" for e in sorted(lead.entries, key=lambda e: e.known_at)]
    lines += [f"opportunity {o}" for o in lead.opportunities]
    lines += [f"activity {a} earns {life.earned[a.activity_id].points}" for a in lead.activities]
    lines += [f"score {row.scored_at} {score_values(row)} {row.blocks}" for row in life.score_rows]
    lines += [f"episode {episode_values(lead_id, episode)}" for episode in life.episodes]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--basis", choices=["recorded", "scored", "both"])
    parser.add_argument("--limit", type=int, default=10, help="differences shown per table")
    parser.add_argument("--lead", help="show this lead as the oracle sees it")
    options = parser.parse_args()
    if options.lead:
        sys.stdout.write(biography(load_world(options.workspace, options.basis), options.lead) + "\n")
        return 0
    found = compare(options.workspace, options.basis)
    sys.stdout.write(readable(found, options.limit) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

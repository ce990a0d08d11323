"""The reference data people change, as typed rows. Only the columns the semantics use are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

Row = dict[str, str]


@dataclass(frozen=True)
class Validity:
    """Half-open [valid_from, valid_to) in reporting-zone days; None is unbounded."""

    valid_from: date | None
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        starts = self.valid_from is None or self.valid_from <= day
        return starts and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class ScoringRule:
    rule_id: str
    kind: str
    field: str
    operator: str | None
    value: str | None
    points: float
    half_life_days: float | None
    max_count: int | None
    window_days: int | None
    validity: Validity


@dataclass(frozen=True)
class ThresholdRow:
    segment: str
    threshold: float | None
    min_fit: float | None
    min_engagement: float | None
    effective_from: date | None


@dataclass(frozen=True)
class ExclusionRow:
    exclusion_id: str
    field: str
    operator: str
    value: str | None
    validity: Validity


@dataclass(frozen=True)
class GateRow:
    channel: str | None
    activity_types: frozenset[str]
    validity: Validity


@dataclass(frozen=True)
class PathStep:
    path_id: str
    step: int
    activity_types: frozenset[str]
    min_count: int
    ordered: bool
    within_days: float | None
    min_fit: float | None
    min_engagement: float | None
    channel: str | None
    validity: Validity


@dataclass(frozen=True)
class Seeds:
    rules: tuple[ScoringRule, ...] = ()
    thresholds: tuple[ThresholdRow, ...] = ()
    exclusions: tuple[ExclusionRow, ...] = ()
    gates: tuple[GateRow, ...] = ()
    paths: tuple[PathStep, ...] = ()


def _cell(row: Row, column: str) -> str | None:
    text = (row.get(column) or "").strip()
    return text or None


def _needed(row: Row, column: str) -> str:
    text = _cell(row, column)
    if text is None:
        raise ValueError(f"column {column!r} is blank in {row}")
    return text


def _number(row: Row, column: str) -> float | None:
    text = _cell(row, column)
    return None if text is None else float(text)


def _whole(row: Row, column: str) -> int | None:
    number = _number(row, column)
    return None if number is None else int(number)


def _day(row: Row, column: str) -> date | None:
    text = _cell(row, column)
    return None if text is None else date.fromisoformat(text[:10])


def _flag(row: Row, column: str) -> bool:
    return (_cell(row, column) or "").lower() in {"true", "t", "1", "yes", "y"}


def _types(row: Row, column: str) -> frozenset[str]:
    return frozenset(part.strip() for part in (_cell(row, column) or "").split("|") if part.strip())


def _validity(row: Row) -> Validity:
    return Validity(_day(row, "valid_from"), _day(row, "valid_to"))


def _rule(row: Row) -> ScoringRule:
    return ScoringRule(
        rule_id=_needed(row, "rule_id"),
        kind=_needed(row, "kind"),
        field=_needed(row, "field"),
        operator=_cell(row, "operator"),
        value=_cell(row, "value"),
        points=float(_needed(row, "points")),
        half_life_days=_number(row, "half_life_days"),
        max_count=_whole(row, "max_count"),
        window_days=_whole(row, "window_days"),
        validity=_validity(row),
    )


def _threshold(row: Row) -> ThresholdRow:
    return ThresholdRow(
        segment=_needed(row, "segment"),
        threshold=_number(row, "threshold"),
        min_fit=_number(row, "min_fit"),
        min_engagement=_number(row, "min_engagement"),
        effective_from=_day(row, "effective_from"),
    )


def _exclusion(row: Row) -> ExclusionRow:
    return ExclusionRow(
        exclusion_id=_needed(row, "exclusion_id"),
        field=_needed(row, "field"),
        operator=_needed(row, "operator"),
        value=_cell(row, "value"),
        validity=_validity(row),
    )


def _gate(row: Row) -> GateRow:
    return GateRow(_cell(row, "channel"), _types(row, "activity_types"), _validity(row))


def _path_step(row: Row) -> PathStep:
    return PathStep(
        path_id=_needed(row, "path_id"),
        step=int(_needed(row, "step")),
        activity_types=_types(row, "activity_type"),
        min_count=_whole(row, "min_count") or 1,
        ordered=_flag(row, "ordered"),
        within_days=_number(row, "within_days"),
        min_fit=_number(row, "min_fit"),
        min_engagement=_number(row, "min_engagement"),
        channel=_cell(row, "channel"),
        validity=_validity(row),
    )


def rows_of(text: str) -> list[Row]:
    """Rows of a CSV text; every cell stays text."""
    return list(csv.DictReader(io.StringIO(text.strip())))


def seeds_from(
    scoring_rules: Iterable[Row] = (),
    mql_thresholds: Iterable[Row] = (),
    exclusions: Iterable[Row] = (),
    channel_gates: Iterable[Row] = (),
    qualification_paths: Iterable[Row] = (),
) -> Seeds:
    return Seeds(
        rules=tuple(map(_rule, scoring_rules)),
        thresholds=tuple(map(_threshold, mql_thresholds)),
        exclusions=tuple(map(_exclusion, exclusions)),
        gates=tuple(map(_gate, channel_gates)),
        paths=tuple(map(_path_step, qualification_paths)),
    )


def without_minimums(seeds: Seeds) -> Seeds:
    """The seeds as they count where the score is a recorded one: minimums of fit and engagement are off."""
    return replace(
        seeds,
        thresholds=tuple(replace(row, min_fit=None, min_engagement=None) for row in seeds.thresholds),
        paths=tuple(replace(step, min_fit=None, min_engagement=None) for step in seeds.paths),
    )


def read_seeds(folder: Path) -> Seeds:
    """The seeds a run used (`<workspace>/.seeds`); without a file of gates or paths there are none."""

    def rows(name: str) -> list[Row]:
        return rows_of((folder / f"{name}.csv").read_text(encoding="utf-8-sig"))

    def rows_if_any(name: str) -> list[Row]:
        return rows(name) if (folder / f"{name}.csv").exists() else []

    return seeds_from(
        scoring_rules=rows("scoring_rules"),
        mql_thresholds=rows("mql_thresholds"),
        exclusions=rows("exclusions"),
        channel_gates=rows_if_any("channel_gates"),
        qualification_paths=rows_if_any("qualification_paths"),
    )

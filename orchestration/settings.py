"""The settings people change (`bandpass.yml`), validated."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from orchestration.errors import UsageError

MINUTES_OF_A_DAY = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin or UTC")
    return name


def _clock_text(value: Any) -> Any:
    """YAML reads an unquoted 17:00 as a number to base 60, 1020; what was meant is plain."""
    if isinstance(value, int) and not isinstance(value, bool) and 60 <= value <= MINUTES_OF_A_DAY:
        return f"{value // 60:02d}:{value % 60:02d}"
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]
ClockTime = Annotated[str, BeforeValidator(_clock_text), Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$|^24:00$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Share = Annotated[float, Field(gt=0, lt=1)]
Days = Annotated[int, Field(ge=1, le=3650)]
Evidence = Literal["crm_mql_status", "handoff_file", "owner_change"]


def _minute_of_day(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Band(_Strict):
    """Target band of the final MQL -> SQL rate."""

    low: Share = 0.15
    high: Share = 0.30

    @model_validator(mode="after")
    def _ordered(self) -> Band:
        if self.low >= self.high:
            raise ValueError("band.low must be below band.high")
        return self


class Horizons(_Strict):
    """Days within which a conversion counts, per step."""

    lead_to_mql: Days = 90
    mql_to_sql: Days = 90
    sql_to_opportunity: Days = 90
    opportunity_to_customer: Days = 90
    mql_to_customer: Days = 90


class BusinessHours(_Strict):
    """When sales works, on the clock of the reporting time zone; response times count only these hours."""

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    start: ClockTime = "09:00"
    end: ClockTime = "17:00"

    @field_validator("days")
    @classmethod
    def _named_once(cls, days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        if not days or len(set(days)) < len(days):
            raise ValueError("name at least one day, and none twice")
        return days

    @model_validator(mode="after")
    def _ordered(self) -> BusinessHours:
        if self.start_minute >= self.end_minute:
            raise ValueError("business_hours.start must be before business_hours.end, on one day")
        return self

    @property
    def start_minute(self) -> int:
        return _minute_of_day(self.start)

    @property
    def end_minute(self) -> int:
        return _minute_of_day(self.end)

    @property
    def iso_weekdays(self) -> list[int]:
        """1 = Monday … 7 = Sunday."""
        return sorted(WEEKDAYS.index(day) + 1 for day in self.days)


class CalibrationSettings(_Strict):
    """Knobs of the calibration; what they do and why is in docs/calibration.md."""

    objective: Literal["center", "max_sql", "value"] = "center"
    cost_per_worked_lead: Annotated[float, Field(gt=0)] | None = None
    value_per_sql: Annotated[float, Field(gt=0)] | None = None
    history_days: Days = 364
    delay_window_days: Days = 91
    min_completeness: Share = 0.15
    shape_half_life_weeks: Annotated[float, Field(gt=0)] = 13
    level_prior_sd: Annotated[float, Field(gt=0)] = 0.6
    drift_sd: Annotated[float, Field(ge=0)] = 0.06
    jump_chance: Share = 0.03
    jump_sd: Annotated[float, Field(gt=0)] = 0.6
    draws: Annotated[int, Field(ge=20, le=10_000)] = 200
    hold_probability: Share = 0.95
    max_step_down: Annotated[float, Field(gt=0)] = 24
    max_step_up: Annotated[float, Field(gt=0)] = 15
    min_positives: Annotated[int, Field(ge=1)] = 10
    min_mqls_per_week: Annotated[float, Field(ge=0)] = 10
    worst_case_quantile: Share = 0.10
    checked_until: date | None = None
    seed: Annotated[int, Field(ge=0)] = 20260101


class Settings(_Strict):
    """All settings; defaults are the shipped ones."""

    time_zone: Zone = "UTC"
    source_time_zone: Zone = "UTC"
    band: Band = Band()
    horizon_days: Horizons = Horizons()
    cooldown_days: Annotated[int, Field(ge=0, le=3650)] = 30
    mql_basis: Literal["auto", "recorded", "scored", "both"] = "auto"
    score_basis: Literal["rules", "recorded"] = "rules"
    channel_basis: Literal["first_touch", "last_touch"] = "first_touch"
    handoff_evidence: tuple[Evidence, ...] = ("crm_mql_status", "handoff_file")
    business_hours: BusinessHours = BusinessHours()
    response_target_hours: Annotated[float, Field(gt=0, le=400)] = 1
    nurture_margin: Annotated[float, Field(gt=0)] = 10
    capacity_per_week: Annotated[float, Field(gt=0)] | None = None
    max_quarantined_share: Share = 0.05
    calibration: CalibrationSettings = CalibrationSettings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of all settings; equal settings have equal digests."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


# Settings of earlier versions: what to do where a workspace's bandpass.yml still has one.
REMOVED = {
    "calibration.level_half_life_weeks": (
        "delete the line, and drift_sd beside it, which means another drift now: the market's level is "
        "filtered week by week, by level_prior_sd, drift_sd, jump_chance and jump_sd "
        "(docs/decisions/market_level.md)."
    ),
}


def _problem(error: ValidationError) -> tuple[str, str]:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "(top level)"
    if first["type"] == "extra_forbidden":
        return key, f"unknown setting {key!r}"
    return key, f"setting {key!r}: {first['msg']}"


def load_settings(path: Path) -> Settings:
    """Read and validate a settings file.

    Raises UsageError (exit code 2) where it can't be read, is not YAML, or holds an unknown or wrong key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The settings can't be read: {error}",
            where=str(path),
            fix="check that the file exists and is readable UTF-8 text.",
        ) from error
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        raise UsageError(
            "The settings are not valid YAML",
            where=where,
            fix="correct that line; compare with the bandpass.yml of the repository.",
        ) from error
    if not isinstance(content, dict):
        raise UsageError(
            "The settings must be a list of `key: value` lines",
            where=str(path),
            fix="start from the bandpass.yml of the repository.",
        )
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        key, what = _problem(error)
        if key in REMOVED:
            raise UsageError(
                f"The setting {key!r} was removed", where=f"{path}, {key}", fix=REMOVED[key]
            ) from error
        known = ", ".join(Settings.model_fields)
        raise UsageError(
            f"The settings hold an {what}" if what.startswith("unknown") else f"Wrong {what}",
            where=f"{path}, {key}",
            fix=f"correct or remove it; known keys: {known}.",
        ) from error

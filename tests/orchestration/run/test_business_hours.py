"""The settings of the response clock."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orchestration.dbt import dbt_vars
from orchestration.errors import UsageError
from orchestration.settings import Settings, load_settings


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "bandpass.yml"
    file.write_text(text)
    return load_settings(file)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ('"09:00"', '"17:00"', (540, 1020)),
        # YAML itself reads these as numbers to base 60
        ("9:00", "17:30", (540, 1050)),
        ("08:15", "24:00", (495, 1440)),
        ('"0:00"', "1:01", (0, 61)),
    ],
)
def test_hours_are_what_they_look_like_with_and_without_quotes(
    tmp_path: Path, start: str, end: str, minutes: tuple[int, int]
) -> None:
    hours = loaded(tmp_path, f"business_hours:\n  start: {start}\n  end: {end}\n").business_hours
    assert (hours.start_minute, hours.end_minute) == minutes


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("business_hours: {start: 9}", "business_hours.start"),
        ("business_hours: {start: '09:60'}", "business_hours.start"),
        ("business_hours: {end: '24:01'}", "business_hours.end"),
        ("business_hours: {start: '18:00'}", "before"),
        ("business_hours: {start: '17:00', end: '17:00'}", "before"),
        ("business_hours: {days: []}", "at least one day"),
        ("business_hours: {days: [mon, mon]}", "none twice"),
        ("business_hours: {days: [monday]}", "business_hours.days"),
        ("response_target_hours: 0", "response_target_hours"),
        ("nurture_margin: -1", "nurture_margin"),
    ],
)
def test_hours_nobody_can_work_are_refused_by_name(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        loaded(tmp_path, text)
    assert problem in str(refused.value)


def test_models_get_weekdays_as_numbers_in_order_and_hours_in_minutes(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "business_hours: {days: [sun, mon], start: '08:00', end: '12:30'}")
    variables = dbt_vars(settings, date(2026, 1, 31))
    assert variables["business_days"] == [1, 7]
    assert (variables["business_start_minute"], variables["business_end_minute"]) == (480, 750)

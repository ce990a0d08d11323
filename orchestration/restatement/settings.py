"""Settings that decide who becomes an MQL and when; the others only shape what is shown or suggested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.settings import Settings

_DECIDING = (
    "mql_basis",
    "time_zone",
    "cooldown_days",
    "horizon_days.mql_to_sql",
    "score_basis",
    "channel_basis",
)


@dataclass(frozen=True)
class SettingChange:
    """A deciding setting that is not what the published decisions were made with."""

    name: str
    before: str
    after: str


def deciding(settings: Settings) -> dict[str, str]:
    """Their values as text, by dotted name."""
    return {name: str(_value(settings.model_dump(mode="json"), name)) for name in _DECIDING}


def changed_settings(before: Mapping[str, str], settings: Settings) -> list[SettingChange]:
    """`auto` is no change: it stands for what the first run decided."""
    now = deciding(settings)
    return [
        SettingChange(name, before[name], now[name])
        for name in _DECIDING
        if name in before and now[name] not in (before[name], "auto")
    ]


def _value(content: Any, name: str) -> Any:
    for part in name.split("."):
        content = content[part]
    return content

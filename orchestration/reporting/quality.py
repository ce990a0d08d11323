"""What was loaded, what was refused, and whether every MQL is accounted for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.reporting.steps import LABELS
from orchestration.reporting.tables import Marts
from orchestration.reporting.words import name, plain

_FILES = """
    select coalesce(vendor, ''), coalesce(object, ''), count(*), sum(records), sum(loaded),
           sum(superseded), sum(quarantined)
    from marts.mart_data_quality group by 1, 2 order by 1, 2
"""
_REFUSED = """
    select file, quarantined, records, reasons::varchar from marts.mart_data_quality
    where quarantined > 0 order by quarantined desc, file limit 10
"""
_COLUMNS = "file vendor object records loaded superseded quarantined reasons"
_ACCOUNTS = """
    with rows as (
        select *, count(*) filter (where channel = '(all)') over () > 0 as has_total
        from marts.mart_conservation
    )
    select step, sum(entered), sum(sql), sum(disqualified), sum(recycled), sum("open"), sum(expired),
           sum(unexplained)
    from rows where (channel = '(all)') = has_total and cohort_week::date <= ?
    group by 1 order by 1
"""
_ACCOUNT_COLUMNS = "cohort_week channel step entered sql disqualified recycled open expired unexplained"


@dataclass(frozen=True)
class Source:
    vendor: str
    kind: str
    files: int
    records: int
    loaded: int
    superseded: int
    quarantined: int


@dataclass(frozen=True)
class Refused:
    file: str
    quarantined: int
    records: int
    reasons: str


@dataclass(frozen=True)
class Loading:
    sources: tuple[Source, ...]
    refused: tuple[Refused, ...]

    @property
    def records(self) -> int:
        return sum(source.records for source in self.sources)

    @property
    def quarantined(self) -> int:
        return sum(source.quarantined for source in self.sources)

    @property
    def adds_up(self) -> bool:
        """Every record was either loaded or refused with a reason."""
        return all(source.records == source.loaded + source.quarantined for source in self.sources)


@dataclass(frozen=True)
class Account:
    step: str
    entered: int
    sql: int
    disqualified: int
    recycled: int
    open: int
    expired: int
    unexplained: int

    @property
    def label(self) -> str:
        return LABELS.get(self.step, self.step)

    @property
    def adds_up(self) -> bool:
        parts = (self.sql, self.disqualified, self.recycled, self.open, self.expired, self.unexplained)
        return self.entered == sum(parts)


def read_loading(marts: Marts) -> Loading | str:
    gap = marts.gap("mart_data_quality", _COLUMNS)
    if gap:
        return gap
    sources = tuple(Source(name(row[0]), name(row[1]), *_whole(row[2:])) for row in marts.rows(_FILES))
    refused = tuple(
        Refused(name(file), int(quarantined), int(records), _told(reasons))
        for file, quarantined, records, reasons in marts.rows(_REFUSED)
    )
    return Loading(sources, refused)


def read_accounts(marts: Marts, as_of_day: date) -> tuple[Account, ...] | str:
    gap = marts.gap("mart_conservation", _ACCOUNT_COLUMNS)
    if gap:
        return gap
    found = tuple(Account(name(row[0]), *_whole(row[1:])) for row in marts.rows(_ACCOUNTS, [as_of_day]))
    return found or "no cohort has been recorded up to this day"


def _whole(values: tuple[Any, ...]) -> list[int]:
    return [int(value or 0) for value in values]


def _told(reasons: str | None) -> str:
    """Reasons as people read them, whether stored as JSON counts or as text."""
    try:
        found = json.loads(reasons or "null")
    except ValueError:
        found = reasons
    if isinstance(found, dict):
        return "; ".join(f"{plain(reason)}: {plain(count)}" for reason, count in sorted(found.items()))
    if isinstance(found, list):
        return "; ".join(plain(reason) for reason in found)
    return plain(found or "no reason given")

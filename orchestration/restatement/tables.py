"""The tables that carry the guard: the seeds a publication was made with, and what was ever restated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.files import sql_text
from orchestration.restatement.rows import SEED_FILES, SeedRow


@dataclass(frozen=True)
class Restatement:
    """One line of the log. number: 1, 2, … in the workspace. episodes_*: MQL episodes of the days that were
    published before: how many there were, are, and differ.
    """

    number: int
    as_of: date
    kind: str
    subject: str
    detail: str
    episodes_before: int
    episodes_after: int
    episodes_changed: int


@dataclass(frozen=True)
class PublishedPast:
    """What a published file says of the decisions in it."""

    as_of: date
    settings: Mapping[str, str]
    seeds: tuple[SeedRow, ...]
    restatements: tuple[Restatement, ...]


_LOG = """
    create or replace table marts.mart_restatements (
        restatement_number integer, as_of date, kind varchar, subject varchar, detail varchar,
        episodes_before bigint, episodes_after bigint, episodes_changed bigint
    )
"""


def write_seeds(marts: duckdb.DuckDBPyConnection, rows: Sequence[SeedRow]) -> None:
    marts.execute(
        """
        create or replace table marts.seeds_in_force (file varchar, "row" integer, hash varchar, content json)
        """
    )
    values = [
        (row.file, row.row, row.digest, json.dumps(dict(row.cells), ensure_ascii=False)) for row in rows
    ]
    if values:
        marts.executemany("insert into marts.seeds_in_force values (?, ?, ?, ?)", values)


def write_restatements(marts: duckdb.DuckDBPyConnection, rows: Iterable[Restatement]) -> None:
    marts.execute(_LOG)
    values = [tuple(asdict(row).values()) for row in sorted(rows, key=lambda row: row.number)]
    if values:
        marts.executemany("insert into marts.mart_restatements values (?, ?, ?, ?, ?, ?, ?, ?)", values)


def read_past(path: Path) -> PublishedPast | None:
    """None where nothing is published, or by a version that did not write down its seeds."""
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as marts:
        tables = {
            name
            for (name,) in marts.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        }
        if "seeds_in_force" not in tables:
            return None
        publication = marts.execute("select as_of, decision_settings from marts.mart_publication").fetchone()
        if publication is None:
            return None
        seeds = marts.execute('select file, "row", content from marts.seeds_in_force order by all').fetchall()
        logged = marts.execute("from marts.mart_restatements order by restatement_number").fetchall()
    return PublishedPast(
        as_of=publication[0],
        settings=json.loads(publication[1]),
        seeds=tuple(
            SeedRow(file, row, json.loads(content)) for file, row, content in seeds if file in SEED_FILES
        ),
        restatements=tuple(Restatement(*row) for row in logged),
    )


@dataclass(frozen=True)
class Difference:
    """How the episodes of already published days differ, by why. Counts are (before, after, changed)."""

    merged: tuple[tuple[str, str], ...]
    by_cause: Mapping[str, tuple[int, int, int]]


_EPISODES_SO_FAR = """
        select lead_id, mql_at, qualified_by, score_at_mql, threshold_at_mql, scoring_version,
            row_number() over (partition by lead_id, mql_at order by mql_episode_id) as same_time
        from {marts}.fct_mql_episodes
        where if(coalesce(mql_at_is_date_only, false), mql_at::date <= $day, mql_at < $day_end)
"""
_BEFORE_AND_AFTER = f"""
    create temp table compared as
    with before as ({_EPISODES_SO_FAR.format(marts="published.marts")}),
    after as ({_EPISODES_SO_FAR.format(marts="marts")})
    select coalesce(b.lead_id, a.lead_id) as lead_id,
        b.lead_id is not null as was, a.lead_id is not null as is_now,
        b.lead_id is null or a.lead_id is null
        or b.qualified_by is distinct from a.qualified_by
        or b.scoring_version is distinct from a.scoring_version
        or (b.score_at_mql is null) <> (a.score_at_mql is null) or abs(b.score_at_mql - a.score_at_mql) > 1e-6
        or (b.threshold_at_mql is null) <> (a.threshold_at_mql is null)
        or abs(b.threshold_at_mql - a.threshold_at_mql) > 1e-6 as is_changed
    from before as b
    full outer join after as a on b.lead_id = a.lead_id and b.mql_at = a.mql_at and b.same_time = a.same_time
"""  # noqa: S608  (two texts of our own)
# People that were two when published and are one now, or the other way round.
_MERGED = """
    create temp table merged as
    select n.alias_lead_id, n.lead_id
    from marts.lead_aliases as n
    inner join published.marts.dim_leads as d on n.alias_lead_id = d.lead_id
    union
    select o.alias_lead_id, o.lead_id
    from published.marts.lead_aliases as o
    inner join marts.dim_leads as d on o.alias_lead_id = d.lead_id
"""
_BY_CAUSE = """
    select
        case
            when c.lead_id in (select unnest([alias_lead_id, lead_id]) from merged) then 'identity'
            when c.lead_id not in (select lead_id from marts.dim_leads) then 'deletion'
            else 'other'
        end as cause,
        count(*) filter (where was), count(*) filter (where is_now), count(*) filter (where is_changed)
    from compared as c
    group by cause order by cause
"""


def compare_published(
    marts: duckdb.DuckDBPyConnection, published: Path, day: date, day_end: datetime
) -> Difference:
    """Compare the episodes that began up to `day` with those of the published file."""
    with _attached(marts, published):
        marts.execute(_BEFORE_AND_AFTER, {"day": day, "day_end": day_end})
        marts.execute(_MERGED)
        merged = marts.execute("from merged order by all").fetchall()
        causes: list[tuple[Any, ...]] = marts.execute(_BY_CAUSE).fetchall()
        marts.execute("drop table compared")
        marts.execute("drop table merged")
    return Difference(tuple(merged), {row[0]: (row[1], row[2], row[3]) for row in causes})


@contextmanager
def _attached(marts: duckdb.DuckDBPyConnection, published: Path) -> Iterator[None]:
    marts.execute(f"attach {sql_text(published)} as published (read_only)")
    try:
        yield
    finally:
        marts.execute("detach published")

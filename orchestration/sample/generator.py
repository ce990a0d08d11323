"""Make a sample world: chunk by chunk into a temporary store, then write every extract from it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import get_args

import numpy as np

from orchestration.errors import UsageError
from orchestration.sample.audit import as_recorded
from orchestration.sample.campaigns import Campaigns, make_campaigns
from orchestration.sample.companies import Companies, make_companies
from orchestration.sample.deals import close_deals, log_tasks
from orchestration.sample.engagement import engage
from orchestration.sample.hubspot import write_hubspot
from orchestration.sample.marketo import LATE_PER_MILLE, write_marketo
from orchestration.sample.people import make_people
from orchestration.sample.sales import sell
from orchestration.sample.salesforce import write_salesforce
from orchestration.sample.store import Format, Store
from orchestration.sample.tables import add_tables, add_words
from orchestration.sample.truth import SALESFORCE, write_truth
from orchestration.sample.truth_hubspot import HUBSPOT
from orchestration.sample.world import CHUNK, Ints, World

SYSTEMS = {"salesforce-marketo": ("salesforce", "marketo"), "hubspot": ("hubspot",)}
"""The folders that extracts of a vendor (`--vendor`) are written to."""
MONTHS_TO_2025 = 55 * 12


@dataclass(frozen=True)
class SampleSummary:
    """What was written. folder: where; leads: lead records; truth: the folder the pipeline never reads."""

    folder: Path
    truth: Path
    vendor: str
    leads: int
    activities: int
    mqls: int
    sqls: int  # of those MQLs, by the end of the world
    opportunities: int
    customers: int
    files: tuple[str, ...]  # extract files, relative to the folder


def generate(
    out: Path,
    *,
    leads: int,
    weeks: int = 78,
    seed: int = 1,
    vendor: str = "salesforce-marketo",
    fmt: Format = "csv",
    progress: Callable[[str], None] | None = None,
) -> SampleSummary:
    """Write the extracts of a sample world to `out`, and its truth to `out/truth`.

    The world starts on Monday 2025-01-06 and lasts `weeks` weeks. The same arguments give the same bytes.
    Sample files of an earlier call in the same folder are replaced.
    Raises UsageError where an argument makes no sense.
    """
    _check(leads, weeks, seed, vendor, fmt)
    tell = progress or (lambda message: None)
    world = World(leads, weeks, seed)
    out.mkdir(parents=True, exist_ok=True)
    for made_before in (*chain.from_iterable(SYSTEMS.values()), "truth"):
        shutil.rmtree(out / made_before, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=".sample-", dir=out) as folder,
        Store(Path(folder), fmt, world.end) as store,
    ):
        _live(world, store, tell)
        activities = _write(vendor, store, out, tell)
        tell("Writing the truth")
        write_truth(store, world, out / "truth", HUBSPOT if vendor == "hubspot" else SALESFORCE)
        mqls, sqls = store.rows("SELECT count(*), count(seen(sql_at)) FROM mqls WHERE episode > 0")[0]
        deals, won = store.rows(
            "SELECT count(seen(created_at)), count(*) FILTER (won AND closed_at < world_end()) FROM deals"
        )[0]
    files = sorted(
        str(path.relative_to(out)) for system in SYSTEMS[vendor] for path in (out / system).iterdir()
    )
    return SampleSummary(out, out / "truth", vendor, leads, activities, mqls, sqls, deals, won, tuple(files))


def _write(vendor: str, store: Store, out: Path, tell: Callable[[str], None]) -> int:
    """The extracts of the vendor's systems; returns the number of activities."""
    if vendor == "hubspot":
        tell("Writing HubSpot files")
        return write_hubspot(store, out / "hubspot")
    tell("Writing Salesforce files")
    write_salesforce(store, out / "salesforce")
    tell("Writing Marketo files")
    return write_marketo(store, out / "marketo")


def _check(leads: int, weeks: int, seed: int, vendor: str, fmt: str) -> None:
    if vendor not in SYSTEMS:
        raise UsageError(
            f"There is no sample world for vendor {vendor!r}",
            where="--vendor",
            fix=f"use one of: {', '.join(SYSTEMS)}.",
        )
    if fmt not in get_args(Format):
        raise UsageError(
            f"There is no format {fmt!r}", where="--format", fix=f"use one of: {', '.join(get_args(Format))}."
        )
    if not 50 <= leads <= 10_000_000:
        raise UsageError(
            f"A sample world can't have {leads} leads",
            where="--leads",
            fix="give 50 to 10000000 leads; 20000 suits a demo.",
        )
    if not 4 <= weeks <= 520:
        raise UsageError(
            f"A sample world can't last {weeks} weeks",
            where="--weeks",
            fix="give 4 to 520 weeks; 78 is the default.",
        )
    if not 0 <= seed < 2**63:
        raise UsageError(f"A seed can't be {seed}", where="--seed", fix="give a whole number from 0 on.")


def _live(world: World, store: Store, tell: Callable[[str], None]) -> None:
    """Let the world happen: fill the store with its people, what they do, and what sales makes of it."""
    companies, campaigns = make_companies(world), make_campaigns(world)
    add_words(store, companies, campaigns)
    guid = 1
    for chunk, first_row in enumerate(range(0, world.leads, CHUNK)):
        count = min(CHUNK, world.leads - first_row)
        guid = _live_chunk(world, store, companies, campaigns, chunk, first_row, count, guid)
        tell(f"Made {first_row + count} of {world.leads} leads")
    add_tables(store)


def _live_chunk(
    world: World,
    store: Store,
    companies: Companies,
    campaigns: Campaigns,
    chunk: int,
    first_row: int,
    count: int,
    guid: int,
) -> int:
    """One chunk of people and their lives; returns the next free activity number."""
    people = make_people(world, companies, campaigns, first_row, count, world.rng("people", chunk))
    log = engage(world, people, campaigns, world.rng("engage", chunk))
    activities = log.sorted(world.end)
    mqls, scores = sell(world, people, activities, world.rng("sell", chunk))
    deals = close_deals(world, people, mqls, world.rng("deals", chunk))
    tasks = log_tasks(world, mqls, world.rng("tasks", chunk))
    store.append("people", vars(people))
    store.append(
        "mqls", {"row": first_row + mqls.lead, **{k: v for k, v in vars(mqls).items() if k != "lead"}}
    )
    columns = {k: v for k, v in vars(deals).items() if k not in ("lead", "stage_at")}
    stages = {f"stage_{i + 1}": deals.stage_at[:, i] for i in range(4)}
    store.append("deals", {"row": first_row + deals.lead, **columns, **stages})
    number = store.rows("SELECT count(*) FROM tasks")[0][0] if chunk else 0
    columns = {k: v for k, v in vars(tasks).items() if k != "lead"}
    store.append(
        "tasks", {"number": number + np.arange(len(tasks.lead)), "row": first_row + tasks.lead, **columns}
    )

    recorded = as_recorded(world, people, activities, scores)
    file = _quarter(recorded.at)
    late = world.rng("late", chunk).integers(0, 1000, len(file)) < LATE_PER_MILLE
    file = np.minimum(file + late, _quarter(np.array([world.end - 1]))[0])
    small = {
        "row": first_row + recorded.lead,
        "kind": recorded.kind,
        "asset": recorded.asset,
        "extra": recorded.extra,
        "detail": recorded.detail,
        "file": file,
    }
    numbers = {"guid": guid + np.arange(len(file)), "moment": recorded.at}
    store.append("activity", numbers | {name: column.astype(np.int32) for name, column in small.items()})
    return guid + len(file)


def _quarter(at: Ints) -> Ints:
    """Quarters since the first of 2025, by which the activity files are split."""
    months = at.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return (months - MONTHS_TO_2025) // 3

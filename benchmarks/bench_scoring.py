"""Scores and MQL episodes against the floor of one window pass; the argument is how many activities.

The tables that scoring reads are made up in SQL: 20 activities a lead, 5 % of opens and
clicks by machines, 1.2 segments a lead.
The floor is one query over (lead, time, points): decayed running score, first crossing, join to the leads.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from orchestration.dbt import dbt_environment, project_folder, seeds_folder
from orchestration.invocation import invoke
from orchestration.publish import create_marts

ACTIVITIES_PER_LEAD = 20
THREADS = 2
TARGET_RATIO = 2.5
TARGET_SHARE = 0.1
MODELS = (
    "intermediate.changes fct_activities intermediate.scoring intermediate.mql "
    "fct_lead_scores fct_mql_episodes fct_handoffs"
)
MADE_UP = "int_owner_changes int_recorded_scores"
"""Of the selected models those that read what lies further upstream: empty here."""

LEADS = """
create or replace table bench_leads as
select
    i as lead_number,
    format('l_{:016x}', hash(i)) as lead_id,
    timestamp '2024-01-01' + to_seconds(hash(i, 1) % 15552000) as created_at,
    hash(i, 2) % 100 as dice,
    hash(i, 3) % 100 as other_dice
from range(?) as r (i);
"""

# Half of the activities fall on all leads alike, half on few of them; rows lie in the order of their time.
ACTIVITIES = """
select
    'marketo:' || (r.i + {first}) as activity_id,
    l.lead_id,
    case
        when d < 400 then 'email_sent' when d < 700 then 'email_open' when d < 750 then 'email_click'
        when d < 940 then 'page_visit' when d < 955 then 'pricing_page_visit' when d < 965 then 'form_fill'
        when d < 980 then 'content_download' when d < 985 then 'webinar_registered'
        when d < 988 then 'webinar_attended'
        when d < 995 then 'call' when r.i % 2 = 0 then 'demo_request' else 'unsubscribe'
    end as activity_type,
    d < 400 as is_delivery,
    if(d < 750, 'mail ' || hash(r.i, 4) % 500, null) as mailing_id,
    cast(null as varchar) as link,
    r.happened_at as occurred_at,
    false as is_date_only,
    if(hash(r.i, 5) % 100 < 3, r.happened_at + to_seconds(hash(r.i, 6) % 604800), r.happened_at) as known_at,
    if(d >= 965, 'campaign ' || hash(r.i, 7) % 40, null) as campaign_id,
    if(d >= 965, 'webinar', null) as channel
from (
    select i, hash(i + {first}, 9) % 1000 as d,
        timestamp '{start}' + to_microseconds(cast(i * {seconds} * 1e6 / {rows} as bigint)) as happened_at,
        cast(floor({leads} * if(i % 2 = 0, u, u * u * u)) as bigint) as lead_number
    from (select i, hash(i + {first}, 8) / 18446744073709551616.0 as u from range({rows}) as r (i))
) as r
inner join bench_leads as l on r.lead_number = l.lead_number;
"""

UPSTREAM = """
create or replace table intermediate.int_bot_activities as
select activity_id from intermediate.int_activities
where activity_type in ('email_open', 'email_click') and hash(activity_id) % 100 < 5;

create or replace table intermediate.int_leads as
select lead_id, created_at, false as created_at_is_date from bench_leads;

create or replace table intermediate.int_lead_identity as
select lead_id as record_key, lead_id, false as is_person_deleted from bench_leads;

create or replace table intermediate.int_lead_history as
select
    *,
    lead(valid_from) over (partition by lead_id order by valid_from) as valid_to
from (
    select
        lead_id,
        unnest(if(dice < 15, [created_at, created_at + interval 200 day], [created_at])) as valid_from,
        lead_number || '@' || if(other_dice < 20, 'gmail.com', 'company' || lead_number % 5000 || '.example')
            as email,
        if(other_dice < 20, 'gmail.com', 'company' || lead_number % 5000 || '.example') as email_domain,
        ['CEO', 'VP Sales', 'Marketing Manager', 'Intern'][cast(lead_number % 4 + 1 as integer)] as title,
        ['c_level', 'vp', 'manager', 'student'][cast(lead_number % 4 + 1 as integer)] as seniority,
        cast(null as varchar) as job_role,
        if(other_dice = 99, 'Test', 'Company ' || lead_number % 5000) as company,
        ['Software', 'Retail', 'Healthcare'][cast(lead_number % 3 + 1 as integer)] as industry,
        cast(lead_number % 300 as bigint) as employee_count,
        cast(null as double) as annual_revenue,
        cast(null as double) as budget,
        ['US', 'Germany', 'Japan'][cast(hash(lead_number, 11) % 3 + 1 as integer)] as country,
        other_dice < 20 as is_free_mail,
        lead_number % 4 = 3 as is_student,
        if(lead_number % 10 = 0, 'paid_social', 'channel ' || lead_number % 10) as channel,
        cast(null as varchar) as custom_1,
        cast(null as varchar) as custom_2,
        cast(null as varchar) as custom_3,
        cast(null as varchar) as custom_4,
        cast(null as varchar) as custom_5,
        false as is_reconstructed
    from bench_leads
);

create or replace table intermediate.int_lead_segments as
select
    lead_id,
    cast(row_number() over (partition by lead_id order by starts_at) as integer) as segment_number,
    starts_at,
    lead(starts_at) over (partition by lead_id order by starts_at) as ends_at,
    if(starts_at > created_at, 'recycled', null) as reset_reason
from (
    select lead_id, created_at,
        unnest(if(dice between 20 and 39, [created_at, created_at + interval 400 day], [created_at]))
            as starts_at
    from bench_leads
);

create or replace table intermediate.int_stage_evidence as
select lead_id, stage, entered_at, false as is_date_only, entered_at as known_at, 10 as tie_order,
    'salesforce' as source, false as is_inferred, cast(null as varchar) as reason
from (
    select lead_id, 'recycled' as stage, created_at + interval 400 day as entered_at
    from bench_leads where dice between 20 and 39
    union all
    select lead_id, 'mql', created_at + interval 300 day from bench_leads where dice < 25
    union all
    select lead_id, 'sql', created_at + interval 330 day from bench_leads where dice < 15
    union all
    select lead_id, 'disqualified', created_at + interval 500 day
    from bench_leads where dice between 15 and 19
);

create or replace table intermediate.int_lead_blocks as
select lead_id, 'open opportunity' as reason, created_at + interval 340 day as from_at,
    if(dice % 2 = 0, created_at + interval 420 day, null) as to_at
from bench_leads where dice < 6
union all
select lead_id, 'disqualified', created_at + interval 500 day, null
from bench_leads where dice between 15 and 19;

create or replace table intermediate.int_lead_first_campaign as
select lead_id, 'campaign ' || lead_number % 40 as campaign_id from bench_leads where dice < 80;

create or replace table intermediate.int_owner_changes (
    record_key varchar, changed_at timestamp, is_date_only boolean, known_at timestamp
);
create or replace table intermediate.int_recorded_scores (
    lead_id varchar, known_at timestamp, score double, is_as_of_export boolean
);

create or replace view staging.stg_mapped__leads as
select cast(null as varchar) as record_key, cast(null as timestamp) as handed_off_at,
    cast(null as boolean) as handed_off_at_is_date
where false;

create or replace table bandpass.marts.fct_opportunities as
select 'opp ' || lead_number as opportunity_id, lead_id, cast(100 as double) as amount, true as is_won,
    created_at + interval 420 day as closed_at
from bench_leads where dice < 3;
"""

FLOOR_INPUT = """
create or replace table bench_rows as
select l.lead_number, a.known_at as ts, cast(1 + hash(a.activity_id) % 20 as double) as points
from intermediate.int_activities as a
inner join bench_leads as l on a.lead_id = l.lead_id;
"""

FLOOR = """
create or replace table bench_crossings as
with scores as (
    select
        lead_number,
        ts,
        sum(points * pow(2.0, (epoch(ts) - 1704067200) / 2592000))
            over (partition by lead_number order by ts rows unbounded preceding)
            * pow(2.0, -(epoch(ts) - 1704067200) / 2592000) as score
    from bench_rows
)
select l.lead_id, c.crossed_at
from (select lead_number, min(ts) as crossed_at from scores where score >= 60 group by lead_number) as c
inner join bench_leads as l on c.lead_number = l.lead_number;
"""


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(folder / "warehouse.duckdb"))
    connection.execute(f"attach '{folder / 'bandpass.duckdb'}' as bandpass")
    connection.execute(f"set threads = {THREADS}; set TimeZone = 'UTC'")
    connection.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
    return connection


def make_world(folder: Path, activities: int) -> None:
    create_marts(folder / "bandpass.duckdb")
    leads = activities // ACTIVITIES_PER_LEAD
    with connect(folder) as connection:
        connection.execute("create schema intermediate; create schema staging")
        connection.execute(LEADS, [leads])
        rows = ACTIVITIES.format(first=0, rows=activities, leads=leads, start="2024-07-01", seconds=62985600)
        connection.execute(f"create or replace table intermediate.int_activities as {rows}")
        connection.execute(UPSTREAM)
        connection.execute(FLOOR_INPUT)


def add_a_day(folder: Path, activities: int) -> None:
    """One more day with 1 % more activities."""
    rows = ACTIVITIES.format(
        first=activities,
        rows=activities // 100,
        leads=activities // ACTIVITIES_PER_LEAD,
        start="2026-07-01",
        seconds=86400,
    )
    with connect(folder) as connection:
        connection.execute(f"insert into intermediate.int_activities by name {rows}")


def floor(folder: Path) -> tuple[float, float]:
    """Seconds by the clock and of the processor, best of three."""
    with connect(folder) as connection:
        seconds, used = [], []
        for _ in range(3):
            start, before = time.perf_counter(), time.process_time()
            connection.execute(FLOOR)
            seconds.append(time.perf_counter() - start)
            used.append(time.process_time() - before)
    return min(seconds), min(used)


@dataclass(frozen=True)
class Measured:
    """What a function gave back in a process of its own. memory: its peak in GiB. cpu: seconds of all cores,
    which other work on the machine hardly changes.
    """

    result: Any
    memory: float
    cpu: float


def measured(work: Callable[..., Any], *arguments: Any) -> Measured:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_memory, (work, arguments))


def _with_memory(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Measured:
    result = work(*arguments)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Measured(result, used.ru_maxrss / 2**20, used.ru_utime + used.ru_stime)


def dbt(folder: Path, *arguments: str) -> dict[str, float]:
    """Seconds of each node; `(all)` from the start of the first to the end of the last."""
    variables = dbt_environment(
        warehouse=folder / "warehouse.duckdb",
        marts=folder / "bandpass.duckdb",
        seeds=folder / "seeds",
        target=folder / "target",
    )
    done = invoke(arguments, project=project_folder(), seeds=folder / "seeds", variables=variables)
    if not done.success:
        raise RuntimeError(f"dbt {' '.join(arguments)} failed: {done.what_failed}")
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    spans = [
        (_at(timing["started_at"]), _at(timing["completed_at"]))
        for result in results
        for timing in result["timing"]
    ]
    seconds = {result["unique_id"].split(".")[2]: result["execution_time"] for result in results}
    return seconds | {
        "(all)": (max(end for _, end in spans) - min(start for start, _ in spans)).total_seconds()
    }


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def run_models(folder: Path, as_of: str, basis: str, models: str, carry: bool = False) -> dict[str, float]:
    variables = json.dumps({"as_of": as_of, "mql_basis": basis, "carry": carry})
    return dbt(folder, "run", "--select", *models.split(), "--exclude", *MADE_UP.split(), "--vars", variables)


def show(console: Console, title: str, seconds: dict[str, float]) -> None:
    console.print(title, highlight=False)
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        if spent >= seconds["(all)"] / 100:
            console.print(f"    {name:<32}{spent:8.2f} s", highlight=False)


@contextmanager
def work_folder(keep: Path | None) -> Iterator[Path]:
    """The folder to leave behind, or one for the time being."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="bandpass-bench-") as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("activities", type=int, nargs="?", default=2_000_000)
    parser.add_argument("--basis", default="scored")
    parser.add_argument("--keep", type=Path, help="folder to work in and to leave behind")
    options = parser.parse_args()
    console = Console(width=160)
    say = partial(console.print, highlight=False)
    with work_folder(options.keep) as folder:
        if not (folder / "warehouse.duckdb").exists():
            measured(make_world, folder, options.activities)
        shutil.copytree(seeds_folder(project_folder()), folder / "seeds", dirs_exist_ok=True)
        one_pass = measured(floor, folder)
        clock, processor = one_pass.result
        say(f"floor        {clock:6.1f} s, {processor:6.1f} s of processor, {one_pass.memory:.2f} GiB")
        # What dbt itself takes of the processor to start and to read the project.
        itself = measured(dbt, folder, "seed").cpu
        full = measured(run_models, folder, "2026-06-30", options.basis, MODELS)
        show(console, "full build", full.result)
        built, used = full.result["(all)"], full.cpu - itself
        say(
            f"full build   {built:6.1f} s = {built / clock:.1f} x the floor; "
            f"{used:6.1f} s of processor = {used / processor:.1f} x the floor "
            f"(target {TARGET_RATIO}), {full.memory:.2f} GiB"
        )
        measured(add_a_day, folder, options.activities)
        day = measured(run_models, folder, "2026-07-01", options.basis, MODELS, True)
        show(console, "one more day with 1 % more activities", day.result)
        again, more = day.result["(all)"], day.cpu - itself
        say(
            f"one more day {again:6.1f} s = {again / built:.2f} of the full build; "
            f"{more:6.1f} s of processor = {more / used:.2f} of it "
            f"(target {TARGET_SHARE}), {day.memory:.2f} GiB"
        )


if __name__ == "__main__":
    main()

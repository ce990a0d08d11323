"""A funnel small enough to be built in seconds: real loading, calibration and report, a dozen tiny models."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.dbt import project_folder
from orchestration.workspace import Workspace
from tests.conftest import run_bandpass

BANDPASS = str(Path(sys.executable).with_name("bandpass"))

LEADS = """\
"Id","Email","Company","Status","CreatedDate","LastModifiedDate","SystemModstamp","IsDeleted","IsConverted"
"""
MODELS = {
    "staging/salesforce/stg_leads": """
        select Id as lead_id, CreatedDate as created_at from {{ source('raw', 'salesforce_lead') }}
        where CreatedDate < {{ as_of_end() }}
    """,
    "intermediate/mql/int_mql_basis": """
        select '{{ "scored" if var("mql_basis") == "auto" else var("mql_basis") }}' as mql_basis
    """,
    "intermediate/changes/int_last_fingerprints": (
        project_folder() / "models/intermediate/changes/int_last_fingerprints.sql"
    ).read_text(encoding="utf-8"),
    "intermediate/changes/int_lead_fingerprints": """
        -- depends_on: {{ ref('int_last_fingerprints') }}
        select lead_id, cast(sum(hash(r)) as hugeint) as fingerprint, {{ as_of_end() }} as built_until
        from {{ ref('stg_leads') }} as r group by lead_id
    """,
    "intermediate/changes/int_changed_leads": """
        select coalesce(n.lead_id, o.lead_id) as lead_id
        from {{ ref('int_lead_fingerprints') }} as n
        full join {{ ref('int_last_fingerprints') }} as o on n.lead_id = o.lead_id
        where n.fingerprint is distinct from o.fingerprint
    """,
    "marts/core/dim_leads": """
        select lead_id, created_at, 'Web' as channel, t.threshold
        from {{ ref('stg_leads') }} cross join {{ ref('mql_thresholds') }} as t
    """,
    "marts/core/fct_lead_scores": """
        select lead_id, 1 as segment_number, created_at as scored_at, 30.0 as fit_score,
            30.0 as engagement_score, 60.0 as lead_score, 50.0 as threshold, 1.0 as min_fit,
            1.0 as min_engagement, 'initial' as scoring_version, true as is_eligible
        from {{ ref('dim_leads') }}
    """,
    "marts/core/fct_mql_episodes": """
        select lead_id || '-1' as mql_episode_id, lead_id, 1 as segment_number, created_at as mql_at,
            false as mql_at_is_date_only, 'score' as qualified_by, 60.0 as score_at_mql,
            threshold as threshold_at_mql, 'initial' as scoring_version
        from {{ ref('dim_leads') }}
        where threshold <= 60
    """,
    "marts/core/lead_aliases": """
        select null::varchar as alias_lead_id, null::varchar as lead_id, null::timestamp as merged_at
        from {{ ref('dim_leads') }} where false
    """,
    "marts/core/fct_handoffs": """
        select lead_id || '-h' as handoff_id, lead_id, mql_episode_id, mql_at as handed_off_at,
            60.0 as peak_score, 'score' as qualified_by, 'initial' as scoring_version,
            'Web' as channel, false as is_explored, null::timestamp as sql_at,
            null::timestamp as closed_at, null::timestamp as sql_known_at, null::timestamp as closed_known_at
        from {{ ref('fct_mql_episodes') }}
    """,
    "marts/core/fct_lifecycle_events": """
        select lead_id, segment_number, 'mql' as stage, mql_at as entered_at, mql_at as known_at
        from {{ ref('fct_mql_episodes') }}
    """,
    "intermediate/funnel/int_funnel_entries": """
        select step, mql_episode_id as entry_id, channel, '(none)' as campaign_id, 90 as horizon_days,
            {{ as_of_day() }} - mql_at::date as age_days, null::timestamp as converted_at,
            false as is_within_horizon, null::bigint as delay_days
        from {{ ref('fct_mql_episodes') }}
        inner join {{ ref('dim_leads') }} using (lead_id)
        cross join (values ('mql_to_sql'), ('mql_to_customer')) as steps (step)
    """,
    "intermediate/funnel/int_delay_curve": """
        select 'mql_to_sql' as step, unnest(range(91)) as age_days, if(age_days = 90, 1.0, 0.0) as g,
            0.0 as g_error
    """,
    "intermediate/funnel/int_stage_first_entries": """
        select lead_id, segment_number, stage, entered_at, false as is_date_only, known_at, null::date as week
        from {{ ref('fct_lifecycle_events') }} where stage in ('sql', 'customer')
    """,
    "intermediate/funnel/int_won_opportunities": """
        select lead_id, null::double as amount, null::date as week, null::timestamp as closed_at,
            null::timestamp as closed_known_at
        from {{ ref('dim_leads') }} where false
    """,
    "marts/sales/mart_handoff_queue": """
        select 1 as queue_position, max(mql_episode_id) as mql_episode_id, '=1+1' as name,
            ['Score 60.0', 'At last'] as reasons, max(mql_at) as mql_at
        from {{ ref('fct_mql_episodes') }}
    """,
    "marts/funnel/mart_threshold_history": """
        select 'global' as segment, 50.0 as threshold, null::timestamp as effective_from,
            null::timestamp as effective_to, null::varchar as accepted_by, null::varchar as suggestion_id
    """,
}
SOURCES = """
sources:
  - name: raw
    schema: raw
    tables: [{name: salesforce_lead, description: Leads as Salesforce exports them.}]
models:
  - name: stg_leads
    columns: [{name: lead_id, data_tests: [unique, not_null]}]
"""


@dataclass(frozen=True)
class Funnel:
    """A workspace and the project it is built with."""

    workspace: Workspace
    environment: dict[str, str]

    def command(self, name: str, *options: str) -> list[str]:
        return [BANDPASS, name, "--workspace", str(self.workspace.root), *options]

    def bandpass(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        """The command as a user runs it, on this workspace."""
        return subprocess.run(
            self.command(name, *options), env=self.environment, capture_output=True, text=True, check=False
        )

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`bandpass run` in this process, which has imported Dagster before; progress is not captured."""
        return run_bandpass(self.command("run", *options)[1:], self.environment)

    def start(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(name, *options),
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def add_leads(self, file: str, days: Sequence[str], first: int = 1) -> None:
        """An extract with one lead created at noon of each day."""
        rows = [
            f'"00Q{number:012d}","p{number}@example.org","Acme","Open","{day}T12:00:00.000Z",'
            f'"{day}T12:00:00.000Z","{day}T12:00:00.000Z","false","false"\n'
            for number, day in enumerate(days, start=first)
        ]
        self.workspace.extracts.mkdir(parents=True, exist_ok=True)
        (self.workspace.extracts / file).write_text(LEADS + "".join(rows), encoding="utf-8")

    def hashes(self) -> dict[str, str]:
        """A hash of each published table and of the raw tables."""
        return table_hashes(self.workspace.marts()) | table_hashes(self.workspace.warehouse, "raw")


def table_hashes(path: Path, schema: str = "marts") -> dict[str, str]:
    """A hash of the rows of each table, whatever their order."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from duckdb_tables() where schema_name = ? order by 1", [schema]
        ).fetchall()
        return {
            f"{schema}.{name}": hashlib.sha256(
                repr(sorted(map(repr, connection.execute(f'from {schema}."{name}"').fetchall()))).encode()
            ).hexdigest()
            for (name,) in names
        }

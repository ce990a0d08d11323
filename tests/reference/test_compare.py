"""The comparison finds what is wrong and is silent where nothing is."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from .compare import compare, readable
from .facts import ATTRIBUTES, load_world

# A click (10) and a demo request (40) of a software company (fit 20): MQL on 3 January
# with 70, sql on the 10th.
TABLES = """
create schema marts;
create table marts.dim_leads as select 'l_1' as lead_id, timestamp '2026-01-01' as created_at,
    20.0 as fit_score, 50.0 as engagement_score, 70.0 as lead_score, false as is_mql;
create table marts.dim_lead_history as select 'l_1' as lead_id, timestamp '2026-01-01' as valid_from,
    null::timestamp as valid_to;
-- the attributes come here
update marts.dim_lead_history set industry = 'Software', channel = 'web';
create table marts.fct_activities as
    select 'l_1' as lead_id, id as activity_id, kind as activity_type, happened as occurred_at,
        happened as known_at, false as is_date_only, false as is_bot, rule_id, points
    from (values ('a', 'email_click', timestamp '2026-01-02', 'click', 10.0),
        ('b', 'demo_request', timestamp '2026-01-03', 'demo', 40.0))
        as v (id, kind, happened, rule_id, points);
create table marts.fct_lifecycle_events as select 'l_1' as lead_id, 'sql' as stage,
    timestamp '2026-01-10' as entered_at, null::timestamp as exited_at, 'salesforce' as source,
    false as is_inferred, false as is_date_only, timestamp '2026-01-10' as known_at;
create table marts.fct_opportunities as select 'o' as opportunity_id, 'l_9' as lead_id,
    timestamp '2026-01-10' as created_at, null::timestamp as closed_at, null::boolean as is_won,
    timestamp '2026-01-10' as known_at, null::timestamp as closed_known_at;
create table marts.fct_lead_segments as select 'l_1' as lead_id, 1 as segment_number,
    timestamp '2026-01-01' as starts_at, null::timestamp as ends_at;
create table marts.fct_lead_scores as
    select 'l_1' as lead_id, 1 as segment_number, happened as scored_at, 20.0 as fit_score,
        engagement as engagement_score,
        (20.0 + engagement)::double as lead_score, 60.0 as threshold, 10.0 as min_fit,
        15.0 as min_engagement, 'initial' as scoring_version, true as is_eligible
    from (values (timestamp '2026-01-01', 0.0), (timestamp '2026-01-02', 10.0),
        (timestamp '2026-01-03', 50.0)) as v (happened, engagement);
create table marts.fct_mql_episodes as select
    'l_1-1' as mql_episode_id, 'l_1' as lead_id, 1 as episode_number, 'score' as qualified_by,
    timestamp '2026-01-03' as mql_at, 70.0 as score_at_mql, 20.0 as fit_score_at_mql,
    50.0 as engagement_score_at_mql, 60.0 as threshold_at_mql, 'initial' as scoring_version, 'web' as channel,
    timestamp '2026-01-10' as sql_at, false as is_bypass, null::timestamp as disqualified_at,
    null::timestamp as recycled_at, 'sql' as outcome, timestamp '2026-01-10' as outcome_at,
    [{'rule_id': 'software', 'activity_id': null, 'points': 20.0},
     {'rule_id': 'click', 'activity_id': 'a', 'points': 10.0},
     {'rule_id': 'demo', 'activity_id': 'b', 'points': 40.0}] as reasons;
create table marts.fct_lead_reasons as
    select 'l_1' as lead_id, rule_id, activity_id, points
    from (values ('software', null, 20.0), ('click', 'a', 10.0), ('demo', 'b', 40.0))
        as v (rule_id, activity_id, points);
"""
COLUMNS = "".join(f"alter table marts.dim_lead_history add column {name} varchar;\n" for name in ATTRIBUTES)
SEEDS = {
    "scoring_rules": "rule_id,kind,field,operator,value,points\nsoftware,fit,industry,eq,software,20\n"
    "click,engagement,email_click,,,10\ndemo,engagement,demo_request,,,40\n",
    "mql_thresholds": "segment,threshold,min_fit,min_engagement,effective_from\nglobal,60,10,15,\n",
    "exclusions": "exclusion_id,reason,field,operator,value,valid_from,valid_to\n",
    "channel_gates": "channel,activity_types,valid_from,valid_to\n",
    "qualification_paths": "path_id,step,activity_type\n",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for folder in ["published", "runs", ".seeds"]:
        (tmp_path / folder).mkdir()
    for name, text in SEEDS.items():
        (tmp_path / ".seeds" / f"{name}.csv").write_text(text)
    (tmp_path / "runs" / "1.json").write_text('{"as_of": "2026-02-01"}')
    (tmp_path / "bandpass.yml").write_text("mql_basis: scored\n")
    change(tmp_path, TABLES.replace("-- the attributes come here", COLUMNS))
    return tmp_path


def change(workspace: Path, statements: str) -> None:
    with duckdb.connect(str(workspace / "published" / "bandpass.duckdb")) as connection:
        connection.execute(statements)


def test_equal_tables_have_no_differences(workspace: Path) -> None:
    assert readable(compare(workspace)) == "no differences"


@pytest.mark.parametrize(
    ("statement", "table", "what"),
    [
        ("update marts.fct_activities set points = 0 where activity_id = 'a'", "fct_activities", "points"),
        ("update marts.fct_lead_segments set ends_at = '2026-01-05'", "fct_lead_segments", "ends_at"),
        ("update marts.fct_lead_scores set is_eligible = false", "fct_lead_scores", "is_eligible"),
        ("update marts.fct_lead_scores set lead_score = lead_score + 2e-6", "fct_lead_scores", "lead_score"),
        ("delete from marts.fct_lead_scores where scored_at = '2026-01-02'", "fct_lead_scores", "row"),
        ("insert into marts.fct_lead_scores from marts.fct_lead_scores", "fct_lead_scores", "repeated row"),
        ("update marts.fct_mql_episodes set reasons = reasons[1:2]", "fct_mql_episodes", "reasons"),
        ("update marts.fct_mql_episodes set episode_number = 2", "fct_mql_episodes", "row"),
        ("update marts.dim_leads set fit_score = 19", "dim_leads", "fit_score"),
        ("update marts.fct_lead_reasons set points = 41 where points = 40", "fct_lead_reasons", "reasons"),
        ("delete from marts.fct_lead_reasons", "fct_lead_reasons", "reasons"),
        ("insert into marts.fct_lead_reasons from marts.fct_lead_reasons", "fct_lead_reasons", "reasons"),
        ("update marts.fct_lead_reasons set lead_id = 'l_2'", "fct_lead_reasons", "row"),
    ],
)
def test_a_wrong_value_is_found(workspace: Path, statement: str, table: str, what: str) -> None:
    change(workspace, statement)
    found = compare(workspace)
    assert {difference.table for difference in found} == {table}
    assert any(what in difference.what for difference in found)
    assert what.split()[-1] in readable(found)


def test_the_published_file_says_its_own_as_of_and_basis(workspace: Path) -> None:
    change(
        workspace,
        "create table marts.mart_publication as select date '2026-01-09' as as_of, 'scored' as mql_basis",
    )
    world = load_world(workspace)
    assert (world.as_of.isoformat(), world.mql_basis) == ("2026-01-09", "scored")
    assert world.leads["l_1"].entries == []  # the sql of 10 January is not known yet


def test_a_score_within_the_tolerance_is_equal(workspace: Path) -> None:
    change(workspace, "update marts.fct_lead_scores set lead_score = lead_score + 5e-7")
    assert compare(workspace) == []

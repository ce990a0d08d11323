"""Settings other than the shipped ones on a small world, recomputed without the project's SQL."""

from __future__ import annotations

import fcntl
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.dbt import dbt_vars
from orchestration.errors import UsageError
from orchestration.restatement.settings import changed_settings, deciding
from orchestration.settings import Settings, load_settings
from orchestration.workspace import Workspace
from tests.conftest import run_bandpass

SETTINGS = """
score_basis: recorded
channel_basis: last_touch
handoff_evidence: [owner_change]
mql_basis: scored
"""


@pytest.fixture(scope="session")
def chosen(shared_folder: Path) -> Path:
    """A folder with `extracts` and the `workspace` that ran on them; the first test that asks builds it."""
    root = shared_folder / "chosen-bases"
    workspace = Workspace.at(root / "workspace")
    with (shared_folder / "chosen-bases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not workspace.marts().exists():
            workspace.root.mkdir(parents=True, exist_ok=True)
            (workspace.root / "bandpass.yml").write_text(SETTINGS)
            world = ["--leads", "500", "--weeks", "26", "--seed", "5", "--vendor", "salesforce-marketo"]
            folder = ["--extracts", str(root / "extracts")]
            for arguments in (
                ["generate", "--out", folder[1], *world],
                ["run", "--workspace", str(workspace.root), *folder],
            ):
                done = run_bandpass(arguments)
                if done.returncode != 0:
                    pytest.fail(f"bandpass {arguments[0]} failed:\n{done.stderr}", pytrace=False)
    return root


@pytest.fixture
def marts(chosen: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(Workspace.at(chosen / "workspace").marts()), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def extracted(chosen: Path, pattern: str) -> list[dict[str, Any]]:
    """The rows of the CSV files, all text."""
    query = "select * from read_csv($files, all_varchar = true, union_by_name = true, nullstr = ['', 'null'])"
    with duckdb.connect() as connection:
        found = connection.execute(query, {"files": str(chosen / "extracts" / pattern)})
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def records_of(marts: duckdb.DuckDBPyConnection, kind: str) -> dict[str, str]:
    """The lead of each source record of a kind."""
    rows = marts.execute("select lead_id, unnest(source_ids) from marts.dim_leads").fetchall()
    return {key.removeprefix(kind): lead for lead, key in rows if key.startswith(kind)}


def score_changes(chosen: Path) -> dict[str, list[tuple[datetime, int, float, float]]]:
    """Of each Marketo record the changes of its main score: when, number, new and old value."""
    changes = defaultdict(list)
    for row in extracted(chosen, "marketo/activities_*.csv"):
        if row["activityTypeId"] == "22" and row["primaryAttributeValue"] == "Lead Score":
            said = json.loads(row["attributes"])
            at = moment(row["activityDate"])
            values = float(said["New Value"]), float(said["Old Value"])
            changes[row["leadId"]].append((at, int(row["marketoGUID"]), *values))
    return {record: sorted(rows) for record, rows in changes.items()}


def test_at_each_instant_the_score_is_the_one_that_marketo_had_recorded(
    chosen: Path, marts: duckdb.DuckDBPyConnection
) -> None:
    leads = records_of(marts, "marketo:lead:")
    # of people that Marketo knows twice, the stronger record would have to be found first
    single = {record: lead for record, lead in leads.items() if list(leads.values()).count(lead) == 1}
    changes = score_changes(chosen)
    records = {row["id"]: row for row in extracted(chosen, "marketo/leads.csv")}
    scores = defaultdict(list)
    for lead, at, score in marts.execute(
        "select lead_id, scored_at, lead_score from marts.fct_lead_scores"
    ).fetchall():
        scores[lead].append((at, score))
    judged = moved = 0
    for record, lead in single.items():
        row, changed = records[record], changes.get(record, [])
        created, updated = moment(row["createdAt"]), moment(row["updatedAt"])
        assert {max(at, created) for at, *_ in changed} <= {at for at, _ in scores[lead]}, record
        for at, score in scores[lead]:
            known = [new for when, _, new, _ in changed if when <= at]
            if at < created:
                expected = 0.0
            elif not changed or (changed[-1][0] < updated <= at):
                expected = float(row["leadScore"] or 0)
            else:
                expected = known[-1] if known else changed[0][3]
            assert score == expected, (record, at)
            judged += 1
            moved += score != scores[lead][0][1]
    assert judged > 1000
    assert moved > 100


def test_the_score_of_a_record_without_changes_is_marked_as_that_of_the_export(
    chosen: Path, marts: duckdb.DuckDBPyConnection
) -> None:
    leads = records_of(marts, "marketo:lead:")
    changed = {leads[record] for record in score_changes(chosen) if record in leads}
    marked = {
        row[0]
        for row in marts.execute("select lead_id from marts.dim_leads where score_is_as_of_export").fetchall()
    }
    assert marked == set(leads.values()) - changed


def test_a_recorded_score_decides_alone_and_is_its_own_reason(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute("""
        select qualified_by, score_at_mql, threshold_at_mql, fit_score_at_mql, engagement_score_at_mql,
            reasons
        from marts.fct_mql_episodes
    """).fetchall()
    for qualified_by, score, threshold, *_, reasons in rows:
        assert [(part["rule_id"], part["points"]) for part in reasons] == [("recorded", score)]
        assert qualified_by != "score" or score >= threshold - 1e-9
    # 10 and 15 are the shipped minimums of fit and engagement, which a recorded score does not need
    assert any(row[0] == "score" and (row[3] < 10 or row[4] < 15) for row in rows)
    minimums = marts.execute(
        "select count(min_fit), count(min_engagement) from marts.fct_lead_scores"
    ).fetchall()
    assert minimums == [(0, 0)]


def test_sales_got_a_lead_when_its_owner_changed_two_seconds_after_the_mark(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """The sample world gives each marked lead to a representative 2 s later, logged by name and by id."""
    handed = marts.execute("select lead_id, handed_off_at, evidence from marts.fct_handoffs").fetchall()
    marks = marts.execute("""
        select lead_id, min(entered_at) from marts.fct_lifecycle_events
        where stage = 'mql' and not is_inferred group by lead_id, segment_number
    """).fetchall()
    assert len(handed) > 20
    assert {row[2] for row in handed} == {"owner_change"}
    assert sorted(row[:2] for row in handed) == sorted(
        (lead, at + timedelta(seconds=2)) for lead, at in marks
    )


def test_the_channel_is_that_of_the_newest_campaign_a_lead_joined_or_answered(
    chosen: Path, marts: duckdb.DuckDBPyConnection
) -> None:
    channels = dict(marts.execute("select campaign_id, channel from marts.dim_campaigns").fetchall())
    by_name = dict(marts.execute("select name, campaign_id from marts.dim_campaigns").fetchall())
    touches: defaultdict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
    records = records_of(marts, "salesforce:lead:") | records_of(marts, "salesforce:contact:")
    people = records_of(marts, "marketo:lead:")
    for row in extracted(chosen, "salesforce/CampaignMember.csv"):
        campaign = row["CampaignId"]
        for record in (row["LeadId"], row["ContactId"]):
            if record in records and channels[campaign]:
                touches[records[record]].append((moment(row["CreatedDate"]), campaign, channels[campaign]))
    for row in extracted(chosen, "marketo/program_members.csv"):
        campaign = by_name[row["program"]]
        if row["leadId"] in people and channels[campaign]:
            touches[people[row["leadId"]]].append(
                (moment(row["membershipDate"]), campaign, channels[campaign])
            )
    for lead, at, activity, channel in marts.execute("""
        select lead_id, occurred_at, activity_id, channel from marts.fct_activities
        where channel is not null and not is_bot and activity_type not in ('email_sent', 'bounce', 'other')
    """).fetchall():
        touches[lead].append((at, activity, channel))
    now = dict(marts.execute("select lead_id, channel from marts.dim_leads").fetchall())
    judged = 0
    for lead, known in touches.items():
        newest = [channel for at, _, channel in known if at == max(known)[0]]
        if len(set(newest)) == 1:
            assert now[lead] == newest[0], lead
            judged += 1
    assert judged > 100
    # and over time: it was another one before
    rows = marts.execute(
        "select count(distinct channel) from marts.dim_lead_history group by lead_id"
    ).fetchall()
    assert max(row[0] for row in rows) > 1


def test_the_settings_reach_the_models(tmp_path: Path) -> None:
    file = tmp_path / "bandpass.yml"
    file.write_text(SETTINGS)
    variables = dbt_vars(load_settings(file), date(2026, 1, 31))
    assert variables["score_basis"] == "recorded"
    assert variables["channel_basis"] == "last_touch"
    assert variables["handoff_evidence"] == ["owner_change"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("score_basis: vendor", "score_basis"),
        ("channel_basis: any_touch", "channel_basis"),
        ("handoff_evidence: [owner]", "handoff_evidence"),
    ],
)
def test_another_word_is_refused_by_its_setting(tmp_path: Path, line: str, key: str) -> None:
    file = tmp_path / "bandpass.yml"
    file.write_text(line)
    with pytest.raises(UsageError, match=key):
        load_settings(file)


def test_another_score_or_channel_would_change_published_decisions() -> None:
    """What proves a hand-off decides nobody's MQL, so it may change."""
    chosen = Settings(score_basis="recorded", channel_basis="last_touch", handoff_evidence=("owner_change",))
    found = changed_settings(deciding(Settings()), chosen)
    assert [(change.name, change.before, change.after) for change in found] == [
        ("score_basis", "rules", "recorded"),
        ("channel_basis", "first_touch", "last_touch"),
    ]

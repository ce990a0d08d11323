"""The main job on a real marketplace's funnel, against numbers that somebody else computed."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import duckdb
import pytest

from orchestration.workspace import REPOSITORY, Workspace
from tests.conftest import run_bandpass

OLIST = (
    Path(os.environ.get("BANDPASS_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    / "olist_marketing_funnel"
)
MAPPING = REPOSITORY / "docs" / "examples" / "olist" / "mapping.yml"

pytestmark = pytest.mark.skipif(not OLIST.is_dir(), reason=f"the third-party extracts are not there: {OLIST}")


def run_olist(workspace: Workspace, *options: str) -> None:
    done = run_bandpass(
        [
            "run",
            "--workspace",
            str(workspace.root),
            "--extracts",
            str(OLIST),
            "--mapping",
            str(MAPPING),
            *options,
        ]
    )
    assert done.returncode == 0, done.stderr


def digests(workspace: Workspace) -> dict[str, str]:
    """A digest of every published table, whatever the order of its rows."""
    with duckdb.connect(str(workspace.marts()), read_only=True) as marts:
        names = [name for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()]
        found = {}
        for name in sorted(names):
            lines = sorted(str(row) for row in marts.table(f"marts.{name}").fetchall())
            found[name] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        return found


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace.at(tmp_path_factory.mktemp("olist"))
    run_olist(workspace)
    return workspace


def expected_section(title: str) -> str:
    text = (OLIST / "expected.md").read_text(encoding="utf-8")
    return text.split(f"## {title}", 1)[1].split("\n## ", 1)[0]


def expected_counts(title: str) -> dict[str, tuple[int, int]]:
    """key -> (MQLs, won) of the table with that title."""
    found = re.findall(
        r"^\| (\S+) \| (\d+) \| (\d+) \| [\d.]+ \|$", expected_section(title), flags=re.MULTILINE
    )
    return {key: (int(mqls), int(won)) for key, mqls, won in found}


def test_all_customers_are_on_episodes_and_one_was_there_before_its_mql(olist: Workspace) -> None:
    with duckdb.connect(str(olist.marts()), read_only=True) as marts:
        episodes = marts.execute(
            "select count(*), count(customer_at), count_if(is_bypass) from marts.fct_mql_episodes"
        ).fetchone()
        converted = marts.execute(
            """
            select sum(entered), sum(converted) from marts.mart_conversion_weekly
            where step = 'mql_to_customer' and channel = '(all)' and campaign_id = '(all)'
            """
        ).fetchone()
    assert episodes == (8000, 842, 1)
    assert converted == (8000, 841)


def test_customers_by_origin_are_those_that_others_counted(olist: Workspace) -> None:
    expected = expected_counts("MQL -> customer by origin")
    assert len(expected) == 11
    with duckdb.connect(str(olist.marts()), read_only=True) as marts:
        found = marts.execute(
            """
            select coalesce(channel, '(blank)'), count(*), count(customer_at)
            from marts.fct_mql_episodes
            group by 1
            """
        ).fetchall()
    assert {channel: (mqls, won) for channel, mqls, won in found} == expected


LAG = "cast(customer_at as date) - cast(mql_at as date)"
"""Whole calendar days; both are dates or times without a zone, which this run reads as UTC."""


@pytest.mark.parametrize(
    ("title", "key", "won"),
    [
        ("By first-contact month cohort", "strftime(mql_at, '%Y-%m')", "count(customer_at)"),
        ("Won within 90 days by origin", "coalesce(channel, '(blank)')", f"count_if({LAG} between 0 and 90)"),
        ("Top 10 landing pages", "campaign_id", "count(customer_at)"),
    ],
)
def test_cohorts_are_those_that_others_counted(olist: Workspace, title: str, key: str, won: str) -> None:
    expected = expected_counts(title)
    assert len(expected) >= 10
    with duckdb.connect(str(olist.marts()), read_only=True) as marts:
        found = {
            name: (mqls, customers)
            for name, mqls, customers in marts.execute(
                f"select {key}, count(*), {won} from marts.fct_mql_episodes group by 1"  # noqa: S608
            ).fetchall()
        }
    assert {name: found.get(name) for name in expected} == expected


def test_lags_to_the_customer_are_those_that_others_counted(olist: Workspace) -> None:
    section = expected_section("Lag first contact -> won")
    row = next(line for line in section.splitlines() if line.startswith("| 842 |"))
    expected = [float(cell) for cell in row.strip("| ").split("|")]
    with duckdb.connect(str(olist.marts()), read_only=True) as marts:
        found = marts.execute(
            f"""
            select count(*), min(lag), quantile_disc(lag, 0.25), median(lag), quantile_disc(lag, 0.75),
                quantile_cont(lag, 0.9), max(lag), avg(lag), count_if(lag < 0), count_if(lag = 0),
                count_if(lag between 0 and 30), count_if(lag between 0 and 60), count_if(lag between 0 and 90)
            from (select {LAG} as lag from marts.fct_mql_episodes where customer_at is not null)
            """  # noqa: S608
        ).fetchone()
        months = marts.execute(
            """
            select strftime(customer_at, '%Y-%m'), count(*)
            from marts.fct_mql_episodes where customer_at is not null group by 1
            """
        ).fetchall()
    assert found == pytest.approx(expected, abs=1e-4)
    cohorts = expected_section("By first-contact month cohort")
    won = re.findall(r"^\| (\d{4}-\d\d) \| (\d+) \|$", cohorts, flags=re.MULTILINE)
    assert dict(months) == {month: int(number) for month, number in won}


@pytest.mark.long
def test_a_full_refresh_of_the_same_files_gives_the_same_tables(olist: Workspace) -> None:
    before = digests(olist)
    run_olist(olist, "--full-refresh")
    assert digests(olist) == before

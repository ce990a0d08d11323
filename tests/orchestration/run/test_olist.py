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


def expected_by_origin() -> dict[str, tuple[int, int]]:
    text = (OLIST / "expected.md").read_text(encoding="utf-8")
    section = text.split("## MQL -> customer by origin", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"^\| (\S+) \| (\d+) \| (\d+) \| [\d.]+ \|$", section, flags=re.MULTILINE)
    return {origin: (int(mqls), int(won)) for origin, mqls, won in found}


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
    expected = expected_by_origin()
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


@pytest.mark.long
def test_a_full_refresh_of_the_same_files_gives_the_same_tables(olist: Workspace) -> None:
    before = digests(olist)
    run_olist(olist, "--full-refresh")
    assert digests(olist) == before

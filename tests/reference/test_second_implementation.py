"""The published tables say what an independent implementation of the semantics says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .compare import Difference, compare, readable
from .facts import load_world

TABLES = [
    "fct_activities",
    "fct_lead_segments",
    "fct_lead_scores",
    "fct_mql_episodes",
    "dim_leads",
    "fct_lead_reasons",
]


@pytest.fixture(scope="module")
def reference_workspace(request: pytest.FixtureRequest) -> Path:
    """BANDPASS_REFERENCE_WORKSPACE, else the workspace that the session's main job built."""
    named = os.environ.get("BANDPASS_REFERENCE_WORKSPACE")
    if named:
        return Path(named)
    try:
        return Path(request.getfixturevalue("built_workspace"))
    except pytest.FixtureLookupError:
        pytest.skip("no fixture built_workspace, and BANDPASS_REFERENCE_WORKSPACE is not set")


@pytest.fixture(scope="module")
def found(reference_workspace: Path) -> list[Difference]:
    return compare(reference_workspace)


@pytest.mark.parametrize("table", TABLES)
def test_table_equals_the_second_implementation(found: list[Difference], table: str) -> None:
    of_table = [difference for difference in found if difference.table == table]
    assert not of_table, "\n" + readable(of_table)


def test_the_comparison_is_not_empty(reference_workspace: Path) -> None:
    world = load_world(reference_workspace)
    assert sum(len(lead.activities) for lead in world.leads.values()) > 0
    assert sum(len(lead.entries) for lead in world.leads.values()) > 0

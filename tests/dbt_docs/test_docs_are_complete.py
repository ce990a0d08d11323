"""`dbt docs` of the project: whatever is built is described, and what reads the marts is an exposure."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.dbt import project_folder
from orchestration.manifest import ensure_manifest
from orchestration.workspace import REPOSITORY

Node = Mapping[str, Any]
PRODUCT = REPOSITORY / "orchestration"
READERS = {
    "weekly_report": [PRODUCT / "reporting"],
    "calibration": [PRODUCT / "calibration"],
    "calibration_watch": [PRODUCT / "alarms" / "job.py"],
    "handoff_list": [PRODUCT / "handoff.py"],
    "notebook_cohort": [REPOSITORY / "notebooks" / "cohort.py"],
    "notebook_lead": [REPOSITORY / "notebooks" / "lead.py"],
    "notebook_campaign": [REPOSITORY / "notebooks" / "campaign.py"],
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(ensure_manifest(project_folder()).read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def described(manifest: dict[str, Any]) -> list[Node]:
    """Everything of ours with columns: models, seeds and sources."""
    nodes = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")]
    return [*nodes, *manifest["sources"].values()]


@pytest.fixture(scope="module")
def built_columns(built_workspace: Any) -> dict[tuple[str, str], set[str]]:
    """Columns of every table and view of the build, by schema and name."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in (built_workspace.workspace.warehouse, built_workspace.workspace.marts()):
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, table, column in connection.execute(
                "select table_schema, table_name, column_name from information_schema.columns"
            ).fetchall():
                found[(schema, table)].add(column)
    return found


def place_of(node: Node) -> tuple[str, str]:
    return node["schema"], node.get("alias") or node["identifier"]


def marts_read(paths: list[Path]) -> set[str]:
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    text = "".join(file.read_text("utf-8") for file in files)
    return set(re.findall(r"(?i)\b(?:from|join)\s+marts\.(\w+)", text))


def test_everything_and_every_column_of_it_has_a_description(described: list[Node]) -> None:
    bare = [node["name"] for node in described if not node["description"].strip()]
    bare += [
        f"{node['name']}.{column['name']}"
        for node in described
        for column in node["columns"].values()
        if not column["description"].strip()
    ]
    assert bare == []


def test_no_built_column_is_missing_in_the_docs(
    described: list[Node], built_columns: dict[tuple[str, str], set[str]]
) -> None:
    """Marts have contracts; staging, intermediate and seeds have only this."""
    checked, missing = 0, []
    for node in described:
        # Raw tables have the vendors' own columns; orchestration/loading/profiles lists them.
        if node["resource_type"] == "source" and node["source_name"] == "raw":
            continue
        columns = built_columns.get(place_of(node), set())
        checked += bool(columns)
        missing += [f"{node['name']}.{column}" for column in sorted(columns - node["columns"].keys())]
    assert missing == []
    assert checked > 100


def test_every_published_table_is_described(
    described: list[Node], built_columns: dict[tuple[str, str], set[str]]
) -> None:
    published = {place for place in built_columns if place[0] == "marts"}
    assert len(published) > 30
    assert sorted(published - {place_of(node) for node in described}) == []


def test_models_state_their_grain_in_sql_and_docs(described: list[Node]) -> None:
    models = [node for node in described if node["resource_type"] == "model"]
    assert [node["name"] for node in models if not node["raw_code"].startswith("-- One row per ")] == []
    tables = [node for node in described if node["resource_type"] == "seed" or node["schema"] == "marts"]
    told = [node for node in [*models, *tables] if not node["description"].startswith("One row")]
    assert [node["name"] for node in told] == []


@pytest.mark.parametrize("name", READERS)
def test_an_exposure_names_what_its_reader_reads(manifest: dict[str, Any], name: str) -> None:
    exposures = {node["name"]: node for node in manifest["exposures"].values()}
    assert name in exposures, f"exposures.yml knows no {name}"
    assert exposures[name]["description"].strip()
    named = {unique_id.split(".")[-1] for unique_id in exposures[name]["depends_on"]["nodes"]}
    read = marts_read(READERS[name])
    assert read, "it reads no mart"
    assert sorted(read - named) == [], "add them to depends_on of the exposure"
    assert sorted(named - read) == [], "remove them from depends_on of the exposure"


def test_every_notebook_is_an_exposure() -> None:
    notebooks = {f"notebook_{file.stem}" for file in (REPOSITORY / "notebooks").glob("*.py")}
    assert notebooks == {name for name in READERS if name.startswith("notebook_")}


def test_every_named_setting_is_one(built_workspace: Any) -> None:
    marts = built_workspace.marts()
    with marts:
        unknown = marts.execute(
            "select table_name, metric, settings from marts.mart_definitions"
            " where settings like '%: unknown%'"
        ).fetchall()
        named = marts.execute("select count(settings) from marts.mart_definitions").fetchone()
    assert unknown == []
    assert named is not None
    assert named[0] > 3


def every_rate(built: Mapping[tuple[str, str], set[str]]) -> Iterator[tuple[str, str]]:
    for (schema, table), columns in built.items():
        if schema == "marts" and table.startswith("mart_"):
            yield from ((table, column) for column in columns if re.search(r"(^|_)rate(_|$)", column))


def test_every_published_rate_is_in_the_register(
    built_workspace: Any, built_columns: dict[tuple[str, str], set[str]]
) -> None:
    with built_workspace.marts() as marts:
        defined = set(marts.execute("select table_name, metric from marts.mart_definitions").fetchall())
    assert sorted(set(every_rate(built_columns)) - defined) == []

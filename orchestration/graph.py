"""Keys of the assets that Python makes, so that they join the graph dbt knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from dagster import AssetKey

from orchestration.loading import create_raw_tables

CALIBRATED = ("mart_threshold_curve", "mart_threshold_channels", "mart_threshold_suggestions")
READ_BY_CALIBRATION = ("fct_handoffs", "fct_lead_scores", "fct_mql_episodes", "mart_threshold_history")
WATCHED = ("mart_calibration_alarms", "mart_suggestion_outcomes")
READ_BY_WATCH = ("fct_handoffs", "mart_threshold_history")
ESTIMATED = ("mart_small_campaigns", "mart_forecast")
READ_BY_ESTIMATES = (
    "int_funnel_entries",
    "int_delay_curve",
    "int_stage_first_entries",
    "int_won_opportunities",
    "fct_lifecycle_events",
    "fct_mql_episodes",
)
READ_BY_REPORT = ("mart_conversion_weekly", "mart_funnel_period", "mart_data_quality")
REPORT = AssetKey(["report", "weekly_report"])
PUBLICATION = AssetKey(["published", "bandpass"])


def raw_tables() -> list[str]:
    """Every table the loader makes; asked of the loader itself, so that no list can go stale."""
    with duckdb.connect() as connection:
        create_raw_tables(connection)
        rows = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' order by table_name"
        ).fetchall()
    return [name for (name,) in rows]


def source_keys(manifest: Mapping[str, Any], tables: Sequence[str], otherwise: str) -> dict[str, AssetKey]:
    """The keys dagster-dbt gives these tables where dbt declares them as sources, else `otherwise`/name."""
    sources = {source["name"]: source["source_name"] for source in manifest["sources"].values()}
    return {table: AssetKey([sources.get(table, otherwise), table]) for table in tables}


def source_description(manifest: Mapping[str, Any], table: str) -> str | None:
    """What dbt's yml says about a source table."""
    described = {source["name"]: source.get("description") for source in manifest["sources"].values()}
    return described.get(table) or None


def model_keys(manifest: Mapping[str, Any], names: tuple[str, ...]) -> list[AssetKey]:
    """Keys of the named models of any layer, as far as they exist."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return [AssetKey([node["config"]["schema"], node["name"]]) for node in models if node["name"] in names]


def mart_keys(manifest: Mapping[str, Any], names: tuple[str, ...]) -> list[AssetKey]:
    """Keys of the named models, as far as they exist; of all models of the layer if none does."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    marts = [model for model in models if model["config"].get("schema") == "marts"]
    chosen = [model for model in marts if model["name"] in names] or marts
    return [AssetKey(["marts", model["name"]]) for model in chosen]

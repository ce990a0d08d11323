"""How dbt nodes look in Dagster: one small function per attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

LAYERS = ("staging", "intermediate", "marts")
DEFAULT_OWNERS = {"seeds": "team:revops"}
OTHERWISE = "team:analytics"


def layer_of(props: Mapping[str, Any]) -> str:
    """The layer is the first folder under models/; all seeds are one group."""
    if props["resource_type"] == "seed":
        return "seeds"
    folders = props.get("fqn", ["", ""])[1:-1]
    return folders[0] if folders and folders[0] in LAYERS else "models"


def owners_of(props: Mapping[str, Any]) -> list[str]:
    """`meta: {owner: …}` where the model says so; else RevOps for seeds, analytics for models."""
    meta = {**props.get("meta", {}), **props.get("config", {}).get("meta", {})}
    owner = meta.get("owner")
    return [owner] if isinstance(owner, str) else [DEFAULT_OWNERS.get(layer_of(props), OTHERWISE)]


def description_of(props: Mapping[str, Any]) -> str:
    """What the yml says; the SQL is one click away in the repository."""
    return props.get("description") or f"{props['name']} (no description in its yml)"


class Translator(DagsterDbtTranslator):
    """dbt nodes by layer, with owner and description."""

    def __init__(self) -> None:
        super().__init__(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return layer_of(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        return owners_of(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return description_of(dbt_resource_props)

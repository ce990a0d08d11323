"""Vendor profiles: what each object of a vendor looks like; `profiles/*.yml`, checked at import."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

ColumnType = Literal[
    "id", "salesforce_id", "text", "integer", "number", "boolean", "date", "timestamp", "moment", "json"
]

SQL_TYPES: dict[ColumnType, str] = {
    "id": "VARCHAR",
    "salesforce_id": "VARCHAR",
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "moment": "TIMESTAMP",
    "json": "JSON",
}

MAPPED = "mapped"


def normal(name: str) -> str:
    """How header names are compared: without case, outer quotes and repeated or outer blanks."""
    return " ".join(name.replace("\ufeff", "").strip().strip('"').split()).casefold()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _groups(value: Any) -> Any:
    """One list means one group."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [value]
    return value


def _column(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class Column(_Strict):
    """Type of a column and the other names it goes by."""

    type: ColumnType
    also: tuple[str, ...] = ()


class Signature(_Strict):
    """Columns that tell an object from others: all of `all`, one of each group of `any`, none of `none`."""

    all: tuple[str, ...] = ()
    any: Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_groups)] = ()
    none: tuple[str, ...] = ()


class ObjectProfile(_Strict):
    """One object of a vendor, hence one raw table."""

    vendor: str
    object: str
    key: tuple[str, ...]
    identity: tuple[str, ...] = ()
    signature: Signature | None = None
    modified: tuple[str, ...] = ()
    record_times: tuple[str, ...]
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]] = Field(min_length=1)
    footers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_exist(self) -> ObjectProfile:
        for group in (self.key, self.identity, self.modified, self.record_times):
            for name in group:
                if name not in self.columns:
                    raise ValueError(f"{self.vendor} {self.object}: {name!r} is not one of its columns")
        for name in (*self.record_times, *self.modified):
            if self.columns[name].type not in ("timestamp", "moment"):
                raise ValueError(f"{self.vendor} {self.object}: {name!r} is not a time")
        for pattern in self.footers:
            re.compile(pattern)
        return self

    @property
    def table(self) -> str:
        """Name of the table in schema raw."""
        return f"{self.vendor}_{self.object}"

    @property
    def record_identity(self) -> tuple[str, ...]:
        """The columns two versions of one record share."""
        return self.identity or self.key

    def names(self) -> dict[str, str]:
        """Every accepted header name (normal form) with its column; API names outrank aliases."""
        found: dict[str, str] = {}
        for name, column in self.columns.items():
            for alias in column.also:
                found.setdefault(normal(alias), name)
        return found | {normal(name): name for name in self.columns}


class VendorProfile(_Strict):
    """All objects of one vendor."""

    vendor: str
    objects: tuple[ObjectProfile, ...]

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, content: dict[str, Any]) -> dict[str, Any]:
        footers = content.get("footers", ())
        return {
            "vendor": content["vendor"],
            "objects": [
                {"vendor": content["vendor"], "object": name, "footers": footers, **body}
                for name, body in content["objects"].items()
            ],
        }


@cache
def profiles() -> tuple[ObjectProfile, ...]:
    """The objects of all vendors and our own mapped entities, in file order."""
    folder = resources.files(__package__) / "profiles"
    found: list[ObjectProfile] = []
    for entry in sorted(folder.iterdir(), key=lambda file: file.name):
        if entry.name.endswith(".yml"):
            content = yaml.safe_load(entry.read_text(encoding="utf-8"))
            found.extend(VendorProfile.model_validate(content).objects)
    return tuple(found)


def entities() -> dict[str, ObjectProfile]:
    """Our own entities by name, which mapping files fill."""
    return {profile.object: profile for profile in profiles() if profile.vendor == MAPPED}


PROFILES = profiles()
"""Read at import, so that a broken profile fails before any work."""

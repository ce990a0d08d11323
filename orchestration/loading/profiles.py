"""Vendor profiles: what each object of a vendor looks like; `profiles/*.yml`, checked at import."""

from __future__ import annotations

import re
from functools import cache, cached_property
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from orchestration.loading.naming import folded, labelled

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
    """Columns that tell an object from others: all of `all`, one of each group of `any`, none of `none`.

    values: texts of a column that only this object has; they decide between objects with one header.
    """

    all: tuple[str, ...] = ()
    any: Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_groups)] = ()
    none: tuple[str, ...] = ()
    values: dict[str, tuple[str, ...]] = {}


class Gather(_Strict):
    """Columns of the file that become the keys of one JSON column: those whose name fits the pattern.

    The key is what the pattern's groups hold, or its other name in `keys`; titled: `a_b` becomes `A B`.
    """

    pattern: str
    type: ColumnType = "text"
    keys: dict[str, str] = {}
    titled: bool = False

    def key(self, name: str) -> str | None:
        found = re.fullmatch(self.pattern, name.strip(), re.IGNORECASE)
        if found is None:
            return None
        key = next((group for group in found.groups() if group), found.group(0))
        other = {folded(own): theirs for own, theirs in self.keys.items()}.get(folded(key))
        return other or (key.replace("_", " ").strip().title() if self.titled else key)


class ObjectProfile(_Strict):
    """One object of a vendor, hence one raw table; a variant is another form of it, with the same table.

    derived: columns that are a hash of others, for forms of a record that have no id.
    """

    vendor: str
    object: str
    variant: str | None = None
    prefixes: tuple[str, ...] = ()
    constants: dict[str, str] = {}
    gather: dict[str, Gather] = {}
    derived: dict[str, tuple[str, ...]] = {}
    key: tuple[str, ...]
    identity: tuple[str, ...] = ()
    signature: Signature | None = None
    modified: tuple[str, ...] = ()
    record_times: tuple[str, ...]
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]] = Field(min_length=1)
    footers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_exist(self) -> ObjectProfile:
        given = (*self.constants, *self.gather, *(c for d in self.derived.items() for c in (d[0], *d[1])))
        for group in (self.key, self.identity, self.modified, self.record_times, given):
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

    @cached_property
    def own_names(self) -> dict[str, str]:
        """The API names, folded, also with the vendor's prefixes; Singer adds `_value` to those."""
        own = {folded(name): name for name in self.columns}
        forms = [(folded(prefix), end) for prefix in self.prefixes for end in ("value", "")]
        return {start + key + end: name for start, end in forms for key, name in own.items()} | own

    @cached_property
    def aliases(self) -> dict[str, str]:
        """The other names of columns, as labels; the first column that has one keeps it."""
        aliases = [(alias, name) for name, column in self.columns.items() for alias in column.also]
        starts = ("", *map(labelled, self.prefixes))
        return {start + labelled(alias): name for alias, name in reversed(aliases) for start in starts}

    def column_of(self, name: str) -> str | None:
        """The column a header name means."""
        return self.own_names.get(folded(name)) or self.aliases.get(labelled(name))


class VendorProfile(_Strict):
    """All objects of one vendor. unused: objects known by their columns that Bandpass has no use for."""

    vendor: str
    objects: tuple[ObjectProfile, ...]
    unused: dict[str, Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_groups)]] = {}

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, content: dict[str, Any]) -> dict[str, Any]:
        """Give every object what the vendor's head says for all; `variant_of` means another form of one."""
        head = {name: content.get(name, ()) for name in ("footers", "prefixes")}
        bodies = {
            name: _with_aliases(body, content.get("also", {})) for name, body in content["objects"].items()
        }
        objects = []
        for name, body in bodies.items():
            base = body.pop("variant_of", None)
            form = (
                {"object": name}
                if base is None
                else {"object": base, "variant": name, **_shape(bodies[base])}
            )
            objects.append({"vendor": content["vendor"], **head, **form, **body})
        return {"vendor": content["vendor"], "objects": objects, "unused": content.get("unused", {})}


def _with_aliases(body: dict[str, Any], also: dict[str, list[str]]) -> dict[str, Any]:
    """The object with the aliases that hold for all objects of its vendor."""
    columns = {name: _column(column) for name, column in body.get("columns", {}).items()}
    for name, aliases in also.items():
        if name in columns:
            columns[name] = {**columns[name], "also": [*columns[name].get("also", []), *aliases]}
    return {**body, "columns": columns} if columns else dict(body)


def _shape(base: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base[name]
        for name in ("key", "identity", "modified", "record_times", "columns")
        if name in base
    }


@cache
def vendors() -> tuple[VendorProfile, ...]:
    """All vendors and our own mapped entities, in file order."""
    folder = resources.files(__package__) / "profiles"
    entries = sorted(folder.iterdir(), key=lambda file: file.name)
    contents = [yaml.safe_load(entry.read_text("utf-8")) for entry in entries if entry.name.endswith(".yml")]
    return tuple(VendorProfile.model_validate(content) for content in contents)


def profiles() -> tuple[ObjectProfile, ...]:
    """The objects of all vendors and our own mapped entities, in file order, variants included."""
    return tuple(profile for vendor in vendors() for profile in vendor.objects)


def entities() -> dict[str, ObjectProfile]:
    """Our own entities by name, which mapping files fill."""
    return {profile.object: profile for profile in profiles() if profile.vendor == MAPPED}


PROFILES = profiles()
"""Read at import, so that a broken profile fails before any work."""

TABLES = tuple(profile for profile in PROFILES if profile.variant is None)
"""One profile for each raw table."""

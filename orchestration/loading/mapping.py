"""Mapping files: what the columns of any system's files mean in our words (docs/mapping.md)."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from orchestration.errors import UsageError
from orchestration.loading.profiles import entities
from orchestration.settings import Zone


def _text(value: Any) -> Any:
    """YAML reads yes, 1 and 2024-01-01 as something else than text; here they are what stands in cells."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float | dt.date) else value


def _texts(value: Any) -> Any:
    return {_text(key): _text(target) for key, target in value.items()} if isinstance(value, dict) else value


def _known_entity(value: str) -> str:
    if value not in entities():
        raise ValueError(f"unknown entity {value!r}; known: {', '.join(entities())}")
    return value


def _cell(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MappedCell(_Strict):
    """Where a field comes from: a column or a constant; `values` replaces some texts by others."""

    column: str | None = None
    value: Text | None = None
    values: Annotated[dict[str, str | None], BeforeValidator(_texts)] = {}
    date_formats: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> MappedCell:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either `column` or `value`")
        return self


Cells = dict[str, Annotated[MappedCell, BeforeValidator(_cell)]]


class MappedJoin(_Strict):
    """Another file that adds fields to the same record. match: this file's column: the other's."""

    file: str
    match: Annotated[dict[str, str], Field(min_length=1)]
    columns: Cells


class MappedFile(_Strict):
    """Files of one name or pattern that feed one entity."""

    file: str
    entity: Annotated[str, BeforeValidator(_known_entity)]
    columns: Cells
    join: tuple[MappedJoin, ...] = ()
    date_formats: tuple[str, ...] = ()
    time_zone: Zone | None = None

    @model_validator(mode="after")
    def _fields_exist(self) -> MappedFile:
        profile = entities()[self.entity]
        given = [*self.columns, *(field for join in self.join for field in join.columns)]
        for field in given:
            if field not in profile.columns:
                raise ValueError(
                    f"unknown field {field!r} of {self.entity}; known: {', '.join(profile.columns)}"
                )
            if given.count(field) > 1:
                raise ValueError(f"field {field!r} is given twice")
        for key in profile.key:
            if key not in self.columns:
                raise ValueError(f"{self.entity} needs the field {key!r} in `columns`")
        return self

    def digest(self, time_zone: str | None) -> str:
        """Changes when the entry means something else."""
        return hashlib.sha256(f"{self.model_dump_json()}|{time_zone}".encode()).hexdigest()


class Mapping(_Strict):
    """A whole mapping file. ignore: files that must not be loaded although they would be recognised."""

    files: Annotated[tuple[MappedFile, ...], Field(min_length=1)]
    time_zone: Zone | None = None
    as_of: dt.date | None = None
    ignore: tuple[str, ...] = ()


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file. Raises UsageError naming file, line and the known names."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The mapping can't be read: {error}", where=str(path), fix="check the path given with --mapping."
        ) from error
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise UsageError(
            "The mapping is not valid YAML", where=where, fix="correct that line; see docs/mapping.md."
        ) from error
    try:
        return Mapping.model_validate(content or {})
    except ValidationError as error:
        first = error.errors()[0]
        line = _line(tree, first["loc"])
        known = ""
        if first["type"] == "extra_forbidden":
            what = f"unknown key {first['loc'][-1]!r}"
            known = f" Known here: {', '.join(_known_keys(first['loc']))}."
        else:
            what = first["msg"].removeprefix("Value error, ")
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"The mapping is wrong: {what}",
            where=f"{path}, line {line}" + (f", {place}" if place else ""),
            fix=f"correct it; docs/mapping.md shows every key.{known}",
        ) from error


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    names = [part for part in location[:-1] if isinstance(part, str)]
    model: type[BaseModel] = Mapping
    if names and names[-1] == "join":
        model = MappedJoin
    elif "columns" in names:
        model = MappedCell
    elif names:
        model = MappedFile
    return list(model.model_fields)


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """Line of the deepest part of the location that stands in the file."""
    line = 1
    for part in location:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, child = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = node.value[part]
            line = child.start_mark.line + 1
        if child is None:
            break
        node = child
    return line

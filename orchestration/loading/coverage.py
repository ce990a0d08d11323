"""When each extract was made and what it covers: `bandpass.manifest.yml`, else a date in the file's name.

A manifest speaks of the files of its folder and of the folders below, unless a nearer manifest names them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import duckdb
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from orchestration.errors import UsageError
from orchestration.loading.content import extracted_at
from orchestration.loading.discovery import MANIFEST_FILE
from orchestration.loading.naming import folded
from orchestration.loading.profiles import TABLES, ObjectProfile


def _instant(value: Any) -> Any:
    """A date alone stays a date: what it means depends on the field."""
    if not isinstance(value, str):
        return value
    return (dt.datetime if len(value) > 10 else dt.date).fromisoformat(value)


Instant = Annotated[dt.datetime | dt.date, BeforeValidator(_instant)]


class Entry(BaseModel):
    """What one extract is: the files of an object, of a name or pattern, or both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    object: str | None = None
    file: str | None = None
    extracted_at: Instant
    covers_from: Instant | None = None
    covers_to: Instant | None = None
    full: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Entry:
        if self.object is None and self.file is None:
            raise ValueError("give `object` (such as salesforce_lead) or `file`")
        known = {name for profile in TABLES for name in (profile.table, profile.object)}
        if self.object is not None and folded(self.object) not in {folded(name) for name in known}:
            raise ValueError(f"unknown object {self.object!r}; known: {', '.join(p.table for p in TABLES)}")
        return self

    def names(self, name: str, profile: ObjectProfile) -> bool:
        """Whether it speaks of this file. `name`: below the manifest's folder."""
        if self.object is not None and folded(self.object) not in map(
            folded, (profile.table, profile.object)
        ):
            return False
        forms = (name.casefold(), name.rsplit("/", 1)[-1].casefold())
        return self.file is None or any(fnmatch(form, self.file.casefold()) for form in forms)


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    extracts: Annotated[tuple[Entry, ...], Field(min_length=1)]
    time_zone: str | None = None


@dataclass(frozen=True)
class Coverage:
    """Of one file, in UTC; covers_to is exclusive. All null where nothing says when the extract was made."""

    extracted_at: dt.datetime | None = None
    covers_from: dt.datetime | None = None
    covers_to: dt.datetime | None = None
    is_full: bool | None = None
    evidence: str | None = None


@dataclass(frozen=True)
class Manifests:
    """The manifests of an extracts folder, the nearest to a file first."""

    found: tuple[tuple[str, _Manifest], ...]
    zone: ZoneInfo

    def coverage(self, name: str, profile: ObjectProfile) -> Coverage:
        """What is known of a file; of several entries that name it the first counts."""
        for folder, manifest in self.found:
            if not name.startswith(folder):
                continue
            for entry in manifest.extracts:
                if entry.names(name.removeprefix(folder), profile):
                    return self._covered(entry, manifest)
        told = extracted_at(name, self.zone)
        return Coverage(told, evidence="file name") if told else Coverage()

    def _covered(self, entry: Entry, manifest: _Manifest) -> Coverage:
        zone = ZoneInfo(manifest.time_zone) if manifest.time_zone else self.zone
        made = _utc(entry.extracted_at, zone, end=True)
        if not isinstance(entry.extracted_at, dt.datetime):
            made -= dt.timedelta(microseconds=1)
        low = _utc(entry.covers_from, zone, end=False) if entry.covers_from else None
        high = _utc(entry.covers_to, zone, end=True) if entry.covers_to else None
        return Coverage(made, low, high, entry.full, "manifest")


def _utc(value: dt.datetime | dt.date, zone: ZoneInfo, *, end: bool) -> dt.datetime:
    """A day is meant as a whole: its first instant, or the first one after it."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value + dt.timedelta(days=end), dt.time(), tzinfo=zone)
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    return aware.astimezone(dt.UTC).replace(tzinfo=None)


def read_manifests(extracts: Path, zone: ZoneInfo) -> Manifests:
    """Read and check every manifest of the folder. Raises UsageError naming the file and what is wrong."""
    paths = [p for p in extracts.rglob(MANIFEST_FILE) if not any(part.startswith(".") for part in p.parts)]
    found = [(path.parent.relative_to(extracts).as_posix(), _read(path)) for path in paths]
    named = [("" if folder == "." else f"{folder}/", manifest) for folder, manifest in found]
    return Manifests(tuple(sorted(named, key=lambda pair: (-len(pair[0]), pair[0]))), zone)


def _read(path: Path) -> _Manifest:
    fix = "write `extracts:`, each with object or file, and extracted_at; docs/extracts.md shows every key."
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        listed = {"extracts": content} if isinstance(content, list) else content
        manifest = _Manifest.model_validate(listed)
        if manifest.time_zone:
            ZoneInfo(manifest.time_zone)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"The manifest is wrong: {what}", where=f"{path}, {place}", fix=fix) from error
    except (OSError, ValueError, KeyError, yaml.YAMLError) as error:
        what = str(error).splitlines()[0]
        raise UsageError(f"The manifest can't be read: {what}", where=str(path), fix=fix) from error
    return manifest


def note_extracts(
    warehouse: duckdb.DuckDBPyConnection,
    extracts: Iterable[tuple[str, str, ObjectProfile, Coverage]],
    load: int,
) -> None:
    """Keep each extract whose time is known once: also one whose content had been loaded before."""
    for name, file_hash, profile, coverage in extracts:
        if coverage.extracted_at is None:
            continue
        values = {
            "load": load, "file": name, "hash": file_hash, "vendor": profile.vendor, "object": profile.object,
            "made": coverage.extracted_at, "low": coverage.covers_from, "high": coverage.covers_to,
            "whole": coverage.is_full, "evidence": coverage.evidence,
        }  # fmt: skip
        warehouse.execute(
            "INSERT INTO raw._extracts SELECT $load, $file, $hash, $vendor, $object, $made::TIMESTAMP,"
            " $low::TIMESTAMP, $high::TIMESTAMP, $whole, $evidence WHERE NOT EXISTS (FROM raw._extracts"
            " WHERE file = $file AND file_hash = $hash AND vendor = $vendor AND object = $object"
            " AND extracted_at = $made AND covers_from IS NOT DISTINCT FROM $low::TIMESTAMP"
            " AND covers_to IS NOT DISTINCT FROM $high::TIMESTAMP AND is_full IS NOT DISTINCT FROM $whole)",
            values,
        ).fetchall()

"""What a load did, file by file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass
class FileResult:
    """One file and object; a file that feeds several entities has one of these for each.

    records = loaded + quarantined; blank and footer lines are counted apart. vendor and object are None where
    the file was not recognised or not read. problems: what the user should know, in sentences.
    """

    path: str
    vendor: str | None = None
    object: str | None = None
    records: int = 0
    loaded: int = 0
    superseded: int = 0
    quarantined: int = 0
    blank_lines: int = 0
    footer_lines: int = 0
    problems: list[str] = field(default_factory=list)
    already_loaded: bool = False


@dataclass
class LoadResult:
    """A whole load. `load` is its number, None where nothing was new; `as_of` is the mapping's own."""

    files: list[FileResult]
    load: int | None = None
    as_of: date | None = None

    @property
    def records(self) -> int:
        return sum(file.records for file in self.files)

    @property
    def loaded(self) -> int:
        return sum(file.loaded for file in self.files)

    @property
    def superseded(self) -> int:
        return sum(file.superseded for file in self.files)

    @property
    def quarantined(self) -> int:
        return sum(file.quarantined for file in self.files)

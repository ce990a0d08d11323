"""Deals the rows of one set of extracts out to several deliveries, with what goes wrong between systems.

Every record comes when it was created and again when it was changed; some rows come late, some twice, all in
any order; some leads are deleted or merged in the end. Each delivery says in a manifest when it was made and
what it covers.
"""

from __future__ import annotations

import csv
import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CREATED = ("CreatedDate", "createdAt", "activityDate", "membershipDate")
MODIFIED = ("LastModifiedDate", "SystemModstamp", "updatedAt")
BEFORE = {
    "Lead.csv": {
        "Status": "New",
        "IsConverted": "false",
        "ConvertedDate": "",
        "Title": "",
        "MasterRecordId": "",
    },
    "Opportunity.csv": {"StageName": "Qualification", "IsClosed": "false", "IsWon": "false"},
}
"""What a record said when it was created, where that is not what it says now."""
LOGS = ("LeadHistory.csv", "OpportunityHistory.csv", "Task.csv", "activities")
LATE, TWICE, DELETED, MERGED = 0.04, 0.04, 0.02, 0.02

Row = Mapping[str, str]


@dataclass(frozen=True)
class Delivery:
    day: str
    folder: Path


def deal(extracts: Path, target: Path, days: Sequence[str], chance: random.Random) -> list[Delivery]:
    """One folder for each day, with the rows that an incremental export of that day would hold."""
    files: dict[tuple[int, Path], list[Row]] = defaultdict(list)
    for path in sorted(extracts.glob("[!t]*/*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows: list[Row] = list(csv.DictReader(lines))
        if path.name == "Lead.csv":
            rows += list(_gone(rows, f"{days[-1]}T12:00:00.000Z", chance))
        for row in rows:
            for number in _deliveries(path.name, row, days, chance):
                files[number, path.relative_to(extracts)].append(_as_of(path.name, row, days[number]))
    for (number, name), rows in sorted(files.items()):
        chance.shuffle(rows)
        _write(target / days[number] / name, rows)
    for number, day in enumerate(days):
        _write_manifest(target / day, days[number - 1] if number else "2000-01-01", day)
    return [Delivery(day, target / day) for day in days]


def _deliveries(name: str, row: Row, days: Sequence[str], chance: random.Random) -> set[int]:
    last = len(days) - 1
    stamps = {_stamp(row, CREATED), _stamp(row, MODIFIED)} - {""}
    numbers = {min(bisect_left(days, stamp[:10]), last) for stamp in stamps} or {0}
    if name.startswith(LOGS) and chance.random() < LATE:
        numbers = {chance.randint(min(numbers), last)}
    if chance.random() < TWICE:
        numbers.add(chance.randint(min(numbers), last))
    return numbers


def _as_of(name: str, row: Row, day: str) -> Row:
    """The record as an export of that day had it."""
    created = _stamp(row, CREATED)
    if _stamp(row, MODIFIED)[:10] <= day:
        return row
    return {**row, **{column: created for column in MODIFIED if column in row}, **BEFORE.get(name, {})}


def _gone(leads: Sequence[Row], at: str, chance: random.Random) -> Iterator[Row]:
    """Later versions of some leads: deleted, alone or merged into another."""
    open_leads = [lead for lead in leads if lead["IsConverted"] == "false"]
    for lead in open_leads:
        fate = chance.random()
        stamps = {"LastModifiedDate": at, "SystemModstamp": at, "IsDeleted": "true"}
        if fate < DELETED:
            yield {**lead, **stamps}
        elif fate < DELETED + MERGED:
            yield {**lead, **stamps, "MasterRecordId": chance.choice(open_leads)["Id"]}


def _stamp(row: Row, columns: Sequence[str]) -> str:
    return next((row[column] for column in reversed(columns) if row.get(column)), "")


def _write(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _write_manifest(folder: Path, covers_from: str, day: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bandpass.manifest.yml").write_text(
        "extracts:\n"
        '  - file: "*.csv"\n'
        f"    extracted_at: {day}\n    covers_from: {covers_from}\n    covers_to: {day}\n"
    )

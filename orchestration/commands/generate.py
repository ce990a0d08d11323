"""`bandpass generate`: sample extracts with known truth."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands.common import err


class Vendor(StrEnum):
    """Whose export format."""

    SALESFORCE_MARKETO = "salesforce-marketo"
    HUBSPOT = "hubspot"


class Format(StrEnum):
    """File format."""

    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"


DEMO_LEADS, DEMO_WEEKS, DEMO_SEED = 20_000, 78, 1


def generate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the extracts.")],
    leads: Annotated[int, typer.Option(min=1, help="How many people.")] = DEMO_LEADS,
    weeks: Annotated[int, typer.Option(min=1, help="How many weeks of history.")] = DEMO_WEEKS,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = DEMO_SEED,
    vendor: Annotated[Vendor, typer.Option(help="Whose export format.")] = Vendor.SALESFORCE_MARKETO,
    fmt: Annotated[Format, typer.Option("--format", help="File format.")] = Format.CSV,
) -> None:
    """Make sample extracts: a simulated funnel whose truth is known.

    The truth goes to a folder truth/ that the pipeline never reads.
    """
    from orchestration.sample import generate as make

    with err.status("Making sample extracts"):
        make(out, leads=leads, weeks=weeks, seed=seed, vendor=vendor.value, fmt=fmt.value)
    err.print(f"Sample extracts of {leads:,} leads: {out}", highlight=False, soft_wrap=True)

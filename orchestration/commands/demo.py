"""`bandpass demo`: sample extracts and the whole main job on them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands.common import DEFAULT_WORKSPACE, WorkspaceOption, err, open_workspace, out
from orchestration.commands.generate import DEMO_LEADS, DEMO_SEED, DEMO_WEEKS
from orchestration.commands.run import run_or_skip
from orchestration.errors import UsageError
from orchestration.files import write_in_place
from orchestration.run import dagster_command
from orchestration.session import RunRequest
from orchestration.summary import show_summary

MARK = ".bandpass-demo.json"
PLAN_PER_1000_LEADS = {"mqls": 4.0, "sqls": 0.85, "customers": 0.25}
"""A week's plan for the sample company, so that the report shows what a plan looks like."""


def demo(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    leads: Annotated[int, typer.Option(min=100, help="How many people the sample has.")] = DEMO_LEADS,
) -> None:
    """Make sample extracts in the workspace and do the whole main job on them."""
    place = open_workspace(workspace)
    make_sample(place.extracts, leads)
    make_plan(place.root / "seeds" / "targets.csv", leads)
    record = run_or_skip(RunRequest(place, place.extracts))
    show_summary(out, place, record)
    out.print(
        f"\nAssets, checks and runs in a browser:\n  {dagster_command(place)}",
        highlight=False,
        soft_wrap=True,
    )


def make_sample(extracts: Path, leads: int) -> None:
    """Make the sample unless the very same one lies there; never mix it with somebody's own files."""
    from orchestration.sample import generate

    wanted = {"leads": leads, "weeks": DEMO_WEEKS, "seed": DEMO_SEED, "complete": True}
    mark = extracts / MARK
    if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) == wanted:
        return
    if extracts.exists() and any(extracts.iterdir()):
        if not mark.exists():
            raise UsageError(
                "The workspace holds extracts that the demo did not make",
                where=str(extracts),
                fix="use another --workspace for the demo, or `bandpass run` for these extracts.",
            )
        shutil.rmtree(extracts)
    write_in_place(mark, json.dumps(wanted | {"complete": False}) + "\n")
    with err.status(f"Making sample extracts of {leads:,} leads"):
        generate(extracts, leads=leads, weeks=DEMO_WEEKS, seed=DEMO_SEED)
    write_in_place(mark, json.dumps(wanted) + "\n")


def make_plan(targets: Path, leads: int) -> None:
    """Give the sample company a plan, unless the workspace has one."""
    if targets.exists():
        return
    weekly = {m: max(1, round(plan * leads / 1000)) for m, plan in PLAN_PER_1000_LEADS.items()}
    rows = [f"{metric},,,{number}" for metric, number in weekly.items()]
    write_in_place(targets, "\n".join(["metric,valid_from,valid_to,weekly", *rows]) + "\n")

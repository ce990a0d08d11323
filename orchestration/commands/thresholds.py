"""`bandpass thresholds`: suggestions and what people decided about them."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from orchestration.asof import parse_day
from orchestration.commands.common import (
    DEFAULT_WORKSPACE,
    Commands,
    WorkspaceOption,
    as_json_text,
    open_workspace,
    out,
)
from orchestration.errors import UsageError
from orchestration.governance.decide import Decider, find_suggestion
from orchestration.governance.threshold_file import ThresholdRow
from orchestration.summary import asks_for_change, print_lines, shown_path
from orchestration.workspace import Workspace, settings_in_effect

if TYPE_CHECKING:
    from orchestration.governance.workspace import Thresholds

SHORT = 10
"""Characters of an id that tell it from others, and that fit on a line."""

NARROWEST = 14
"""Characters of a column of words: a date, and most channels, stay on one line."""

app = typer.Typer(
    cls=Commands,
    name="thresholds",
    help="The governed history of thresholds: list, show, accept, reject, rollback.",
    no_args_is_help=True,
)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A suggestion's id, or the beginning of it.")]
ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who decides (default: your user name); no e-mail address."),
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="YYYY-MM-DD",
        help="First day in force (default: the first one not yet published).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def _decider(by: str | None, note: str | None) -> Decider:
    name = " ".join((by if by is not None else getpass.getuser()).split())
    for said, option in ((name, "--by"), (note or "", "--note or --why")):
        if "@" in said:
            raise UsageError(
                "An e-mail address can't be kept here: decisions outlive a person's erasure",
                where=option,
                fix="write a name without @.",
            )
    if not name:
        raise UsageError("Nobody decides", where="--by", fix="write your name.")
    return Decider(name, datetime.now(UTC).replace(tzinfo=None, microsecond=0), note)


@app.command("list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Thresholds in force by period, and every suggestion with its decision."""
    from orchestration.governance.workspace import read_state  # pandas is slow to import

    place = open_workspace(workspace)
    state = read_state(place)
    if as_json:
        rows = [{name: getattr(row, name) for name in row.__dataclass_fields__} for row in state.rows]
        typer.echo(as_json_text({"thresholds": rows, "suggestions": state.suggestions}))
        return
    out.print(_thresholds_table(state))
    print_lines(out, [("File", shown_path(state.path))])
    if state.suggestions:
        out.print(_suggestions_table(place, state))
    else:
        out.print("No suggestion is recorded yet: `bandpass run` makes one.")


@app.command()
def show(
    wanted: IdArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False
) -> None:
    """One suggestion with its evidence, in plain words."""
    from orchestration.governance.workspace import read_state  # pandas is slow to import

    place = open_workspace(workspace)
    suggestion = find_suggestion(read_state(place).suggestions, wanted)
    if as_json:
        typer.echo(as_json_text(suggestion))
        return
    print_lines(out, _evidence(place, suggestion))


@app.command(name="accept")
def accept_(
    wanted: IdArgument,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    since: FromOption = None,
    note: Annotated[str | None, typer.Option("--note", help="Why, for those who come later.")] = None,
    by: ByOption = None,
) -> None:
    """Put a suggestion into force, from a day on that is not published yet."""
    from orchestration.governance.workspace import accept  # pandas is slow to import

    place = open_workspace(workspace)
    state, row = accept(place, wanted, since=_day(since), by=_decider(by, note))
    _say(state, row, f"{row.accepted_by} accepted {row.suggestion_id}")


@app.command(name="reject")
def reject_(
    wanted: IdArgument,
    why: Annotated[str, typer.Option("--why", help="Why it is not followed.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
) -> None:
    """Record that a suggestion is not followed, and why."""
    from orchestration.governance.workspace import reject  # pandas is slow to import

    place = open_workspace(workspace)
    decider = _decider(by, why)
    suggestion = reject(place, wanted, by=decider)
    print_lines(
        out,
        [
            ("Rejected", f"{suggestion['suggestion_id']} by {escape(decider.name)}: {escape(why)}"),
            ("Kept", f"threshold {_number(suggestion['current_threshold'])} ({suggestion['segment']})"),
        ],
    )


@app.command()
def rollback(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    segment: Annotated[str, typer.Option("--segment", help="global, or a channel.")] = "global",
    since: FromOption = None,
    note: Annotated[str | None, typer.Option("--note", help="Why, for those who come later.")] = None,
    by: ByOption = None,
) -> None:
    """Bring back the threshold that was in force before the newest one; nothing is deleted."""
    from orchestration.governance.workspace import roll_back  # pandas is slow to import

    place = open_workspace(workspace)
    state, taken, row = roll_back(place, segment, since=_day(since), by=_decider(by, note))
    _say(state, row, f"{row.accepted_by} took back {_number(taken.threshold)} of {taken.effective_from}")


def _day(text: str | None) -> date | None:
    return parse_day(text, "--from") if text else None


def _say(state: Thresholds, row: ThresholdRow, what: str) -> None:
    follows = "that of global" if row.threshold is None else _number(row.threshold)
    print_lines(
        out,
        [
            ("Decided", escape(what)),
            ("Threshold", f"{escape(row.segment)}: {follows} from {row.effective_from} on"),
            (
                "Written",
                f"{shown_path(state.path)} (last line); the next `bandpass run` after that day uses it",
            ),
        ],
    )


def _number(value: Any) -> str:
    return "–" if value is None else f"{float(value):g}"


def _table(title: str, columns: Mapping[str, str]) -> Table:
    """columns: name -> justification; `fold` is left and may take several lines, the others take one."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name, justify in columns.items():
        folds = justify == "fold"
        table.add_column(
            name,
            justify="right" if justify == "right" else "left",
            no_wrap=not folds,
            overflow="fold",
            min_width=NARROWEST if folds else len(name),
        )
    return table


def _thresholds_table(state: Thresholds) -> Table:
    columns = {"segment": "fold", "from": "left", "threshold": "right", "fit, engagement": "right"}
    table = _table("Thresholds with their minimums", {**columns, "accepted by, why": "fold"})
    for row in sorted(state.rows, key=lambda row: (row.segment != "global", row.segment)):
        said = [row.accepted_by or "nobody", (row.suggestion_id or "")[:SHORT], row.note or ""]
        table.add_row(
            escape(row.segment),
            str(row.effective_from or "ever"),
            "as global" if row.threshold is None else _number(row.threshold),
            f"{_number(row.min_fit)}, {_number(row.min_engagement)}",
            escape("; ".join(part for part in said if part)),
        )
    return table


def _suggestions_table(place: Workspace, state: Thresholds) -> Table:
    from orchestration.governance.workspace import day_of

    columns = {"id": "left", "data up to": "left", "segment": "fold", "suggested": "right"}
    more = {"as good": "right", "status, decision": "fold"}
    table = _table("Suggestions, newest last", {**columns, **more})
    kept = 0
    for row in state.suggestions:
        decision = row.get("decision")
        if row["segment"] != "global" and not decision and not asks_for_change(row):
            kept += 1
            continue
        decided = (
            f"{decision} by {row['decided_by']} on {str(row['decided_at'])[:10]}" if decision else "open"
        )
        table.add_row(
            str(row["suggestion_id"])[:SHORT],
            str(day_of(place, row)),
            escape(str(row["segment"])),
            f"{_number(row['current_threshold'])} → {_number(row['suggested_threshold'])}",
            f"{_number(row['equivalent_low'])}–{_number(row['equivalent_high'])}",
            escape(f"{str(row['status']).replace('_', ' ').lower()}; {decided}"),
        )
    if kept:
        table.caption = (
            f"Beside these, {kept:,} of channels that follow or keep their threshold (--json shows them)."
        )
    return table


def _evidence(place: Workspace, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    from orchestration.alarms.reading import published_outcome
    from orchestration.governance.workspace import day_of

    band = settings_in_effect(place).band

    def share(name: str) -> str:
        value = row.get(name)
        return "not known" if value is None else f"{value:.1%}"

    def rates(when: str) -> str:
        chance = row.get(f"p_in_band_{when}")
        stated = "" if chance is None else f", in the band with a chance of {chance:.0%}"
        low, high = share(f"rate_{when}_low"), share(f"rate_{when}_high")
        return (
            f"{share(f'rate_{when}')} expected final (90 %: {low}–{high}){stated}; "
            f"{_number(_rounded(row.get(f'mqls_per_week_{when}')))} MQLs and "
            f"{_number(_rounded(row.get(f'sqls_per_week_{when}')))} SQLs a week"
        )

    tested = (
        "tested: leads with such scores were handed to sales"
        if row.get("is_identified")
        else ("not tested: leads with such scores were never handed to sales")
    )
    lines = [
        ("Suggestion", str(row["suggestion_id"])),
        ("Data up to", f"{day_of(place, row)}, segment {escape(str(row['segment']))}"),
        ("Status", str(row["status"]).replace("_", " ").lower()),
        ("Threshold", f"{_number(row['current_threshold'])} → {_number(row['suggested_threshold'])}"),
        ("Equally good", f"{_number(row['equivalent_low'])} to {_number(row['equivalent_high'])}"),
        ("Band", f"{band.low:.0%}–{band.high:.0%}"),
        ("Now", rates("now")),
        ("After", rates("after")),
        ("At the cut", f"{share('marginal_rate')} of the leads just above it become SQL"),
        ("Worst case", share("worst_case_rate")),
        ("Evidence", f"{row.get('handed_off_leads') or 0:,} hand-offs, {row.get('sqls') or 0:,} SQLs"),
        ("Scores", tested),
        ("Why", escape(str(row["reasons"]))),
    ]
    if row.get("decision"):
        said = f"{row['decision']} by {row['decided_by']} at {row['decided_at']} UTC"
        why = f": {row['decision_note']}" if row.get("decision_note") else ""
        lines.append(("Decision", escape(said + why)))
    came = published_outcome(place, str(row["suggestion_id"]))
    if came is not None:
        lines.append(("Outcome", escape(came)))
    return lines


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)

"""What `bandpass run` says at the end: a dozen lines that can be read without opening anything."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from rich.console import Console
from rich.markup import escape

from orchestration.session import connected
from orchestration.settings import Band
from orchestration.workspace import Workspace, settings_in_effect

if TYPE_CHECKING:
    from orchestration.reporting.checked import Checked


ALL_CHANNELS = ("global", "(all)")
MOST_CHANNELS = 5


def show_summary(console: Console, workspace: Workspace, record: Mapping[str, Any]) -> None:
    """Files, records, MQLs, the rate against the band, the suggestion, and where things are."""
    settings = settings_in_effect(workspace)
    marts_file = Path(record["marts"])
    with connected(marts_file, read_only=True) as marts:
        mqls = first_value(marts, "select count(*) from marts.fct_mql_episodes")
        suggestions = suggestion_rows(marts, record["suggestions"])
        warnings = rule_warnings(marts)
    lines = [
        ("As of", f"{record['as_of']} ({settings.time_zone})"),
        ("Files", describe_files(record["totals"])),
    ]
    if mqls is not None:
        lines.append(("MQLs", f"{mqls:,} ({describe_basis(record.get('mql_basis'))})"))
    print_lines(console, lines)
    for row in record.get("restatements", ()):
        said = f"{row['episodes_changed']:,} published MQLs differ ({row['subject']}: {row['detail']})"
        print_lines(console, [("Restated", escape(said))])
    show_suggestions(console, suggestions, settings.band)
    print_lines(console, describe_warnings(warnings))
    print_lines(
        console,
        [("Marts", shown_path(marts_file)), ("Report", shown_path(Path(record["report"])))],
    )
    if record["totals"].get("quarantined"):
        print_lines(console, [("Quarantine", shown_path(workspace.quarantine))])


def show_suggestions(
    console: Console, rows: Sequence[Mapping[str, Any]], band: Band, *, in_full: bool = False
) -> None:
    """The current rate against the band and what is suggested: for all channels, and for those to change;
    why, in full or as far as something would help.
    """
    channels = [row for row in rows if row["segment"] not in ALL_CHANNELS]
    asked = [row for row in channels if asks_for_change(row)]
    for row in [row for row in rows if row["segment"] in ALL_CHANNELS] + asked[:MOST_CHANNELS]:
        name = "" if row["segment"] in ALL_CHANNELS else f" · {escape(row['segment'])}"
        print_lines(
            console,
            [
                (f"MQL→SQL{name}", describe_rate(row, band)),
                (f"Threshold{name}", describe_suggestion(row)),
                *describe_reasons(row, in_full=in_full),
            ],
        )
    if channels:
        told = (
            f"{len(asked):,} of {len(channels):,} would do better with a threshold of their own or another "
            "one, the others follow or keep theirs"
        )
        print_lines(console, [("Channels", told)])


def asks_for_change(row: Mapping[str, Any]) -> bool:
    """Whether accepting it would change something: the threshold, or that the channel moves with all."""
    if row.get("splits_off"):
        return True
    current, suggested = row.get("current_threshold"), row.get("suggested_threshold")
    return current is not None and suggested is not None and abs(float(suggested) - float(current)) >= 1e-9


def describe_files(totals: Mapping[str, int]) -> str:
    """How much was read, and how much of it could not be used."""
    known = totals.get("files_already_loaded", 0)
    text = f"{totals['files']:,} ({known:,} loaded before)" if known else f"{totals['files']:,}"
    return f"{text}; {totals['loaded']:,} records loaded, {totals['quarantined']:,} quarantined"


def describe_basis(basis: str | None) -> str:
    words = {
        "recorded": "as the CRM recorded them",
        "scored": "by our score and paths",
        "both": "recorded or scored",
    }
    return words.get(basis or "", "")


def describe_rate(row: Mapping[str, Any], band: Band) -> str:
    """The rate with its interval, and on which side of the band it lies."""
    rate = row.get("rate_now")
    target = f"band {band.low:.0%}–{band.high:.0%}"
    if row.get("status") == "INSUFFICIENT_DATA":
        handed, sqls = row.get("handed_off_leads") or 0, row.get("sqls") or 0
        return f"too little to say: {handed:,.0f} handed-off leads, {sqls:,.0f} SQLs ({target})"
    if rate is None:
        return f"not known yet ({target})"
    side = "below" if rate < band.low else "above" if rate > band.high else "inside"
    low, high = row.get("rate_now_low"), row.get("rate_now_high")
    interval = f" ({low:.1%}–{high:.1%})" if low is not None and high is not None else ""
    return f"{rate:.1%}{interval}, {side} the {target}"


def describe_suggestion(row: Mapping[str, Any]) -> str:
    current, suggested = row.get("current_threshold"), row.get("suggested_threshold")
    status = str(row.get("status", "")).replace("_", " ").lower()
    if current is None or suggested is None:
        return status
    if not asks_for_change(row):
        return f"keep {float(current):g} ({status})"
    if current == suggested:
        return f"{float(current):g} of its own suggested, while all others move ({status})"
    return f"{float(current):g} → {float(suggested):g} suggested ({status})"


def describe_reasons(row: Mapping[str, Any], *, in_full: bool) -> list[tuple[str, str]]:
    """What all channels together are told; channels' own reasons are in the marts."""
    from orchestration.calibration.advice import help_in  # numpy is slow to import

    reasons = str(row.get("reasons") or "")
    said = reasons if in_full else help_in(reasons)
    return [("Why" if in_full else "", escape(said))] if said and row["segment"] in ALL_CHANNELS else []


def rule_warnings(marts: duckdb.DuckDBPyConnection) -> Checked | None:
    """What the report shows of the rule check."""
    from orchestration.reporting.checked import find_checked  # the report's package is slow to import
    from orchestration.reporting.tables import Marts

    return find_checked(Marts(marts))


def describe_warnings(checked: Checked | None) -> list[tuple[str, str]]:
    """The first few, and how many there are beside them."""
    if checked is None:
        return []
    lines = [("Rule check", escape(f"{warned.what}: {warned.message}")) for warned in checked.shown]
    return [*lines, ("", f"and {checked.more:,} more in marts.mart_rule_checks")] if checked.more else lines


def suggestion_rows(marts: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """These suggestions; the table holds those of earlier runs too."""
    query = """
        select * from marts.mart_threshold_suggestions where list_contains(?, suggestion_id) order by segment
    """
    result = marts.execute(query, [list(ids)])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def first_value(marts: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The one value of a query; None where the table does not exist in this version of the marts."""
    try:
        row = marts.execute(query).fetchone()
    except duckdb.CatalogException:
        return None
    return row[0] if row else None


def print_lines(console: Console, lines: Sequence[tuple[str, str]]) -> None:
    for name, text in lines:
        console.print(f"[bold]{name:<11}[/] {text}", highlight=False, soft_wrap=True)


def shown_path(path: Path) -> str:
    """Relative where that is shorter."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)

"""Seeds that make no sense are refused before anything is built from them, each by name."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from orchestration.dbt import dbt_vars, project_folder, read_results, seeds_folder
from orchestration.settings import Settings
from tests.building import TARGET, WAREHOUSE, WITHOUT_UNIT_TESTS, call_dbt

CHECKED = ("scoring_rules", "mql_thresholds", "exclusions", "qualification_paths", "channel_gates")
SEEDS = (*CHECKED, "activity_types")

# Also what is only odd and must pass: a half-life of an hour, a cap of 0, a version from the day the last one
# ends, a row that is never in force, a channel that follows global.
ROWS = {
    "scoring_rules": """
        floor,fit,title,eq,cto,1,,,,,,
        odd_kind,positive,title,eq,cto,1,,,,,,
        no_attribute,fit,shoe_size,eq,44,1,,,,,,
        no_operator,fit,title,like,cto,1,,,,,,
        no_value,fit,title,in, ,1,,,,,,
        bad_pattern,fit,title,regex,(cto,1,,,,,,
        look_ahead,fit,title,regex,^(?!cto),1,,,,,,
        no_type,engagement,coffee,,,1,,,,,,
        no_kind_of_activity,engagement,none,,,1,,,,,,
        not_negative,negative,bounce,,,0,,,,,,
        endless,engagement,call,,,nan,,,,,,
        too_fast,engagement,meeting,,,1,0.04,,,,,
        backwards,engagement,social_interaction,,,1,-30,-1,0,,,
        opens_again,engagement,email_open,,,5,,,,2026-01-01,,
        fit_senior,fit,seniority,eq,vp,5,,,,,2020-01-01,
        hourly,engagement,other,,,1,0.041666666666666664,0,1,,2026-01-01,
        hourly,engagement,other,,,2,,,,2026-01-01,,
        never_in_force,engagement,other,,,3,,,,2026-03-01,2026-02-01,
        unknown_title,fit,title,is_null,,-5,,,,,,
    """,
    "mql_thresholds": """
        global,,10,15,2026-01-01,,,,
        event,50,,15,2026-01-01,,,,
        webinar,50,10,0,2026-01-01,,,,
        demo,,,,2026-01-01,,,,
    """,
    "exclusions": """
        nobody,x,company,regex,[,,
        split,x,company,eq,a,2026-01-01,
        split,x,title,eq,a,2026-02-01,
    """,
    "qualification_paths": """
        nothing,1,call,0,false,-1,,,,,,
        no_type,1,call|coffee,1,false,,,,,,,
        mixed,1,call,1,false,,,,,,,
        mixed,1,meeting,1,true,,,,,,,
    """,
    "channel_gates": """
        event,|,,,
        webinar,coffee,,,
    """,
}

PROBLEMS = {
    "scoring_rules.csv, floor: this rule_id is missing or has a meaning of its own",
    "scoring_rules.csv, odd_kind: kind positive does not exist",
    "scoring_rules.csv, no_attribute: field shoe_size is no attribute",
    "scoring_rules.csv, no_operator: operator like does not exist",
    "scoring_rules.csv, no_value: operator in has nothing to compare with",
    "scoring_rules.csv, bad_pattern: value (cto is no regular expression that RE2 can read",
    "scoring_rules.csv, look_ahead: value ^(?!cto) is no regular expression that RE2 can read",
    "scoring_rules.csv, no_type: field coffee names no known activity type, or one that does not exist",
    "scoring_rules.csv, no_kind_of_activity: field none names no known activity type,"
    " or one that does not exist",
    "scoring_rules.csv, not_negative: a negative rule gives 0.0 points",
    "scoring_rules.csv, endless: points is no number",
    "scoring_rules.csv, too_fast: half_life_days 0.04 is shorter than an hour",
    "scoring_rules.csv, backwards: half_life_days -30.0 is shorter than an hour",
    "scoring_rules.csv, backwards: max_count -1 is below 0",
    "scoring_rules.csv, backwards: window_days 0 is no whole day",
    "scoring_rules.csv, email_open and opens_again: both are in force from 2026-01-01 for email_open",
    "scoring_rules.csv, fit_senior and fit_senior: both are in force from the beginning for seniority",
    "mql_thresholds.csv, global: global has no threshold, and nothing else to follow",
    "mql_thresholds.csv, event: min_fit (blank) is not above 0",
    "mql_thresholds.csv, webinar: min_engagement 0.0 is not above 0",
    "exclusions.csv, nobody: value [ is no regular expression that RE2 can read",
    "exclusions.csv, split: its rows differ in valid_from, valid_to",
    "qualification_paths.csv, nothing: min_count 0 of step 1 is below 1",
    "qualification_paths.csv, nothing: within_days -1.0 of step 1 is no number of days",
    "qualification_paths.csv, no_type: activity_type call|coffee names no known activity type,"
    " or one that does not exist",
    "qualification_paths.csv, mixed: step 1 stands 2 times",
    "qualification_paths.csv, mixed: its rows differ in ordered, channel, valid_from, valid_to",
    "channel_gates.csv, event: activity_types | names no known activity type, or one that does not exist",
    "channel_gates.csv, webinar: activity_types coffee names no known activity type,"
    " or one that does not exist",
}


def refusals(folder: Path, rows: dict[str, str], *, added: bool = True) -> Sequence[str]:
    """What the tests of the seeds say of these rows, added to the shipped ones or in their place."""
    shutil.copytree(seeds_folder(project_folder()), folder / "seeds")
    for name, text in rows.items():
        path = folder / "seeds" / f"{name}.csv"
        shipped = path.read_text(encoding="utf-8").splitlines()
        lines = [line.strip() for line in text.strip().splitlines()]
        path.write_text("\n".join([*(shipped if added else shipped[:1]), *lines, ""]), encoding="utf-8")
    done = call_dbt(
        *(folder, "build", "--select", *SEEDS, "path:tests/seeds", *WITHOUT_UNIT_TESTS),
        variables=dbt_vars(Settings(), date(2026, 6, 30)),
    )
    result = read_results(folder / TARGET, folder / WAREHOUSE)
    assert result is not None, done.what_failed
    assert result.built == len(SEEDS)
    return result.messages


def test_exactly_the_rows_that_make_no_sense_are_named_with_their_remedy(tmp_path: Path) -> None:
    messages = refusals(tmp_path, ROWS)
    for problem in PROBLEMS:
        assert [m for m in messages if m.startswith(f"{problem} (")], problem
    assert len(messages) == len(PROBLEMS)


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        ("webinar,50,10,15,,,,,", {"mql_thresholds.csv: there is no row for global"}),
        (
            "global,60,,0,2026-01-01,,,,\nglobal,,10,15,,,,,",
            {
                "mql_thresholds.csv, global: its first row is in force only from 2026-01-01,"
                " and nothing before",
                "mql_thresholds.csv, global: min_fit (blank) is not above 0",
                "mql_thresholds.csv, global: min_engagement 0.0 is not above 0",
                "mql_thresholds.csv, global: global has no threshold, and nothing else to follow",
            },
        ),
    ],
)
def test_there_is_a_whole_global_threshold_from_the_beginning(
    tmp_path: Path, rows: str, problems: set[str]
) -> None:
    messages = refusals(tmp_path, {"mql_thresholds": rows}, added=False)
    assert {problem for problem in problems for m in messages if m.startswith(f"{problem} (")} == problems
    assert len(messages) == len(problems)

"""Which changes of the seeds are changes for published days, and what people are told about them."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import UsageError
from orchestration.publish import note_publication
from orchestration.restatement.compare import Change, changes_of_past
from orchestration.restatement.guard import restatements
from orchestration.restatement.log import read_log, write_log
from orchestration.restatement.mending import mended
from orchestration.restatement.rows import SEED_FILES, SeedRow, read_seeds
from orchestration.restatement.settings import SettingChange, changed_settings, deciding
from orchestration.restatement.tables import (
    Difference,
    Restatement,
    compare_published,
    read_past,
    write_restatements,
    write_seeds,
)
from orchestration.restatement.wording import detail, refusal
from orchestration.settings import Settings
from orchestration.workspace import REPOSITORY

P = date(2026, 7, 5)
RULES = """\
rule_id,kind,field,operator,value,points,half_life_days,max_count,window_days,valid_from,valid_to,note
open,engagement,email_open,,,10,30,2,30,,,Opens
click,engagement,email_click,,,15,30,3,30,2026-01-01,2026-12-31,Clicks
gone,engagement,call,,,5,,,,,2026-03-01,Calls
later,engagement,meeting,,,5,,,,2026-07-06,,Meetings
"""
THRESHOLDS = """\
segment,threshold,min_fit,min_engagement,effective_from,accepted_at,accepted_by,suggestion_id,note
global,60,10,15,,,,,
paid_social,70,10,15,2026-02-01,,,,
global,62,10,15,2026-05-01,2026-04-30,ann,s1,
"""
PATHS = """\
path_id,step,activity_type,min_count,ordered,within_days,min_fit,min_engagement,channel,valid_from,valid_to,note
demo,1,demo_request,1,false,30,10,,,,,
tour,1,webinar_registered,1,true,90,10,,,,,first
tour,2,webinar_attended,1,true,90,,,,,,then
"""
TYPES = """\
source,vendor_type,pattern,activity_type,is_delivery,priority,note
marketo,6,,email_sent,false,100,Send
marketo,10,,email_open,false,100,Open
"""
TEXTS = {
    "scoring_rules.csv": RULES,
    "mql_thresholds.csv": THRESHOLDS,
    "qualification_paths.csv": PATHS,
    "activity_types.csv": TYPES,
}


def rows(name: str, text: str, folder: Path) -> list[SeedRow]:
    """The rows of one file as a run reads them."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return [row for row in read_seeds(folder, {}) if row.file == name]


def changed(name: str, text: str, tmp_path: Path, before: str | None = None) -> list[Change]:
    """What the guard finds when `text` stands where the published seed was."""
    old = rows(name, before or TEXTS[name], tmp_path / "old")
    return changes_of_past(old, rows(name, text, tmp_path / "new"), P)


def test_the_shipped_seeds_are_no_change_of_themselves() -> None:
    seeds = read_seeds(REPOSITORY / "seeds", {})
    assert {row.file for row in seeds} == set(SEED_FILES)
    assert changes_of_past(seeds, seeds, P) == []


def test_the_shipped_headers_are_the_known_columns() -> None:
    for name, seed in SEED_FILES.items():
        header = (REPOSITORY / "seeds" / name).read_text(encoding="utf-8").splitlines()[0]
        assert tuple(header.split(",")) == seed.columns


ALLOWED = {
    "another note": ("scoring_rules.csv", RULES.replace("Opens", "Opens are machines")),
    "another spelling of numbers": ("scoring_rules.csv", RULES.replace("15,30,3,30", "15.0, 30 ,3,030")),
    "rows in another order": (
        "scoring_rules.csv",
        "\n".join([RULES.splitlines()[0], *reversed(RULES.splitlines()[1:])]),
    ),
    "a blank line": ("scoring_rules.csv", RULES.replace("gone,", "\ngone,")),
    "an end after the published day": (
        "scoring_rules.csv",
        RULES.replace("30,2,30,,,", "30,2,30,,2026-07-06,"),
    ),
    "another end after the published day": ("scoring_rules.csv", RULES.replace("2026-12-31", "2026-08-01")),
    "no end instead of one after the published day": ("scoring_rules.csv", RULES.replace("2026-12-31", "")),
    "a row that begins after the published day": (
        "scoring_rules.csv",
        RULES + "open,engagement,email_open,,,20,30,2,30,2026-07-06,,\n",
    ),
    "a row gone that would begin after it": (
        "scoring_rules.csv",
        "".join(line for line in RULES.splitlines(keepends=True) if not line.startswith("later")),
    ),
    "a row changed that begins after it": (
        "scoring_rules.csv",
        RULES.replace("meeting,,,5,,,,2026-07-06", "meeting,,,9,,,,2026-07-20"),
    ),
    "an accepted threshold": (
        "mql_thresholds.csv",
        THRESHOLDS + "global,64,10,15,2026-07-06,2026-07-05,ben,s2,Accepted\n",
    ),
    "who accepted": ("mql_thresholds.csv", THRESHOLDS.replace(",ann,", ",bea,")),
    "thresholds of other days in another order": (
        "mql_thresholds.csv",
        "\n".join([THRESHOLDS.splitlines()[0], *reversed(THRESHOLDS.splitlines()[1:])]),
    ),
    "another flag spelling": ("qualification_paths.csv", PATHS.replace("true", "TRUE")),
    "a path from later on": (
        "qualification_paths.csv",
        PATHS + "expo,1,event_attended,1,false,30,,,,2026-07-06,,\n",
    ),
    "another note of a mapping": ("activity_types.csv", TYPES.replace("Send", "Send Email")),
    "mappings in another order": (
        "activity_types.csv",
        "\n".join([TYPES.splitlines()[0], *reversed(TYPES.splitlines()[1:])]),
    ),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_leaves_the_past_alone_is_allowed(case: str, tmp_path: Path) -> None:
    name, text = ALLOWED[case]
    assert text != TEXTS[name]
    assert changed(name, text, tmp_path) == []


def test_a_missing_optional_column_is_a_blank_one(tmp_path: Path) -> None:
    short = "segment,threshold\nglobal,50\n"
    full = "segment,threshold,effective_from,note\nglobal,50,,why\n"
    assert changed("mql_thresholds.csv", full, tmp_path, before=short) == []
    assert changed("mql_thresholds.csv", short, tmp_path, before=full) == []


OPEN = "open,engagement,email_open,,,10,30,2,30,,,Opens"
REFUSED = {
    "points": ("scoring_rules.csv", RULES.replace("open,,,10", "open,,,20"), "points 10 → 20"),
    "a half-life": (
        "scoring_rules.csv",
        RULES.replace("10,30,2,30", "10,,2,30"),
        "half_life_days 30 → blank",
    ),
    "a blank before text": (
        "scoring_rules.csv",
        RULES.replace(",email_open", ", email_open"),
        "field email_open → ' email_open'",
    ),
    "a row removed": (
        "scoring_rules.csv",
        RULES.replace(OPEN + "\n", ""),
        "removed valid from the beginning",
    ),
    "a row added": (
        "scoring_rules.csv",
        RULES + "new,engagement,form_fill,,,5,,,,,,\n",
        "added valid from the",
    ),
    "a row added on the published day": (
        "scoring_rules.csv",
        RULES + "new,engagement,form_fill,,,5,,,,2026-07-05,,\n",
        "added valid from 2026-07-05",
    ),
    "a row repeated": ("scoring_rules.csv", RULES + OPEN + "\n", "added valid from the beginning"),
    "an end on the published day": (
        "scoring_rules.csv",
        RULES.replace("30,2,30,,,", "30,2,30,,2026-07-05,"),
        "valid_to blank → 2026-07-05",
    ),
    "an end in the past moved": (
        "scoring_rules.csv",
        RULES.replace("2026-03-01", "2026-03-02"),
        "valid_to 2026-03-01 → 2026-03-02",
    ),
    "an end in the past taken away": (
        "scoring_rules.csv",
        RULES.replace("2026-03-01", ""),
        "valid_to 2026-03-01 → blank",
    ),
    "a later row moved to the past": (
        "scoring_rules.csv",
        RULES.replace("2026-07-06", "2026-07-05"),
        "added valid from 2026-07-05",
    ),
    "a beginning": (
        "scoring_rules.csv",
        RULES.replace("2026-01-01", "2026-01-02"),
        "valid_from 2026-01-01 → 2026-01-02",
    ),
    "a threshold": ("mql_thresholds.csv", THRESHOLDS.replace("62", "61"), "threshold 62 → 61"),
    "a threshold of a published day": (
        "mql_thresholds.csv",
        THRESHOLDS + "global,64,10,15,2026-07-05,,,,\n",
        "added valid from 2026-07-05",
    ),
    "a step of a path": ("qualification_paths.csv", PATHS.replace("tour,2", "tour,3"), "removed"),
    "a mapping added": (
        "activity_types.csv",
        TYPES + "marketo,11,,email_click,false,100,\n",
        "added",
    ),
    "a mapping removed": (
        "activity_types.csv",
        TYPES.replace("marketo,6,,email_sent,false,100,Send\n", ""),
        "removed",
    ),
    "a mapping": (
        "activity_types.csv",
        TYPES.replace("email_sent", "other"),
        "activity_type email_sent → other",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_change_for_published_days_is_found_and_named(case: str, tmp_path: Path) -> None:
    name, text, said = REFUSED[case]
    assert text != TEXTS[name]
    found = changed(name, text, tmp_path)
    assert said in detail(found[0])


def test_of_thresholds_of_one_day_the_lower_counts_so_their_order_matters(tmp_path: Path) -> None:
    header, *lines = THRESHOLDS.splitlines()
    twice = "\n".join([header, *lines, "global,63,10,15,2026-05-01,,,,"])
    swapped = "\n".join([header, *lines[:2], "global,63,10,15,2026-05-01,,,,", lines[2]])
    assert changed("mql_thresholds.csv", swapped, tmp_path, before=twice)
    assert changed("mql_thresholds.csv", twice, tmp_path, before=twice) == []


DAYS = st.dates(date(2026, 6, 20), date(2026, 7, 20))
CELLS = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from([5, 10, -5]),
    st.none() | DAYS,
    st.none() | DAYS,
)


def made(cells: list[tuple[str, int, date | None, date | None]]) -> list[SeedRow]:
    return [
        SeedRow(
            "scoring_rules.csv",
            number,
            {
                "rule_id": rule,
                "points": str(points),
                "valid_from": str(start or ""),
                "valid_to": str(end or ""),
            },
            number + 1,
        )
        for number, (rule, points, start, end) in enumerate(cells, start=1)
    ]


def in_force(cells: list[tuple[str, int, date | None, date | None]], day: date) -> list[tuple[str, int]]:
    return sorted(
        (rule, points)
        for rule, points, start, end in cells
        if (start is None or start <= day) and (end is None or day < end)
    )


@given(st.lists(CELLS, max_size=6), st.lists(CELLS, max_size=4))
def test_rows_that_begin_after_the_published_day_never_matter(
    kept: list[tuple[str, int, date | None, date | None]],
    extra: list[tuple[str, int, date | None, date | None]],
) -> None:
    later = [
        (rule, points, max(start or P, P + timedelta(days=1)), end) for rule, points, start, end in extra
    ]
    assert changes_of_past(made(kept), made([*later, *kept]), P) == []
    assert changes_of_past(made([*kept, *later]), made(kept), P) == []


@given(st.lists(CELLS, max_size=5), st.lists(CELLS, max_size=5))
def test_where_nothing_is_found_the_same_rules_were_in_force_on_every_published_day(
    old: list[tuple[str, int, date | None, date | None]], new: list[tuple[str, int, date | None, date | None]]
) -> None:
    if not changes_of_past(made(old), made(new), P):
        for back in range(20):
            day = P - timedelta(days=back)
            assert in_force(old, day) == in_force(new, day)


@given(st.lists(CELLS, max_size=5), st.lists(CELLS, max_size=5))
def test_writing_what_is_proposed_always_ends_the_refusal(
    old: list[tuple[str, int, date | None, date | None]], new: list[tuple[str, int, date | None, date | None]]
) -> None:
    before, after = made(old), made(new)
    changes = changes_of_past(before, after, P)
    replaced = {id(change.after) for change in changes}
    kept = [row for row in after if id(row) not in replaced]
    proposed = [
        SeedRow("scoring_rules.csv", i, cells)
        for i, cells in enumerate(mended(changes, before, after, P), start=1)
    ]
    assert changes_of_past(before, [*kept, *proposed], P) == []


def proposal(name: str, text: str, tmp_path: Path) -> str:
    """The rows a refusal proposes, as CSV."""
    old = rows(name, TEXTS[name], tmp_path / "old")
    new = rows(name, text, tmp_path / "new")
    found = changes_of_past(old, new, P)
    error = refusal(found, P, old, new, {name: tmp_path / name})
    return "\n".join(line.strip() for line in error.fix.splitlines() if line.startswith("  "))


def test_a_changed_rule_is_ended_and_its_new_version_begins_after_what_is_published(tmp_path: Path) -> None:
    told = proposal("scoring_rules.csv", RULES.replace("open,,,10", "open,,,20"), tmp_path)
    assert told.splitlines() == [
        RULES.splitlines()[0],
        "open,engagement,email_open,,,10,30,2,30,,2026-07-06,Opens",
        "open,engagement,email_open,,,20,30,2,30,2026-07-06,,Opens",
    ]


def test_a_changed_threshold_stays_and_a_new_row_follows_it(tmp_path: Path) -> None:
    told = proposal("mql_thresholds.csv", THRESHOLDS.replace("62", "61"), tmp_path)
    assert told.splitlines()[1:] == [
        "global,62,10,15,2026-05-01,2026-04-30,ann,s1,",
        "global,61,10,15,2026-07-06,,,,",
    ]


def test_a_removed_channel_threshold_is_ended_by_a_row_without_one(tmp_path: Path) -> None:
    told = proposal(
        "mql_thresholds.csv", THRESHOLDS.replace("paid_social,70,10,15,2026-02-01,,,,\n", ""), tmp_path
    )
    assert told.splitlines()[1:] == [
        "paid_social,70,10,15,2026-02-01,,,,",
        "paid_social,,10,15,2026-07-06,,,,",
    ]


def test_a_changed_path_is_ended_whole_and_begins_anew_under_another_id(tmp_path: Path) -> None:
    # Rows of one path_id share their validity (semantics), so the two versions can't share the id.
    told = proposal(
        "qualification_paths.csv", PATHS.replace("attended,1,true,90", "attended,1,true,60"), tmp_path
    )
    assert [line.split(",")[0:2] + line.split(",")[9:11] for line in told.splitlines()[1:]] == [
        ["tour", "1", "", "2026-07-06"],
        ["tour", "2", "", "2026-07-06"],
        ["tour_2", "1", "2026-07-06", ""],
        ["tour_2", "2", "2026-07-06", ""],
    ]
    again = rows(
        "qualification_paths.csv",
        PATHS.splitlines()[0] + "\n" + PATHS.splitlines()[1] + "\n" + "\n".join(told.splitlines()[1:]),
        tmp_path / "mended",
    )
    assert changes_of_past(rows("qualification_paths.csv", PATHS, tmp_path / "old"), again, P) == []


def test_a_refusal_shows_three_changes_with_their_place_and_counts_the_others(tmp_path: Path) -> None:
    more = "".join(f"marketo,{n},,other,false,100,\n" for n in range(20, 25))
    old, new = (
        rows("activity_types.csv", text, tmp_path / kind)
        for kind, text in (("a", TYPES), ("b", TYPES + more))
    )
    error = refusal(changes_of_past(old, new, P), P, old, new, {"activity_types.csv": tmp_path / "mine.csv"})
    assert error.exit_code == 2
    assert error.where == f"{tmp_path / 'mine.csv'}, line 4"
    assert "activity_types.csv line 4 (marketo 20): added" in error.what
    assert "line 6" in error.what
    assert "line 7" not in error.what
    assert "and 2 more" in error.what
    assert "--restate" in error.fix


def test_texts_with_commas_and_quotes_come_back_as_csv(tmp_path: Path) -> None:
    text = RULES.replace("Opens", '"Opens, ""machines"""')
    told = proposal("scoring_rules.csv", text.replace("open,,,10", "open,,,20"), tmp_path)
    assert list(csv.reader(io.StringIO(told)))[2][-1] == 'Opens, "machines"'


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("open,,,ten", "'ten' in column points"), ("open,,,10,30,2,30,soon", "'soon' in column valid_from")],
)
def test_a_cell_that_can_not_be_read_is_named_with_its_line(wrong: str, said: str, tmp_path: Path) -> None:
    text = RULES.replace("open,,,10,30,2,30," if "soon" in wrong else "open,,,10", wrong)
    with pytest.raises(UsageError, match=said) as caught:
        rows("scoring_rules.csv", text, tmp_path)
    assert str(caught.value.where).endswith("scoring_rules.csv, line 2")


def test_settings_that_decide_are_guarded_and_auto_stands_for_what_was_decided() -> None:
    published = deciding(Settings(mql_basis="scored"))
    assert changed_settings(published, Settings(mql_basis="auto")) == []
    assert changed_settings(published, Settings(mql_basis="scored", capacity_per_week=5)) == []
    assert changed_settings(published, Settings(mql_basis="both", cooldown_days=7)) == [
        SettingChange("mql_basis", "scored", "both"),
        SettingChange("cooldown_days", "30", "7"),
    ]


def test_each_cause_of_a_difference_is_told_apart() -> None:
    counts = {"other": (50, 51, 4), "identity": (2, 1, 3), "deletion": (1, 0, 1)}
    found = Difference((("l_b", "l_a"),), counts)
    quiet = restatements(found, [], number=3, as_of=P)
    assert [(r.number, r.kind, r.episodes_changed) for r in quiet] == [
        (3, "late rows", 4), (4, "identity", 3), (5, "deletion", 1),
    ]  # fmt: skip
    asked = restatements(found, [SettingChange("mql_basis", "scored", "both")], number=1, as_of=P)
    assert [(r.kind, r.subject, r.episodes_changed) for r in asked][:2] == [
        ("setting", "mql_basis", 4), ("identity", "leads merged or split: 1", 3),
    ]  # fmt: skip
    assert restatements(Difference((), {"other": (50, 50, 0)}), [], number=1, as_of=P) == []


def test_the_log_survives_a_lost_line_and_repeats_none(tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    log.write_text('{"kind": "suggestion", "suggestion_id": "s1"}\n')
    lines = [Restatement(n, P, "seed", f"rule {n}", "points 1 → 2", 5, 6, 2) for n in (1, 2)]
    write_log(log, lines[:1], {})
    # The run that restated number 2 was killed between publishing and logging: the published file knows it.
    assert read_log(log, lines) == lines
    write_log(log, lines, {2: [("l_b", "l_a")]})
    write_log(log, lines, {})
    assert read_log(log, []) == lines
    assert len(log.read_text().splitlines()) == 3


def funnel(path: Path, leads: str, aliases: str, episodes: str) -> Path:
    """A marts file with the columns that the comparison reads; rows as SQL values."""
    with duckdb.connect(str(path)) as marts:
        marts.execute("create schema marts")
        marts.execute("create table marts.dim_leads (lead_id varchar)")
        marts.execute(f"insert into marts.dim_leads values {leads}")  # noqa: S608
        marts.execute("create table marts.lead_aliases (alias_lead_id varchar, lead_id varchar)")
        if aliases:
            marts.execute(f"insert into marts.lead_aliases values {aliases}")  # noqa: S608
        marts.execute(
            """
            create table marts.fct_mql_episodes (
                lead_id varchar, mql_at timestamp, score_at_mql double, mql_at_is_date_only boolean,
                mql_episode_id varchar default '1', qualified_by varchar default 'score',
                threshold_at_mql double default 60, scoring_version varchar default 'initial'
            )
            """
        )
        columns = "lead_id, mql_at, score_at_mql, mql_at_is_date_only"
        marts.execute(f"insert into marts.fct_mql_episodes ({columns}) values {episodes}")  # noqa: S608
    return path


def compared(tmp_path: Path, before: Path, after: Path, end: str = "2026-07-06") -> Difference:
    with duckdb.connect(str(after)) as marts:
        return compare_published(marts, before, P, datetime.fromisoformat(end))


def test_episodes_of_published_days_are_compared_and_their_differences_told_apart(tmp_path: Path) -> None:
    before = funnel(
        tmp_path / "before.duckdb",
        "('same'), ('score'), ('older'), ('younger'), ('deleted')",
        "",
        "('same', '2026-07-05 23:59:59', 61, false), ('score', '2026-07-01', 61, false), "
        "('older', '2026-06-02', 61, false), ('younger', '2026-06-01', 61, false), "
        "('deleted', '2026-07-02', 61, false)",
    )
    after = funnel(
        tmp_path / "after.duckdb",
        "('same'), ('score'), ('older')",
        "('younger', 'older'), ('never a lead', 'same')",
        "('same', '2026-07-05 23:59:59', 61.0000001, false), ('score', '2026-07-01', 61.1, false), "
        "('older', '2026-06-01', 61, false), ('same', '2026-07-06', 70, false)",
    )
    found = compared(tmp_path, before, after)
    assert found.merged == (("younger", "older"),)
    # same is equal to 1e-6 and its new episode is of a later day; older and younger became one episode.
    assert found.by_cause == {"deletion": (1, 0, 1), "identity": (2, 1, 3), "other": (2, 2, 1)}


def test_people_that_were_one_when_published_and_are_two_now_are_an_identity_restatement(
    tmp_path: Path,
) -> None:
    before = funnel(tmp_path / "b.duckdb", "('a')", "('b', 'a')", "('a', '2026-07-01', 61, false)")
    after = funnel(tmp_path / "a.duckdb", "('a'), ('b')", "", "('b', '2026-07-01', 61, false)")
    found = compared(tmp_path, before, after)
    assert found.merged == (("b", "a"),)
    assert found.by_cause == {"identity": (1, 1, 2)}


def test_a_date_without_a_time_belongs_to_its_day_also_where_the_day_ends_later(tmp_path: Path) -> None:
    # West of UTC the published day ends after the next date's midnight, but that date was not known then.
    leads, old = "('a'), ('b')", "('a', '2026-07-05', null, true)"
    before = funnel(tmp_path / "b.duckdb", leads, "", old)
    after = funnel(tmp_path / "a.duckdb", leads, "", f"{old}, ('b', '2026-07-06', null, true)")
    assert compared(tmp_path, before, after, "2026-07-06T04:00").by_cause == {"other": (1, 1, 0)}


def test_a_file_published_before_the_guard_existed_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert read_past(tmp_path / "none.duckdb") is None
    assert read_past(funnel(tmp_path / "b.duckdb", "('a')", "", "('a', '2026-07-01', 61, false)")) is None


def test_what_is_written_into_the_marts_is_read_back(tmp_path: Path) -> None:
    seeds = read_seeds(REPOSITORY / "seeds", {})
    log = [Restatement(1, P, "seed", "scoring_rules.csv open", "points 10 → 20", 5, 6, 2)]
    with duckdb.connect(str(tmp_path / "m.duckdb")) as marts:
        marts.execute("create schema marts")
        write_seeds(marts, seeds)
        write_restatements(marts, log)
        note_publication(
            marts,
            as_of=P,
            mql_basis="both",
            decision_settings={"mql_basis": "both"},
            settings_hash="x",
            version="1",
        )
        hashes = marts.execute('select hash from marts.seeds_in_force order by file, "row"').fetchall()
    past = read_past(tmp_path / "m.duckdb")
    assert past is not None
    assert past.as_of == P
    assert past.settings == {"mql_basis": "both"}
    assert list(past.restatements) == log
    assert changes_of_past(past.seeds, seeds, P) == []
    assert [row.digest for row in past.seeds] == [found for (found,) in hashes]

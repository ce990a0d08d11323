"""The traps of vendor exports, each with what proves that we do not fall into it.

date only or time            test_mapped_dates_need_no_formats_where_they_prove_their_order
                             date_only_times_compare_by_day
same-second ties             inside_one_instant_the_current_stage_goes_last
                             ids_rise_or_fall_with_time_as_most_current_stages_tell
15 and 18 characters         test_salesforce_ids_get_the_suffix_salesforce_gives_them
label drift                  test_exports_of_our_vendors_are_known_with_their_key
                             test_hubspots_default_export_is_known_by_its_old_labels
quotes in headers            test_stages_of_the_portals_own_are_gathered_by_their_label
several ids in a cell        test_stages_of_the_portals_own_are_gathered_by_their_label
codes or labels              a_vendors_own_row_of_the_channel_map_goes_first
times without a zone         test_times_without_a_zone_are_those_of_the_source_zone
CloseDate is a plan          test_planned_dates_do_not_move_the_record_times
                             without_a_log_the_record_tells_when_it_was_closed
mass-stamped dates           twenty_entries_in_one_minute_are_mass_stamped
cleared and reset            odd_stage_times_are_found
truncated histories          test_it_says_what_each_file_is_and_what_is_missing
merged and deleted           a_copy_of_an_absorbed_record_keeps_nobody_alive
                             a_merge_is_the_newest_version_of_the_absorbed_contact
converted lead as member     a_person_known_twice_is_one_member
response before creation     without_a_creation_time_the_first_stage_time_stands_in_with_its_precision
opportunity without role     the_strongest_link_gives_an_opportunity_its_lead
several of each              what_several_sources_hold_of_one_opportunity_is_one
test and employee records    blocks_and_cool_down_keep_a_lead_from_becoming_mql
currency marks               test_a_comma_is_decimal_only_where_a_value_proves_it
Marketo's null, NUL bytes    test_marketos_null_and_nul_bytes_cost_nothing_else
                             test_the_ways_of_writing_nothing_are_null
footers, titles              test_report_footers_are_counted_apart
                             test_titles_above_the_header_are_passed_over_and_lines_keep_their_numbers
encodings, delimiters        test_encoding_and_delimiter_make_no_difference
packed files                 test_packed_files_are_known_by_their_bytes
workbooks                    test_numbers_dates_and_flags_of_a_workbook_mean_what_they_say
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.loading import LoadResult
from tests.orchestration.loading.conftest import REPOSITORY

Loaded = Callable[..., LoadResult]

PROOFS = re.findall(r"(\w+)$", (__doc__ or "").split("\n\n", 1)[1], re.MULTILINE)


@pytest.fixture(scope="module")
def known_tests() -> set[str]:
    python = (path.read_text() for path in (REPOSITORY / "tests").rglob("test_*.py"))
    models = (path.read_text() for path in (REPOSITORY / "dbt_project" / "models").rglob("*.yml"))
    found = {name for text in python for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    return found | {name for text in models for name in re.findall(r"^  - name: (\w+)", text, re.MULTILINE)}


@pytest.mark.parametrize("name", sorted(set(PROOFS)))
def test_what_the_table_names_is_there(name: str, known_tests: set[str]) -> None:
    assert name in known_tests


def test_marketos_null_and_nul_bytes_cost_nothing_else(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    header = (
        "marketoGUID,leadId,activityDate,activityTypeId,campaignId,primaryAttributeValueId,"
        "primaryAttributeValue,attributes\n"
    )
    line = '{},7,2026-01-01T00:00:00Z,13,null,null,{},"{{""New Value"":null,""Reason"":""a, b""}}"\n'
    text = header + line.format("g1", "null") + line.format("g2", "A\0B") + line.format("g3", "null and void")
    (extracts / "activities.csv").write_text(text)
    (file,) = loaded().files
    assert (file.records, file.loaded + file.quarantined) == (3, 3)
    rows = dict(
        warehouse.execute("SELECT marketoGUID, primaryAttributeValue FROM raw.marketo_activity").fetchall()
    )
    assert rows["g1"] is None
    assert rows["g3"] == "null and void"
    assert rows.get("g2", "A\0B") == "A\0B"
    read = warehouse.execute(
        "SELECT campaignId, attributes->>'Reason', json_type(attributes, '$.\"New Value\"')"
        " FROM raw.marketo_activity WHERE marketoGUID = 'g1'"
    ).fetchone()
    assert read == (None, "a, b", "NULL")

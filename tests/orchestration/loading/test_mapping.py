"""Mapping files: other systems' files in our words."""

# DuckDB gives UTC times without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import BandpassError, DataError, UsageError
from orchestration.loading import LoadResult, load, record_time_range
from orchestration.settings import Settings
from tests.building import shared_data
from tests.orchestration.loading.conftest import REPOSITORY, lead_lines

Loaded = Callable[..., LoadResult]

MAPPING = """\
time_zone: Europe/Berlin
as_of: 2026-03-31
files:
  - file: "people*.csv"
    entity: lead
    date_formats: ["%d.%m.%Y", "%d.%m.%Y %H:%M"]
    columns:
      lead_id: Nr
      email: E-Mail
      created_at: Angelegt
      stage: {column: Status, values: {Kunde: customer, "1": lead}}
      is_deleted: {value: false}
"""
PEOPLE = (
    "Nr;E-Mail;Angelegt;Status;Rest\n"
    "7;a@b.c;05.01.2026;Kunde;x\n8;d@e.f;06.07.2026 10:30;1;\n9;g@h.i;07.01.2026;other;\n"
)


def test_fields_come_from_columns_constants_value_maps_and_date_formats(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "bandpass.mapping.yml").write_text(MAPPING)
    (extracts / "people_1.csv").write_text(PEOPLE)
    result = loaded()
    assert result.as_of == date(2026, 3, 31)
    assert [(file.path, file.vendor, file.object, file.loaded) for file in result.files] == [
        ("people_1.csv", "mapped", "lead", 3)
    ]
    rows = warehouse.execute(
        "SELECT lead_id, created_at, created_at_is_date, stage, is_deleted, mql_at, mql_at_is_date, _extra"
        " FROM raw.mapped_lead ORDER BY _record"
    ).fetchall()
    assert rows == [
        ("7", datetime(2026, 1, 5), True, "customer", False, None, None, '{"Rest":"x"}'),
        ("8", datetime(2026, 7, 6, 8, 30), False, "lead", False, None, None, None),
        ("9", datetime(2026, 1, 7), True, "other", False, None, None, None),
    ]


def test_a_date_in_no_given_format_is_refused(extracts: Path, loaded: Loaded) -> None:
    (extracts / "bandpass.mapping.yml").write_text(MAPPING)
    (extracts / "people.csv").write_text(PEOPLE.replace("05.01.2026", "5 Jan 26"))
    assert (loaded().loaded, loaded().quarantined) == (2, 0)


def test_mapped_and_recognised_files_load_side_by_side(
    extracts: Path, loaded: Loaded, tmp_path: Path
) -> None:
    mapping = tmp_path / "m.yml"
    mapping.write_text(
        "files:\n  - file: spend.csv\n    entity: spend\n"
        "    columns: {spent_at: day, cost: eur, channel: {value: Paid}}\n"
    )
    (extracts / "spend.csv").write_text("day,eur\n2026-01-01,10.5\n2026-01-02,dear\n")
    (extracts / "leads.csv").write_text(lead_lines(2))
    result = loaded(mapping)
    assert [(f.object, f.loaded, f.quarantined) for f in result.files] == [("lead", 2, 0), ("spend", 1, 1)]


JOINED = """\
files:
  - file: people.csv
    entity: lead
    columns: {lead_id: id, created_at: day}
    join:
      - file: deals.csv
        match: {id: person}
        columns: {customer_at: won, modified_at: won}
  - file: deals.csv
    entity: opportunity
    columns: {opportunity_id: deal, lead_id: person, created_at: won, is_won: {value: true}}
"""


def test_a_joined_file_completes_records_and_its_arrival_makes_a_newer_version(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "bandpass.mapping.yml").write_text(JOINED)
    (extracts / "people.csv").write_text("id,day\n1,2026-01-01\n2,2026-01-02\n3,\n")
    first = loaded()
    assert first.loaded == 3
    assert "deals.csv" in first.files[0].problems[0]
    (extracts / "deals.csv").write_text(
        "deal,person,won\nd1,2,2026-02-01T10:00:00Z\nd2,2,2026-03-01T10:00:00Z\nd3,9,2026-02-02\n"
    )
    second = loaded()
    assert {(f.path, f.object, f.records, f.loaded) for f in second.files} == {
        ("people.csv", "lead", 3, 3),
        ("deals.csv", "opportunity", 3, 3),
    }
    rows = warehouse.execute(
        "SELECT lead_id, customer_at FROM raw.mapped_lead WHERE _load = 2 ORDER BY _record"
    ).fetchall()
    assert rows == [("1", None), ("2", datetime(2026, 3, 1, 10)), ("3", None)]
    assert loaded().load is None


def test_a_changed_mapping_loads_the_file_anew(extracts: Path, loaded: Loaded) -> None:
    mapping = extracts / "bandpass.mapping.yml"
    mapping.write_text(MAPPING)
    (extracts / "people.csv").write_text(PEOPLE)
    loaded()
    mapping.write_text("# a comment changes nothing\n" + MAPPING)
    assert loaded().load is None
    mapping.write_text(MAPPING.replace("Kunde: customer", "Kunde: sql"))
    result = loaded()
    assert (result.load, result.loaded) == (2, 3)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (("entity: lead", "entity: person"), UsageError, r"unknown entity 'person'; known: lead,.*line 5"),
        (("email: E-Mail", "mail: E-Mail"), UsageError, r"unknown field 'mail' of lead; known: lead_id,"),
        (("lead_id: Nr", "first_name: Nr"), UsageError, r"lead needs the field 'lead_id'"),
        (
            ("time_zone: Europe/Berlin", "zone: x"),
            UsageError,
            r"unknown key 'zone'.*line 1.*Known here: files, time_zone",
        ),
        (("time_zone: Europe/Berlin", "time_zone: Berlin"), UsageError, r"not an IANA time zone.*line 1"),
        (
            ("value: false", "valu: false"),
            UsageError,
            r"unknown key 'valu'.*line 12.*Known here: column, value, values",
        ),
        (("as_of: 2026-03-31", "as_of: soon"), UsageError, r"line 2, as_of"),
        (("files:", "files: ["), UsageError, r"not valid YAML.*line"),
        (
            ("email: E-Mail", "email: Mail"),
            DataError,
            r"'Mail', which people.csv does not have.*Nr, E-Mail, Angelegt",
        ),
    ],
)
def test_mistakes_are_named_with_file_line_and_known_names(
    change: tuple[str, str], kind: type[BandpassError], message: str, extracts: Path, loaded: Loaded
) -> None:
    (extracts / "bandpass.mapping.yml").write_text(MAPPING.replace(*change))
    (extracts / "people.csv").write_text(PEOPLE)
    with pytest.raises(kind, match=f"(?s){message}"):
        loaded()


def test_a_missing_mapping_file_is_wrong_use(extracts: Path, loaded: Loaded, tmp_path: Path) -> None:
    (extracts / "people.csv").write_text(PEOPLE)
    with pytest.raises(UsageError, match="can't be read"):
        loaded(tmp_path / "none.yml")


def test_the_olist_mapping_gives_8000_leads_and_842_customers(warehouse: duckdb.DuckDBPyConnection) -> None:
    folder = shared_data("olist_marketing_funnel")
    mapping = REPOSITORY / "docs" / "examples" / "olist" / "mapping.yml"
    result = load(folder, warehouse, settings=Settings(), mapping=mapping)
    counted = {file.path: (file.object, file.records, file.loaded) for file in result.files}
    assert counted["olist_marketing_qualified_leads_dataset.csv"] == ("lead", 8000, 8000)
    assert counted["olist_closed_deals_dataset.csv"] == ("opportunity", 842, 842)
    assert counted["olist_sellers_dataset.csv"] == (None, 0, 0)
    row = warehouse.execute(
        "SELECT count(*), count(DISTINCT lead_id), count(customer_at), count(lead_source),"
        " count(*) FILTER (lead_source = 'unknown'),"
        " count(*) FILTER (mql_at_is_date AND mql_at = created_at),"
        " count(*) FILTER (customer_at_is_date) FROM raw.mapped_lead"
    ).fetchone()
    assert row == (8000, 8000, 842, 7940, 1099, 8000, 0)
    span = record_time_range(warehouse)
    assert span is not None
    assert [instant.date() for instant in span] == [date(2017, 6, 14), date(2018, 11, 14)]


def test_mapped_dates_need_no_formats_where_they_prove_their_order(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "bandpass.mapping.yml").write_text(
        "files:\n  - {file: p.csv, entity: lead, columns: {lead_id: Nr, created_at: Seen, budget: Etat}}\n"
        "ignore: [contacts.csv]\n"
    )
    (extracts / "p.csv").write_text('Nr,Seen,Etat\n1,01-02-2018,"1.000,50"\n2,26-02-2018 19:58,"7,5"\n')
    (extracts / "contacts.csv").write_text("Record ID,Email,Lifecycle Stage\n1,a@b.c,lead\n")
    found = {file.path: file for file in loaded().files}
    assert (found["p.csv"].loaded, found["contacts.csv"].vendor) == (2, None)
    assert "ignore" in found["contacts.csv"].problems[0]
    rows = warehouse.execute(
        "SELECT created_at::VARCHAR, created_at_is_date, budget FROM raw.mapped_lead ORDER BY _record"
    ).fetchall()
    assert rows == [("2018-02-01 00:00:00", True, 1000.5), ("2018-02-26 19:58:00", False, 7.5)]

"""What `bandpass doctor` says of extracts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.loading import load
from orchestration.loading.inspection import inspect
from orchestration.loading.questions import unanswered
from orchestration.loading.sampling import sample
from orchestration.settings import Settings
from tests.building import shared_data
from tests.orchestration.loading.conftest import LEADS, lead_lines


def doctor(folder: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["doctor", str(folder), *more])
    return result.exit_code, result.stdout


def test_it_says_what_each_file_is_and_what_is_missing(extracts: Path) -> None:
    (extracts / "leads.csv").write_text(lead_lines(3).replace("NumberOfEmployees", "Mine__c"))
    (extracts / "notes.md").write_text("hello")
    code, text = doctor(extracts, "--json")
    found = json.loads(text)
    assert code == 0
    lead, notes = found["files"]
    assert (lead["vendor"], lead["object"], lead["rows"], lead["sure"]) == ("salesforce", "lead", 3, True)
    assert (lead["period_from"][:10], lead["period_to"][:10]) == ("2026-01-05", "2026-01-06")
    assert lead["unknown"] == ["Mine__c"]
    assert set(lead["mapped"]) == set(LEADS.strip().split(",")) - {"NumberOfEmployees"}
    assert "NumberOfEmployees" in lead["missing"]
    assert lead["empty"] == ["ConvertedDate"]
    assert notes["vendor"] is None
    assert "not read" in notes["problems"][0]
    asked = " ".join(question["because"] for question in found["cannot_answer"])
    assert "LeadHistory" in asked
    assert all(question["how"] for question in found["cannot_answer"])
    assert found["time_zone"] == "UTC"


def test_people_read_the_same(extracts: Path) -> None:
    (extracts / "leads.csv").write_text(lead_lines(3))
    code, text = doctor(extracts)
    assert code == 0
    assert "salesforce lead" in text
    assert "LeadHistory" in text
    assert "without a zone are read as UTC" in " ".join(text.split())


def test_nothing_recognised_is_a_failure_and_a_missing_folder_wrong_use(extracts: Path) -> None:
    (extracts / "x.csv").write_text("a,b\n1,2\n")
    assert doctor(extracts, "--json")[0] == 1
    assert doctor(extracts / "nowhere")[0] == 2


def test_the_workspaces_time_zone_is_told(tmp_path: Path, extracts: Path) -> None:
    (tmp_path / "bandpass.yml").write_text("source_time_zone: Europe/Berlin\n")
    (extracts / "leads.csv").write_text(lead_lines(1))
    assert json.loads(doctor(extracts, "--json")[1])["time_zone"] == "Europe/Berlin"


@pytest.mark.parametrize("name", ["leads.csv", "leads.csv.gz", "leads.parquet"])
def test_large_files_are_sampled_and_said_to_be(
    name: str, extracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = LEADS + "".join(
        f"00Q{n:012d},Ann,Lee{n * 7919 % 10_007},A,a{n}@b.c,Web,Open,0,,,,2026-01-05T10:00:00Z,\n"
        for n in range(9000)
    )
    (extracts / "all.csv").write_text(text)
    if name.endswith("gz"):
        (extracts / name).write_bytes(gzip.compress(text.encode()))
    elif name.endswith("parquet"):
        duckdb.read_csv(str(extracts / "all.csv"), all_varchar=True).write_parquet(str(extracts / name))
    monkeypatch.setattr("orchestration.loading.inspection._LARGE", 60_000)
    monkeypatch.setattr("orchestration.loading.inspection._LEAST", 60_000)
    monkeypatch.setattr("orchestration.loading.sampling._ROWS", 700)
    if name != "leads.csv":
        (extracts / "all.csv").unlink()
    (report,) = inspect(extracts).files
    assert report.is_sampled
    # How much of a packed file a sample took is known by the block only.
    assert report.rows == pytest.approx(9000, rel=0.7 if name.endswith("gz") else 0.1)
    assert "sample" in report.problems[-1]


def test_a_sample_holds_whole_lines_of_both_ends(tmp_path: Path) -> None:
    lines = [f"line {n}\n" for n in range(1000)]
    (tmp_path / "a.csv").write_text("".join(lines))
    taken = sample(tmp_path / "a.csv", 200, tmp_path)
    found = taken.path.read_text().splitlines(keepends=True)
    assert set(found) < set(lines)
    assert (found[0], found[-1]) == (lines[0], lines[-1])
    assert sample(tmp_path / "a.csv", 1 << 20, tmp_path).share == 1


@pytest.mark.parametrize("folder", ["salesforce_wave_sales", "marketo_bulk_extract", "fivetran_seeds/pardot"])
def test_it_sees_what_the_load_sees(folder: str) -> None:
    path = shared_data(folder)
    with duckdb.connect() as warehouse:
        result = load(path, warehouse, settings=Settings(), mapping=None)
    loaded = {(file.path, file.vendor, file.object, file.records or None) for file in result.files}
    seen = {(file.path, file.vendor, file.object, file.rows or None) for file in inspect(path).files}
    assert seen == loaded


def test_a_filled_column_answers_and_an_empty_one_does_not() -> None:
    questions = {q.question for q in unanswered({"salesforce_lead", "salesforce_campaign"})}
    answered = {q.question for q in unanswered({"salesforce_lead", "salesforce_campaign.ActualCost"})}
    assert questions - answered == {"What does an MQL or a customer cost?"}

"""`bandpass backtest` on a built workspace."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.backtest.history import Site
from orchestration.backtest.job import Backtest
from orchestration.backtest.page import to_html
from orchestration.backtest.walk import NAMES, walk_all
from orchestration.backtest.worlds import Plan
from orchestration.cli import app
from orchestration.settings import CalibrationSettings, Settings

MEASURES = {
    "in_band",
    "below",
    "above",
    "sqls_per_week",
    "worked_per_week",
    "changes_per_year",
    "stated_in_band",
}


def result() -> Backtest:
    settings = Settings(calibration=CalibrationSettings(draws=20))
    walks = walk_all(Plan("too loose", 60, True, 5), NAMES, settings)
    return Backtest(tuple(walks), Site((), "Too short."), settings)


def test_the_result_has_every_policy_with_every_measure_and_a_page_of_its_own() -> None:
    found = result()
    shown = found.as_json()
    assert set(shown["policies"]) == {"fixed", "naive_raw", "naive_matured", "bandpass", "oracle"}
    for name, measures in shown["policies"].items():
        assert set(measures) >= MEASURES
        assert measures["in_band"] + measures["below"] + measures["above"] == pytest.approx(1)
        assert (measures["stated_in_band"] is None) == (name != "bandpass")
    assert [world["regime"] for world in shown["worlds"]] == ["too loose"]
    assert shown["site"] == {"why_not": "Too short.", "policies": {}}
    page = to_html(found, date(2026, 7, 5))
    assert page == to_html(found, date(2026, 7, 5))
    assert "Too short." in page
    assert "<svg" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_the_command_prints_one_json_object_and_leaves_a_page(built_workspace: Path, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(Path(built_workspace), root)
    (root / "bandpass.yml").write_text("calibration: {draws: 20}\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["backtest", "--workspace", str(root), "--worlds", "0", "--json"])
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert shown["policies"] == {}
    assert set(shown["site"]["policies"]) == {"fixed", "naive_raw", "naive_matured", "bandpass"}
    (page,) = (root / "published" / "backtest").glob("*.html")
    assert "Your own history" in page.read_text(encoding="utf-8")


def test_nothing_published_is_said_with_the_fix(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["backtest", "--workspace", str(tmp_path), "--worlds", "0"])
    assert done.exit_code == 2
    assert "bandpass run" in done.stderr

"""What people are told when something is wrong: what, where, how to fix it, and the right exit code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from small_funnel import Funnel

from orchestration.errors import UsageError
from orchestration.settings import REMOVED, load_settings


def refused(funnel: Funnel, *options: str, code: int, says: str) -> str:
    done = funnel.bandpass("run", *options)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Fix" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def test_a_missing_folder_of_extracts(funnel: Funnel) -> None:
    refused(funnel, "--extracts", "/no/such/folder", code=2, says="/no/such/folder")


def test_an_empty_folder_of_extracts(funnel: Funnel) -> None:
    funnel.workspace.extracts.mkdir(parents=True)
    refused(funnel, code=2, says="empty")


def test_no_recognised_file(funnel: Funnel) -> None:
    funnel.workspace.extracts.mkdir(parents=True)
    (funnel.workspace.extracts / "holiday.csv").write_text("beach,sun\n1,2\n")
    refused(funnel, code=1, says="holiday.csv")


def test_settings_that_are_no_yaml(funnel: Funnel) -> None:
    funnel.add_leads("Lead.csv", ["2026-01-05"])
    (funnel.workspace.root / "bandpass.yml").write_text("band: [\n")
    refused(funnel, code=2, says="line 2")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_settings_that_may_not_be_read(funnel: Funnel) -> None:
    funnel.add_leads("Lead.csv", ["2026-01-05"])
    settings = funnel.workspace.root / "bandpass.yml"
    settings.write_text("")
    settings.chmod(0)
    refused(funnel, code=2, says="can't be read")


def test_an_unknown_setting(funnel: Funnel) -> None:
    funnel.add_leads("Lead.csv", ["2026-01-05"])
    (funnel.workspace.root / "bandpass.yml").write_text("bandd: {low: 0.1}\n")
    refused(funnel, code=2, says="unknown setting 'bandd'")


def test_a_removed_setting_says_what_replaced_it(tmp_path: Path) -> None:
    file = tmp_path / "bandpass.yml"
    for setting in REMOVED:
        outer, inner = setting.split(".")
        file.write_text(f"{outer}:\n  {inner}: 3\n")
        with pytest.raises(UsageError, match=rf"{setting}' was removed") as told:
            load_settings(file)
        assert told.value.fix == REMOVED[setting]


def test_an_unknown_seed(funnel: Funnel) -> None:
    funnel.add_leads("Lead.csv", ["2026-01-05"])
    (funnel.workspace.root / "seeds").mkdir()
    (funnel.workspace.root / "seeds" / "scoring.csv").write_text("a\n1\n")
    refused(funnel, code=2, says="scoring.csv")


def test_an_as_of_before_the_first_record(published: Funnel) -> None:
    message = refused(published, "--as-of", "2025-12-31", code=2, says="before the first record (2026-01-05)")
    assert "2026-01-05 to 2026-01-24" in message


def test_an_as_of_that_is_no_day_and_an_unknown_option(funnel: Funnel) -> None:
    refused(funnel, "--as-of", "tomorrow", code=2, says="YYYY-MM-DD")
    assert funnel.bandpass("run", "--bogus").returncode == 2


def test_nothing_is_published_yet(funnel: Funnel) -> None:
    for command in ("report", "calibrate"):
        done = funnel.bandpass(command)
        assert done.returncode == 2
        assert "bandpass demo" in done.stderr


def test_the_demo_never_mixes_with_own_extracts(funnel: Funnel) -> None:
    funnel.add_leads("Lead.csv", ["2026-01-05"])
    done = funnel.bandpass("demo")
    assert done.returncode == 2
    assert "did not make" in done.stderr


def test_debug_shows_the_traceback(funnel: Funnel) -> None:
    done = funnel.bandpass("run", "--debug")
    assert "Traceback" in done.stderr


def test_help_is_quick_and_imports_neither_dagster_nor_dbt(funnel: Funnel, tmp_path: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys\nfrom typer.testing import CliRunner\nfrom orchestration.cli import app\n"
        "assert CliRunner().invoke(app, ['run', '--help']).exit_code == 0\n"
        "print([name for name in ('dagster', 'dbt', 'pandas', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

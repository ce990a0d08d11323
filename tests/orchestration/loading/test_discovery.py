"""Which files are read at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.errors import DataError, UsageError
from orchestration.loading import LoadResult
from orchestration.loading.discovery import find_files
from tests.orchestration.loading.conftest import lead_lines

Loaded = Callable[..., LoadResult]


def test_truth_and_hidden_folders_are_never_read(extracts: Path, loaded: Loaded) -> None:
    for folder in ("truth", "Truth", ".hidden", "a/truth", "a/.sample"):
        (extracts / folder).mkdir(parents=True, exist_ok=True)
        (extracts / folder / "leads.csv").write_text(lead_lines(1))
    (extracts / "a" / "leads.csv").write_text(lead_lines(2))
    (extracts / ".leads.csv").write_text(lead_lines(1))
    assert [(file.path, file.loaded) for file in loaded().files] == [("a/leads.csv", 2)]


def test_links_out_of_the_folder_are_refused_and_reported(
    extracts: Path, tmp_path: Path, loaded: Loaded
) -> None:
    (tmp_path / "secret.csv").write_text(lead_lines(1))
    (tmp_path / "others").mkdir()
    (extracts / "truth").mkdir()
    (extracts / "truth" / "t.csv").write_text(lead_lines(1))
    (extracts / "b.csv").write_text(lead_lines(2))
    (extracts / "link.csv").symlink_to(tmp_path / "secret.csv")
    (extracts / "folder").symlink_to(tmp_path / "others")
    (extracts / "t.csv").symlink_to(extracts / "truth" / "t.csv")
    files = {file.path: file for file in loaded().files}
    assert files["b.csv"].loaded == 2
    for name in ("link.csv", "folder", "t.csv"):
        assert files[name].loaded == 0
        assert "link" in files[name].problems[0]


def test_a_missing_folder_is_wrong_use_and_an_empty_one_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        find_files(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no file"):
        find_files(tmp_path)

"""Persons made of extracts by the real dbt project, without the rest of a run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.building import Built, build_extracts

AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="session")
def people_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Built]:
    """Load a folder of extracts and build the models of persons with all their tests."""

    def build(extracts: Path) -> Built:
        folder = tmp_path_factory.mktemp("people")
        return build_extracts(extracts, folder, "dim_lead_history", "int_leads", as_of=AS_OF)

    return build

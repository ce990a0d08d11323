"""Macros of the dbt project as SQL, without dbt: for those that take everything they need as arguments."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros"


def macro(file: str, name: str, *arguments: object) -> str:
    module = Environment().from_string((MACROS / file).read_text()).module
    return str(getattr(module, name)(*arguments))

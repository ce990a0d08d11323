"""Macros of the dbt project as SQL, without dbt: for those that take everything they need as arguments."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment

PROJECT = Path(__file__).parents[2] / "dbt_project"


def macro(file: str, name: str, *arguments: object) -> str:
    module = Environment().from_string((PROJECT / "macros" / file).read_text()).module
    return str(getattr(module, name)(*arguments))


def generic_test(name: str, **arguments: object) -> str:
    """The query of a generic test: dbt's `test` block is a macro in all but name."""
    text = (PROJECT / "tests" / "generic" / f"{name}.sql").read_text()
    text = text.replace("{% test ", "{% macro ").replace("{% endtest %}", "{% endmacro %}")
    return str(getattr(Environment().from_string(text).module, name)(**arguments))

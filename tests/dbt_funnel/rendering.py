"""Macros and models of the dbt project as SQL, without dbt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment

PROJECT = Path(__file__).parents[2] / "dbt_project"


def macro(file: str, name: str, *arguments: object) -> str:
    """A macro that takes everything it needs as arguments."""
    module = Environment().from_string((PROJECT / "macros" / file).read_text()).module
    return str(getattr(module, name)(*arguments))


def model(path: str, *, variables: Mapping[str, Any]) -> str:
    """The query of a model, with the macros of rates, time and funnel; `ref` gives the table of that name."""
    macros = "".join((PROJECT / "macros" / f"{name}.sql").read_text() for name in ("time", "rates", "funnel"))
    dbt = {"ref": lambda name: name, "var": lambda name, default=None: variables.get(name, default)}
    environment = Environment()
    environment.globals.update(dbt)
    return environment.from_string(macros + (PROJECT / "models" / path).read_text()).render()


def generic_test(name: str, **arguments: object) -> str:
    """The query of a generic test: dbt's `test` block is a macro in all but name."""
    text = (PROJECT / "tests" / "generic" / f"{name}.sql").read_text()
    text = text.replace("{% test ", "{% macro ").replace("{% endtest %}", "{% endmacro %}")
    return str(getattr(Environment().from_string(text).module, name)(**arguments))

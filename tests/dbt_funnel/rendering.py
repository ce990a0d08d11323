"""Macros and models of the dbt project as SQL, without dbt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment

PROJECT = Path(__file__).parents[2] / "dbt_project"


def macro(file: str, name: str, *arguments: object) -> str:
    """A macro that takes everything it needs as arguments."""
    module = Environment().from_string((PROJECT / "macros" / file).read_text()).module
    return str(getattr(module, name)(*arguments))


@dataclass(frozen=True)
class Rendering:
    """Renders SQL with some macros of the project at hand; `ref` gives the table of that name."""

    environment: Environment
    macros: str

    def text(self, sql: str) -> str:
        return self.environment.from_string(self.macros + sql).render()

    def model(self, path: str) -> str:
        return self.text((PROJECT / "models" / path).read_text())


def rendering(*, variables: Mapping[str, Any], macros: Iterable[str]) -> Rendering:
    environment = Environment()
    environment.globals.update(ref=lambda name: name, var=variables.get)
    return Rendering(
        environment, "".join((PROJECT / "macros" / f"{name}.sql").read_text() for name in macros)
    )


def model(path: str, *, variables: Mapping[str, Any]) -> str:
    """The query of a model, with the macros of rates, time and funnel."""
    return rendering(variables=variables, macros=("time", "rates", "funnel")).model(path)


def generic_test(name: str, **arguments: object) -> str:
    """The query of a generic test: dbt's `test` block is a macro in all but name."""
    text = (PROJECT / "tests" / "generic" / f"{name}.sql").read_text()
    text = text.replace("{% test ", "{% macro ").replace("{% endtest %}", "{% endmacro %}")
    return str(getattr(Environment().from_string(text).module, name)(**arguments))

"""Exports of systems that have no profile but would pass for one of those that have (others.yml)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources

import yaml
from pydantic import TypeAdapter

from orchestration.loading.naming import normal

_Systems = dict[str, tuple[tuple[str, ...], ...]]


@cache
def _systems() -> _Systems:
    text = (resources.files(__package__) / "others.yml").read_text(encoding="utf-8")
    return TypeAdapter(_Systems).validate_python(yaml.safe_load(text))


def other_system(header: Sequence[str]) -> str | None:
    """The system whose columns the header bears, none of ours."""
    names = {normal(name) for name in header}
    return next(
        (
            system
            for system, forms in _systems().items()
            if any(all(normal(column) in names for column in form) for form in forms)
        ),
        None,
    )

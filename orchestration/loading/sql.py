"""Building SQL safely: names are quoted by one helper, everything from files or users is a parameter."""

from __future__ import annotations

from typing import Any


def quoted(identifier: str) -> str:
    """An identifier as SQL text, whatever it holds."""
    return '"' + identifier.replace('"', '""') + '"'


class Parameters:
    """Collects the values of one statement; `add` returns the name to write into the SQL text."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

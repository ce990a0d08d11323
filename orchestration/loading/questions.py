"""What the extracts can't answer and what their sources forget (questions.yml)."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict, field_validator

from orchestration.loading.profiles import TABLES


def _check_names(names: tuple[str, ...]) -> tuple[str, ...]:
    tables = {profile.table: profile for profile in TABLES}
    for name in names:
        table, _, column = name.partition(".")
        if table not in tables or (column and column not in tables[table].columns):
            raise ValueError(f"there is no raw table or column {name!r}")
    return names


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(_Strict):
    """Asked where one of `when` is there, unless one of `unless` is."""

    question: str
    when: tuple[str, ...]
    unless: tuple[str, ...]
    because: str
    how: str

    _names = field_validator("when", "unless")(_check_names)


class Warning(_Strict):
    """Told where one of `when` is there."""

    when: tuple[str, ...]
    text: str

    _names = field_validator("when")(_check_names)


class _Questions(_Strict):
    questions: tuple[Question, ...]
    warnings: tuple[Warning, ...]


@cache
def _all() -> _Questions:
    text = (resources.files(__package__) / "questions.yml").read_text(encoding="utf-8")
    return _Questions.model_validate(yaml.safe_load(text))


def unanswered(present: Collection[str]) -> list[Question]:
    """Questions these raw tables and filled columns (`table.column`) leave open."""
    return [
        question
        for question in _all().questions
        if any(name in present for name in question.when)
        and not any(name in present for name in question.unless)
    ]


def warnings(present: Collection[str]) -> list[str]:
    return [warning.text for warning in _all().warnings if any(name in present for name in warning.when)]

"""The generic tests of the dbt project must fail on what they are there to find."""

from __future__ import annotations

import duckdb
import pytest

from .rendering import generic_test


def found(query: str, columns: str, rows: str) -> int:
    """How many rows a test returns for a model `m` with these rows."""
    with duckdb.connect() as connection:
        connection.execute(f"create view m as from (values {rows}) as m ({columns})")
        return len(connection.execute(query).fetchall())


@pytest.mark.parametrize(
    ("rows", "failures"),
    [
        ("('a', 1), ('a', 2), ('b', 1)", 0),
        ("('a', 1), ('a', 1), ('b', 1)", 1),
        ("('a', null), ('a', null)", 1),
    ],
)
def test_unique_combination(rows: str, failures: int) -> None:
    query = generic_test("unique_combination", model="m", columns=["k", "v"])
    assert found(query, "k, v", rows) == failures


@pytest.mark.parametrize(("rows", "failures"), [("(0.0), (1.5), (null)", 0), ("(-1e-9), (1.0)", 1)])
def test_not_negative(rows: str, failures: int) -> None:
    assert found(generic_test("not_negative", model="m", column_name="v"), "v", rows) == failures


@pytest.mark.parametrize(
    ("rows", "failures"), [("(0.0), (1.0), (null)", 0), ("(1.0000001), (-0.1), (0.5)", 2)]
)
def test_between_0_and_1(rows: str, failures: int) -> None:
    assert found(generic_test("between_0_and_1", model="m", column_name="v"), "v", rows) == failures


@pytest.mark.parametrize(
    ("rows", "failures"),
    [
        ("('a', null, 3), ('a', 3, 5), ('a', 5, null), ('b', null, null)", 0),
        ("('a', 1, 2), ('a', 4, 5)", 0),  # a gap is none of its business
        ("('a', null, 4), ('a', 3, null)", 1),  # overlap
        ("('a', 1, null), ('a', 3, null)", 1),  # open, but followed
        ("('a', 3, 3)", 1),  # empty
        ("('a', null, 3), ('a', null, 5)", 1),  # two without a start
        ("('a', 1, 9), ('b', 3, 5)", 0),  # other keys
    ],
)
def test_mutually_exclusive_ranges(rows: str, failures: int) -> None:
    query = generic_test("mutually_exclusive_ranges", model="m", lower="f", upper="t", partition_by="k")
    assert found(query, "k, f, t", rows) == failures

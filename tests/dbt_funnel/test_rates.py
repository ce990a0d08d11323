"""The rate macros of the dbt project against statsmodels and against the order of the rows."""

from __future__ import annotations

import random

import duckdb
import pytest
from statsmodels.stats.proportion import proportion_confint

from .rendering import macro

COUNTS = [(k, n) for n in (1, 2, 3, 10, 57, 400) for k in sorted({0, 1, n // 3, n // 2, n - 1, n})]


def test_wilson_equals_statsmodels_and_is_exact_at_the_edges() -> None:
    low, high = macro("rates.sql", "wilson_low", "k", "n"), macro("rates.sql", "wilson_high", "k", "n")
    with duckdb.connect() as connection:
        for k, n in COUNTS:
            row = connection.execute(f"select {low}, {high} from (select {k} as k, {n} as n)").fetchone()  # noqa: S608
            assert row is not None
            expected = proportion_confint(k, n, 0.1, "wilson")
            assert [float(end) for end in row] == pytest.approx(expected, abs=1e-12)
            assert (row[0] == 0) == (k == 0)
            assert (row[1] == 1) == (k == n)


def test_sums_do_not_depend_on_the_order_of_the_rows() -> None:
    draw = random.Random(5)
    amounts = [round(draw.uniform(0, 1e6), 2) for _ in range(5000)]
    shares = [draw.random() for _ in range(5000)]
    total, mean = macro("rates.sql", "exact_sum", "a"), macro("rates.sql", "exact_mean_of_shares", "s")
    query = f"select {total}, {mean} from (select unnest(?::double[]) as a, unnest(?::double[]) as s)"  # noqa: S608
    found = set()
    with duckdb.connect() as connection:
        for _ in range(5):
            draw.shuffle(amounts)
            draw.shuffle(shares)
            found.add(connection.execute(query, [amounts, shares]).fetchone())
    assert len(found) == 1


@pytest.mark.parametrize(("k", "n", "rate"), [(1, 4, 0.25), (0, 3, 0.0), (0, 0, None)])
def test_ratio_of_nothing_is_null(k: int, n: int, rate: float | None) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"select {macro('rates.sql', 'ratio', k, n)}").fetchone() == (rate,)

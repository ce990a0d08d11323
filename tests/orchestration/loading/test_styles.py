"""What a column's values prove about how it writes dates and numbers."""

from __future__ import annotations

from datetime import date

import duckdb
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orchestration.loading.conversion import convert_styled
from orchestration.loading.plan import Style
from orchestration.loading.sql import Parameters
from orchestration.loading.styles import Evidence, _date_sums, _number_sums, _style

ONE = duckdb.connect()
DAYS = st.lists(st.dates(date(1970, 1, 1), date(2068, 12, 31)), min_size=1, max_size=8)


def summed(texts: list[str], sums: list[str]) -> list[int]:
    sql = f"SELECT {', '.join(sums)} FROM (SELECT unnest($texts) AS x)"  # noqa: S608
    (row,) = ONE.execute(sql, {"texts": texts}).fetchall()
    return [int(value or 0) for value in row]


def dates(texts: list[str]) -> Evidence:
    return Evidence(*summed(texts, _date_sums("x")))


def numbers(texts: list[str]) -> Evidence:
    return Evidence(0, 0, 0, 0, 0, *summed(texts, _number_sums("x")))


def read(texts: list[str], to, style: Style) -> list[object]:
    parameters = Parameters()
    sql = f"SELECT {convert_styled('x', to, style, parameters).value} FROM (SELECT unnest($texts) AS x)"  # noqa: S608
    return [row[0] for row in ONE.execute(sql, {"texts": texts} | parameters.used_in(sql)).fetchall()]


@hypothesis_settings(max_examples=120, deadline=None)
@given(DAYS, st.sampled_from(["%m{0}%d{0}%Y", "%d{0}%m{0}%Y"]), st.sampled_from("/-"), st.booleans())
def test_dates_are_read_right_or_not_at_all(days: list[date], form: str, mark: str, short: bool) -> None:
    form = form.format(mark).replace("%Y", "%y" if short else "%Y")
    texts = [day.strftime(form) for day in days]
    order = dates(texts).order
    right = "month" if form.startswith("%m") else "day"
    proven = any(day.day > 12 for day in days)
    assert order == (right if proven else "open")
    if proven:
        found = read(texts, "date", _style("x", order, "", False)[0])
        expected = days if not short else [day for day in days if day.year > 1968]
        assert [f for f, day in zip(found, days, strict=True) if day in expected] == expected


@hypothesis_settings(max_examples=120, deadline=None)
@given(st.lists(st.integers(-10_000_000, 10_000_000), min_size=1, max_size=8), st.booleans(), st.booleans())
def test_numbers_are_read_right_or_not_at_all(cents: list[int], comma: bool, grouped: bool) -> None:
    values = [cent / 100 for cent in cents]
    texts = [f"{value:,.2f}" if grouped else f"{value:.2f}" for value in values]
    if comma:
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    assert numbers(texts).decimal in ((",",) if comma else (".", ""))
    decimal = "," if comma else "."
    assert read(texts, "number", _style("x", "none", decimal, False)[0]) == values


def test_two_orders_in_one_column_decide_nothing() -> None:
    assert dates(["13/04/2026", "04/13/2026"]).order == "mixed"
    assert dates(["13/04/2026", "2026-04-13"]).order == "day"
    assert dates(["13.04.2026", "04/13/2026"]).order == "mixed"
    assert numbers(["1,5", "1.5"]).decimal == "mixed"
    assert numbers(["1,234"]).decimal == "open"


def test_a_year_of_three_digits_is_none() -> None:
    style = _style("x", "month", "", False)[0]
    assert read(["12/31/202", "12/31/26"], "date", style) == [None, date(2026, 12, 31)]

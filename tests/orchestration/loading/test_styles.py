"""What cells prove about how dates and numbers are written, and how they are read."""

from __future__ import annotations

from datetime import date

import duckdb
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orchestration.loading.conversion import convert_odd
from orchestration.loading.profiles import ColumnType
from orchestration.loading.sql import Parameters

ONE = duckdb.connect()
DAYS = st.lists(st.dates(date(1970, 1, 1), date(2068, 12, 31)), min_size=1, max_size=8)


def read(texts: list[str], to: ColumnType, style: str | None = None) -> list[tuple[object, str | None]]:
    """Value and hint of each text."""
    parameters = Parameters()
    odd = convert_odd("x", to, f"{parameters.add(style)}::VARCHAR", parameters)
    sql = f"SELECT {odd.typed.value}, {odd.hint} FROM (SELECT unnest($texts) AS x)"  # noqa: S608
    return ONE.execute(sql, {"texts": texts} | parameters.used_in(sql)).fetchall()


@hypothesis_settings(max_examples=120, deadline=None)
@given(DAYS, st.sampled_from(["%m{0}%d{0}%Y", "%d{0}%m{0}%Y"]), st.sampled_from("/-"), st.booleans())
def test_dates_are_read_right_or_not_at_all(days: list[date], form: str, mark: str, short: bool) -> None:
    form = form.format(mark).replace("%Y", "%y" if short else "%Y")
    right = "month" if form.startswith("%m") else "day"
    texts = [day.strftime(form) for day in days]
    for day, (value, hint) in zip(days, read(texts, "date"), strict=True):
        alike = day.day == day.month
        assert hint == (right if day.day > 12 else None if alike else "?")
        assert value == (day if day.day > 12 or alike else None) or (short and day.year <= 1968)
    for day, (value, _) in zip(days, read(texts, "date", right), strict=True):
        assert value == day or (short and day.year <= 1968)


@hypothesis_settings(max_examples=120, deadline=None)
@given(st.lists(st.integers(-10_000_000, 10_000_000), min_size=1, max_size=8), st.booleans(), st.booleans())
def test_numbers_are_read_right_or_not_at_all(cents: list[int], comma: bool, grouped: bool) -> None:
    values = [cent / 100 for cent in cents]
    texts = [f"{value:,.2f}" if grouped else f"{value:.2f}" for value in values]
    if comma:
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    found = read(texts, "number")
    assert [value for value, _ in found] == values
    assert {hint for _, hint in found} <= ({","} if comma else {".", None})


def test_what_fits_two_readings_is_read_as_its_column_writes() -> None:
    assert read(["1,234", "1.234"], "number") == [(None, "?"), (1.234, "?")]
    assert read(["1,234", "1.234"], "number", ",") == [(1.234, "?"), (1234.0, "?")]
    assert read(["1,234", "1.234"], "number", ".") == [(1234.0, "?"), (1.234, "?")]
    assert read(["1,234", "1.234"], "number", "mixed") == [(None, "?"), (None, "?")]
    assert read(["03/04/2026"], "date", "mixed") == [(None, "?")]


def test_a_year_of_three_digits_is_none() -> None:
    assert [value for value, _ in read(["12/31/202", "12/31/26"], "date")] == [None, date(2026, 12, 31)]

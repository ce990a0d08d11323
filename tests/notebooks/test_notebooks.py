"""The notebooks run on published marts, show what the marts say, and fail where a column is gone."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import pytest

from orchestration.workspace import REPOSITORY

NOTEBOOKS = sorted(path.stem for path in (REPOSITORY / "notebooks").glob("*.py"))
# Told apart by people who are colour-blind (Okabe and Ito).
COLOURS = {"#0072B2", "#D55E00", "#E69F00", "#000000"}


def run(name: str, published: Path) -> Mapping[str, Any]:
    """What the cells define when the notebook is run on a published file."""
    spec = importlib.util.spec_from_file_location(f"notebook_{name}", REPOSITORY / "notebooks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    notebook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notebook)
    _, defined = notebook.app.run(defs={"published": str(published)})
    return defined  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def results(built_workspace: Any) -> Iterator[dict[str, Mapping[str, Any]]]:
    found = {name: run(name, built_workspace.workspace.marts()) for name in NOTEBOOKS}
    yield found
    for defined in found.values():
        defined["marts"].close()


@pytest.fixture(scope="module")
def marts(built_workspace: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    with built_workspace.marts() as connection:
        yield connection


def charts(defined: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: value.to_dict() for name, value in defined.items() if isinstance(value, alt.TopLevelMixin)}


def inside(part: Any, key: str) -> Iterator[Any]:
    """Values of a key anywhere in a chart, but not in its data."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == key:
                yield value
            elif name != "datasets":
                yield from inside(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from inside(value, key)


def test_there_are_three() -> None:
    assert NOTEBOOKS == ["campaign", "cohort", "lead"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_chart_says_its_basis_n_and_units(results: dict[str, Mapping[str, Any]], name: str) -> None:
    shown = charts(results[name])
    assert len(shown) == 2
    for chart in shown.values():
        subtitle = str(chart["title"]["subtitle"])
        assert chart["title"]["text"]
        assert "Basis: " in subtitle
        assert "n = " in subtitle
        axes = [axis for place in ("x", "y") for axis in inside(chart, place) if isinstance(axis, dict)]
        titles = {axis.get("title") for axis in axes}
        assert len(titles - {None}) >= 2
        used = {colour for colour in inside(chart, "color") if isinstance(colour, str)}
        used |= {
            colour for scale in inside(chart, "range") for colour in scale if str(colour).startswith("#")
        }
        assert used
        assert used <= COLOURS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_can_not_change_what_it_reads(results: dict[str, Mapping[str, Any]], name: str) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        results[name]["marts"].execute("create table marts.mine (n int)")


def test_a_cohort_shows_the_rates_of_its_mart(
    results: dict[str, Mapping[str, Any]], marts: duckdb.DuckDBPyConnection
) -> None:
    defined = results["cohort"]
    expected = marts.execute(
        "select cohort_week, entered, coalesce(rate_matured, rate_projected)"
        " from marts.mart_conversion_weekly"
        " where step = 'mql_to_sql' and channel = '(all)' and campaign_id = '(all)' order by all"
    ).fetchall()
    weeks = defined["weeks"]
    assert [(week.date(), n) for week, n in zip(weeks.cohort_week, weeks.mqls, strict=True)] == [
        row[:2] for row in expected
    ]
    rates = [row[2] for row in expected]
    assert weeks.rate.tolist() == pytest.approx(
        [float("nan") if r is None else r for r in rates], nan_ok=True
    )
    final = weeks[weeks.basis == "final"]
    assert len(final) > 20
    assert ((final.low <= final.rate) & (final.rate <= final.high)).all()

    # The curve of a final week ends at its final rate.
    chosen = weeks[weeks.cohort_week == defined["cohort_week"].value].iloc[0]
    curve = defined["lags"][defined["lags"].cohort == "this week"]
    assert curve.days.tolist() == list(range(chosen.horizon_days + 1))
    assert curve.rate.iloc[-1] == pytest.approx(chosen.rate)


def test_the_parts_of_a_leads_score_sum_to_it(
    results: dict[str, Mapping[str, Any]], marts: duckdb.DuckDBPyConnection
) -> None:
    defined = results["lead"]
    score = marts.execute(
        "select lead_score from marts.dim_leads where lead_id = ?", [defined["lead_id"].value]
    ).fetchall()
    assert defined["reasons"].points.sum() == pytest.approx(score[0][0])
    assert len(defined["scores"]) > 1
    assert len(defined["episodes"]) > 0


def test_a_campaign_shows_its_own_rate_and_its_part_in_others(
    results: dict[str, Mapping[str, Any]], marts: duckdb.DuckDBPyConnection
) -> None:
    defined = results["campaign"]
    campaign = defined["campaign_id"].value
    [(converted, entered, own, pulled)] = marts.execute(
        "select converted, entered, rate_expected, rate_shrunken from marts.mart_small_campaigns"
        " where step = 'mql_to_sql' and campaign_id = ? order by entered desc, channel desc limit 1",
        [campaign],
    ).fetchall()
    rates = defined["rates"]
    this = rates[rates.whom.str.startswith("the campaign in ")].set_index("estimate")
    assert this.rate.to_dict() == pytest.approx({"own counts": own, "pulled": pulled})
    assert ((this.low <= this.rate) & (this.rate <= this.high)).all()
    assert len(rates) == 4
    assert f"{converted} of {entered} (the campaign in " in str(charts(defined)["rate_chart"]["title"]["subtitle"])
    linear = defined["credits"][defined["credits"].model == "linear"]
    [(credited,)] = marts.execute(
        "select sum(credit) from marts.mart_attribution"
        " where campaign_id = ? and model = 'linear' and conversion in ('mql', 'sql', 'customer')",
        [campaign],
    ).fetchall()
    assert linear.credit.sum() == pytest.approx(credited)


def changed(built_workspace: Any, folder: Path, *statements: str) -> Path:
    """A copy of the published file in which something is otherwise."""
    published = folder / "bandpass.duckdb"
    shutil.copy(built_workspace.workspace.marts(), published)
    with duckdb.connect(str(published)) as connection:
        for statement in statements:
            connection.execute(statement)
    return published


@pytest.mark.parametrize(
    ("name", "table", "column"),
    [
        ("cohort", "mart_conversion_weekly", "is_matured"),
        ("cohort", "fct_mql_episodes", "outcome"),
        ("lead", "fct_lead_reasons", "points"),
        ("lead", "fct_lead_scores", "lead_score"),
        ("campaign", "mart_campaign_performance", "open_mqls"),
        ("campaign", "mart_attribution", "credit"),
    ],
)
def test_a_notebook_fails_where_a_column_is_gone(
    built_workspace: Any, tmp_path: Path, name: str, table: str, column: str
) -> None:
    published = changed(
        built_workspace, tmp_path, f"alter table marts.{table} rename column {column} to gone"
    )
    with pytest.raises(Exception, match=column):
        run(name, published)


def test_without_a_final_week_there_is_no_final_rate(built_workspace: Any, tmp_path: Path) -> None:
    published = changed(
        built_workspace,
        tmp_path,
        "update marts.mart_conversion_weekly set is_matured = false, rate_matured = null",
    )
    assert set(run("cohort", published)["weeks"].basis) == {"expected"}


def test_without_mqls_there_is_no_chart_of_them(built_workspace: Any, tmp_path: Path) -> None:
    published = changed(
        built_workspace,
        tmp_path,
        "delete from marts.mart_conversion_weekly",
        "delete from marts.mart_small_campaigns",
    )
    assert "weekly_chart" not in run("cohort", published)
    assert "rate_chart" not in run("campaign", published)

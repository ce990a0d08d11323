"""The backtest as one HTML file: charts and tables, no scripts, nothing from outside."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.backtest.job import Backtest
from orchestration.backtest.walk import NAMES, inside
from orchestration.backtest.worlds import REGIMES
from orchestration.reporting.drawing import Picture, Size, chart_of, draw_both

LABELS = {
    "fixed": "Never changed",
    "naive_raw": "Raw rate, 8 weeks",
    "naive_matured": "Final rates only",
    "bandpass": "Bandpass",
    "oracle": "Knows the truth",
}
# Okabe-Ito colours: told apart with any colour vision.
COLOURS = {
    "fixed": "#5a6675",
    "naive_raw": "#cc79a7",
    "naive_matured": "#e69f00",
    "bandpass": "#0b5c9e",
    "oracle": "#1b6b43",
}
SMOOTHED = 4  # weeks


def _colour(names: list[str]) -> Any:
    shown = [LABELS[name] for name in names]
    scale = alt.Scale(domain=shown, range=[COLOURS[name] for name in names])
    return alt.Color("policy:N", title=None, scale=scale, legend=alt.Legend(orient="top", columns=2))


def worlds_chart(result: Backtest) -> Picture | None:
    """Share of sample worlds in band by evaluated week, four weeks together."""
    names = [name for name in NAMES if result.of(name)]
    if not names:
        return None
    rows = []
    for name in names:
        share = np.mean([inside(walk.rates, result.settings) for walk in result.of(name)], axis=0)
        for start in range(0, share.size, SMOOTHED):
            value = float(share[start : start + SMOOTHED].mean())
            rows.append({"week": start, "share": value, "policy": LABELS[name]})

    def draw(size: Size) -> Any:
        x = alt.X("week:Q", title="Week", axis=alt.Axis(tickCount=size.ticks, grid=False))
        y = alt.Y(
            "share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5)
        )
        line = chart_of(rows).mark_line(strokeWidth=2).encode(x=x, y=y, color=_colour(names))
        return line.properties(width=size.width, height=size.height)

    label = "Share of sample worlds whose true rate is in band, by week and policy. Numbers: table below."
    return draw_both(draw, "worlds", label)


def site_chart(result: Backtest) -> Picture | None:
    """Which threshold each policy would have set on the site, by date."""
    if not result.site.periods:
        return None
    names = list(dict.fromkeys(period.policy for period in result.site.periods))
    rows = [
        {
            "day": period.starts.date().isoformat(),
            "threshold": period.threshold,
            "policy": LABELS[period.policy],
        }
        for period in result.site.periods
    ]

    def draw(size: Size) -> Any:
        axis = alt.Axis(format="%-d %b %y", tickCount=size.ticks, grid=False, labelOverlap=True)
        x = alt.X("day:T", title="Decision", scale=alt.Scale(type="utc"), axis=axis)
        y = alt.Y("threshold:Q", title=None, scale=alt.Scale(zero=False))
        line = chart_of(rows).mark_line(interpolate="step-after", strokeWidth=2)
        return line.encode(x=x, y=y, color=_colour(names)).properties(width=size.width, height=size.height)

    return draw_both(draw, "site", "Threshold that each policy would have set, by date of decision.")


def to_html(result: Backtest, as_of: date) -> str:
    """Same result, same bytes."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    groups = [("All sample worlds", result.scores())]
    sizes = sorted({walk.plan.leads_per_week for walk in result.walks}, reverse=True)
    groups += [(f"{size} leads a week", result.scores(leads_per_week=size)) for size in sizes]
    groups += [(f"Regime: {regime}", result.scores(regime=regime)) for regime in REGIMES]
    groups += [
        (f"{'Moving' if moving else 'Fixed'} scores", result.scores(moving=moving))
        for moving in (False, True)
    ]
    return environment.get_template("page.html.j2").render(
        as_of=as_of,
        band=result.settings.band,
        groups=[(title, scores) for title, scores in groups if scores],
        site=result.site_policies(),
        why_not=result.site.why_not,
        labels=LABELS,
        worlds_chart=worlds_chart(result),
        site_chart=site_chart(result),
    )

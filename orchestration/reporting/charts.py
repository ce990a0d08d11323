"""The charts of cohorts and of the funnel."""

from __future__ import annotations

from typing import Any

import altair as alt

from orchestration.reporting.cohorts import Cohorts
from orchestration.reporting.drawing import (
    EXPECTED,
    FINAL,
    INK,
    MUTED,
    Picture,
    Size,
    band_layer,
    chart_of,
    draw_both,
)
from orchestration.reporting.volumes import SHOWN, Period
from orchestration.reporting.words import percent
from orchestration.settings import Band


def _week_axis(size: Size) -> Any:
    axis = alt.Axis(format="%-d %b %y", tickCount=size.ticks, grid=False, labelOverlap=True)
    return alt.X(
        "week:T",
        title="Week in which the leads became MQL",
        scale=alt.Scale(type="utc", padding=8),
        axis=axis,
    )


def cohort_chart(cohorts: Cohorts, band: Band) -> Picture | None:
    """Final cohorts dark, expected finals light and open, what has converted so far as a dash."""
    rows = []
    for w in cohorts.weeks:
        rate, so_far = cohorts.pool([w]), cohorts.so_far(w)
        if so_far is not None:
            row: dict[str, Any] = {
                "week": w.monday.isoformat(),
                "is_final": w.is_final,
                "so_far": so_far.value,
            }
            rows.append(row | ({"rate": rate.value, "low": rate.low, "high": rate.high} if rate else {}))
    if not rows:
        return None
    tops = sorted(row.get("high", 0.0) for row in rows)
    top = min(1.0, max(band.high * 1.5, tops[int(0.97 * (len(tops) - 1))]))

    def draw(size: Size) -> Any:
        shown = [row for row in rows if row["week"] >= rows[max(0, len(rows) - size.weeks)]["week"]]
        base = chart_of(shown).encode(x=_week_axis(size))
        y = alt.Y(
            "rate:Q",
            title=None,
            axis=alt.Axis(format="%", tickCount=5),
            scale=alt.Scale(domain=[0, top], clamp=True),
        )
        final, young = base.transform_filter("datum.is_final"), base.transform_filter("!datum.is_final")
        return alt.layer(
            band_layer(band),
            final.mark_rule(color=FINAL, opacity=0.45, strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q"),
            young.mark_rule(color=EXPECTED, opacity=0.6, strokeWidth=1.5, strokeDash=[3, 2]).encode(
                y=alt.Y("low:Q"), y2="high:Q"
            ),
            young.mark_tick(color=MUTED, thickness=2, width=8, orient="horizontal").encode(
                y=alt.Y("so_far:Q")
            ),
            young.mark_point(color=EXPECTED, fill="white", size=36, strokeWidth=1.6, opacity=1).encode(y=y),
            final.mark_point(color=FINAL, fill=FINAL, size=36, opacity=1).encode(y=y),
        ).properties(width=size.width, height=size.height)

    label = (
        f"MQL to SQL rate by cohort week, {cohorts.basis}: final weeks, expected final of newer weeks and "
        f"so far, with the band {percent(band.low, 0)} to {percent(band.high, 0)}. Numbers: table below."
    )
    return draw_both(draw, "cohorts", label)


def funnel_chart(period: Period) -> Picture:
    """MQLs, SQLs and customers a week, each on its own scale."""

    def draw(size: Size) -> Any:
        weeks = period.last(min(26, size.weeks))
        rows = [{"week": w.monday.isoformat(), **w.counts} for w in weeks]
        panels = []
        for stage, label in SHOWN.items():
            axis = alt.Axis(format="%-d %b %y", tickCount=size.ticks, grid=False, labelOverlap=True)
            # Without room at both ends half of the first and the last bar would be cut off.
            scale = alt.Scale(type="utc", padding=size.width / len(rows) / 2)
            x = alt.X("week:T", title=None, scale=scale, axis=axis)
            # Between 0, 1 and 2 an axis would put halves, which read as 1 and 2 once more.
            most = max(w.counts[stage] for w in weeks)
            ticks = {"values": list(range(most + 1))} if most <= 3 else {"tickCount": 3}
            counts = alt.Axis(format="d", minExtent=32, **ticks)
            y = alt.Y(f"{stage}:Q", title=None, axis=counts)
            bar = chart_of(rows).mark_bar(color=FINAL, width=size.width / len(rows) * 0.6)
            heading = alt.TitleParams(
                f"{label} a week", anchor="start", fontSize=12, color=INK, fontWeight=600, offset=4
            )
            panels.append(bar.encode(x=x, y=y).properties(width=size.width, height=82, title=heading))
        return alt.vconcat(*panels, spacing=14)

    return draw_both(draw, "funnel", "MQLs, SQLs and customers a week; the table below has the numbers.")

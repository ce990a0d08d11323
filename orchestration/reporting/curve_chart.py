"""The chart of what each threshold would bring."""

from __future__ import annotations

from typing import Any

import altair as alt

from orchestration.reporting.curve import Curve, CurvePoint, Suggestion
from orchestration.reporting.drawing import (
    EXPECTED,
    FINAL,
    FONT,
    INK,
    MUTED,
    SUGGESTED,
    UNTESTED,
    Picture,
    Size,
    band_layer,
    chart_of,
    draw_both,
)
from orchestration.reporting.words import percent, points
from orchestration.settings import Band

LEAST_MQLS_PER_WEEK = 2
"""Thresholds that let fewer leads through are no choice; drawing them would squeeze those that are."""


def worth_drawing(curve: Curve, suggestion: Suggestion | None) -> list[CurvePoint]:
    """The part of the curve with some volume, and in any case up to the thresholds in question."""
    needed = max(suggestion.current, suggestion.suggested) if suggestion else float("-inf")
    return [
        p for p in curve.points if p.mqls is None or p.mqls >= LEAST_MQLS_PER_WEEK or p.threshold <= needed
    ] or list(curve.points)


def curve_chart(curve: Curve, band: Band, suggestion: Suggestion | None) -> Picture:
    """Expected final rate by threshold with its interval, the band, and what has never been tried."""
    drawn = worth_drawing(curve, suggestion)
    rows = [
        {
            "t": p.threshold,
            "rate": p.rate,
            "low": p.low,
            "high": p.high,
            "sqls": p.sqls,
            "tested": p.is_tested,
            "edge": p.threshold == curve.tested_from,
        }
        for p in drawn
    ]
    first, last = drawn[0].threshold, drawn[-1].threshold
    tested = curve.tested_from

    def draw(size: Size) -> Any:
        scale = alt.Scale(domain=[first, last], nice=False)
        axis = alt.Axis(tickCount=size.ticks, grid=False)
        x = alt.X("t:Q", title="Threshold (points)", scale=scale, axis=axis)
        rate_axis = alt.Axis(format="%", tickCount=5)
        y = alt.Y("rate:Q", title=None, axis=rate_axis, scale=alt.Scale(domainMin=0))
        base = chart_of(rows).encode(x=x)
        layers = [band_layer(band)]
        if curve.has_untested:
            edge = tested if tested is not None else last
            untested = chart_of([{"t": first, "to": edge}])
            layers.append(untested.mark_rect(color=UNTESTED, opacity=0.75).encode(x=x, x2="to:Q"))
        layers += [
            base.mark_area(color=EXPECTED, opacity=0.35).encode(y=alt.Y("low:Q"), y2="high:Q"),
            base.transform_filter("!datum.tested || datum.edge")
            .mark_line(color=MUTED, strokeDash=[4, 3], strokeWidth=2)
            .encode(y=y),
            base.transform_filter("datum.tested").mark_line(color=FINAL, strokeWidth=2.5).encode(y=y),
            *_equally_good(suggestion, x),
            *_marks(suggestion, x),
        ]
        upper = alt.layer(*layers).properties(width=size.width, height=size.height)
        heading = alt.TitleParams(
            "Expected SQLs a week", anchor="start", fontSize=12, color=INK, fontWeight=600, offset=4
        )
        line = base.mark_line(color=INK, strokeWidth=2).encode(
            y=alt.Y("sqls:Q", title=None, scale=alt.Scale(domainMin=0), axis=alt.Axis(tickCount=3))
        )
        lower = alt.layer(line, *_marks(suggestion, x, False)).properties(
            width=size.width, height=90, title=heading
        )
        return alt.vconcat(upper, lower, spacing=16)

    label = (
        f"Expected final MQL to SQL rate by threshold, {points(first)} to {points(last)}, with 90% interval "
        f"and the band {percent(band.low, 0)} to {percent(band.high, 0)}; below it the expected SQLs a week."
    )
    return draw_both(draw, "curve", label)


def _equally_good(suggestion: Suggestion | None, x: Any) -> list[Any]:
    """A bar along the axis over the thresholds that can't be told from the suggested one."""
    if suggestion is None or not suggestion.has_range:
        return []
    reach = chart_of([{"t": suggestion.equivalent_low, "to": suggestion.equivalent_high, "rate": 0}])
    bar = reach.mark_rule(color="#e0a178", strokeWidth=7, clip=True)
    return [bar.encode(x=x, x2="to:Q", y=alt.Y("rate:Q"))]


def _marks(suggestion: Suggestion | None, x: Any, has_text: bool = True) -> list[Any]:
    if suggestion is None:
        return []
    now = f"now {points(suggestion.current)}"
    marks: list[dict[str, Any]] = [{"t": suggestion.current, "text": now, "color": INK}]
    if suggestion.is_change:
        text = f"suggested {points(suggestion.suggested)}"
        marks.append({"t": suggestion.suggested, "text": text, "color": SUGGESTED})
    base = chart_of(marks).encode(x=x, color=alt.Color("color:N", scale=None))
    layers = [base.mark_rule(strokeWidth=1.5)]
    for mark in marks if has_text else []:
        # The lower threshold's words stand left of its line, the other's right: they can't overlap.
        is_left = len(marks) > 1 and mark["t"] == min(m["t"] for m in marks)
        one = chart_of([mark]).mark_text(
            align="right" if is_left else "left", dx=-5 if is_left else 5, fontSize=12, fontWeight=600,
            color=str(mark["color"]), baseline="top", font=FONT,
        )  # fmt: skip
        layers.append(one.encode(x=x, y=alt.value(2), text="text:N"))
    return layers

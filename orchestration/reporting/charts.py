"""The charts of the report. Each is drawn twice: wide for laptops and print, narrow for phones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from orchestration.reporting.cohorts import Cohorts
from orchestration.reporting.curve import Curve, Suggestion
from orchestration.reporting.svg import inline_svg
from orchestration.reporting.volumes import SHOWN, Period
from orchestration.reporting.words import percent, points
from orchestration.settings import Band

# Okabe-Ito blue and vermilion: told apart with any colour vision, and in grey print by their lightness.
INK, MUTED, GRID = "#1d2733", "#5a6675", "#e4e8ed"
FINAL, EXPECTED, BAND, SUGGESTED, UNTESTED = "#0b5c9e", "#6fa8d6", "#dfeee6", "#b4490a", "#eceef1"
FONT = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Size:
    """What differs between the two drawings of a chart."""

    key: str
    width: int
    height: int
    weeks: int
    ticks: int


WIDE = Size("wide", 860, 250, 52, 12)
NARROW = Size("narrow", 300, 230, 26, 5)


@dataclass(frozen=True)
class Picture:
    """A chart in both sizes."""

    wide: str
    narrow: str


_PADDING = {"left": 4, "right": 12, "top": 4, "bottom": 2}


def _chart(rows: list[dict[str, Any]]) -> Any:
    # A frame, because Altair copies inline rows again for every layer.
    return alt.Chart(pd.DataFrame(rows))


def _finish(chart: Any, key: str, size: Size, label: str) -> str:
    styled = (
        chart.configure(font=FONT, background="transparent", padding=_PADDING)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=MUTED, titleColor=MUTED, gridColor=GRID, domainColor="#aab3bd", tickColor="#aab3bd",
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelFont=FONT, titleFont=FONT,
        )
    )  # fmt: skip
    return inline_svg(styled, f"{key}-{size.key}", label)


def _both(draw: Any, key: str, label: str) -> Picture:
    return Picture(*(_finish(draw(size), key, size, label) for size in (WIDE, NARROW)))


def _band(band: Band) -> Any:
    return (
        _chart([{"low": band.low, "high": band.high}])
        .mark_rect(color=BAND)
        .encode(y=alt.Y("low:Q"), y2="high:Q")
    )


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
        base = _chart(shown).encode(x=_week_axis(size))
        y = alt.Y(
            "rate:Q",
            title=None,
            axis=alt.Axis(format="%", tickCount=5),
            scale=alt.Scale(domain=[0, top], clamp=True),
        )
        final, young = base.transform_filter("datum.is_final"), base.transform_filter("!datum.is_final")
        return alt.layer(
            _band(band),
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
    return _both(draw, "cohorts", label)


def funnel_chart(period: Period) -> Picture:
    """MQLs, SQLs and customers a week, each on its own scale."""

    def draw(size: Size) -> Any:
        rows = [{"week": w.monday.isoformat(), **w.counts} for w in period.last(min(26, size.weeks))]
        panels = []
        for stage, label in SHOWN.items():
            axis = alt.Axis(format="%-d %b %y", tickCount=size.ticks, grid=False, labelOverlap=True)
            # Without room at both ends half of the first and the last bar would be cut off.
            scale = alt.Scale(type="utc", padding=size.width / len(rows) / 2)
            x = alt.X("week:T", title=None, scale=scale, axis=axis)
            y = alt.Y(f"{stage}:Q", title=None, axis=alt.Axis(tickCount=3, format="d", minExtent=32))
            bar = _chart(rows).mark_bar(color=FINAL, width=size.width / len(rows) * 0.6)
            heading = alt.TitleParams(
                f"{label} a week", anchor="start", fontSize=12, color=INK, fontWeight=600, offset=4
            )
            panels.append(bar.encode(x=x, y=y).properties(width=size.width, height=82, title=heading))
        return alt.vconcat(*panels, spacing=14)

    return _both(draw, "funnel", "MQLs, SQLs and customers a week; the table below has the numbers.")


def curve_chart(curve: Curve, band: Band, suggestion: Suggestion | None) -> Picture:
    """Expected final rate by threshold with its interval, the band, and what has never been tried."""
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
        for p in curve.points
    ]
    first, last = curve.points[0].threshold, curve.points[-1].threshold
    tested = curve.tested_from

    def draw(size: Size) -> Any:
        scale = alt.Scale(domain=[first, last], nice=False)
        axis = alt.Axis(tickCount=size.ticks, grid=False)
        x = alt.X("t:Q", title="Threshold (points)", scale=scale, axis=axis)
        rate_axis = alt.Axis(format="%", tickCount=5)
        y = alt.Y("rate:Q", title=None, axis=rate_axis, scale=alt.Scale(domainMin=0))
        base = _chart(rows).encode(x=x)
        layers = [_band(band)]
        if curve.has_untested:
            edge = tested if tested is not None else last
            untested = _chart([{"t": first, "to": edge}])
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
    return _both(draw, "curve", label)


def _equally_good(suggestion: Suggestion | None, x: Any) -> list[Any]:
    """A bar along the axis over the thresholds that can't be told from the suggested one."""
    if suggestion is None or not suggestion.has_range:
        return []
    reach = _chart([{"t": suggestion.equivalent_low, "to": suggestion.equivalent_high, "rate": 0}])
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
    base = _chart(marks).encode(x=x, color=alt.Color("color:N", scale=None))
    layers = [base.mark_rule(strokeWidth=1.5)]
    for mark in marks if has_text else []:
        # The lower threshold's words stand left of its line, the other's right: they can't overlap.
        is_left = len(marks) > 1 and mark["t"] == min(m["t"] for m in marks)
        one = _chart([mark]).mark_text(
            align="right" if is_left else "left", dx=-5 if is_left else 5, fontSize=12, fontWeight=600,
            color=str(mark["color"]), baseline="top", font=FONT,
        )  # fmt: skip
        layers.append(one.encode(x=x, y=alt.value(2), text="text:N"))
    return layers

"""What all charts share: sizes, colours, type, and the way to inline SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from orchestration.reporting.svg import inline_svg
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


def chart_of(rows: list[dict[str, Any]]) -> Any:
    """A chart of rows; a frame, because Altair copies inline rows again for every layer."""
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


def draw_both(draw: Callable[[Size], Any], key: str, label: str) -> Picture:
    """The chart in both sizes, with ids that are unique on the page."""
    return Picture(*(_finish(draw(size), key, size, label) for size in (WIDE, NARROW)))


def band_layer(band: Band) -> Any:
    """The target band behind a rate axis."""
    return (
        chart_of([{"low": band.low, "high": band.high}])
        .mark_rect(color=BAND)
        .encode(y=alt.Y("low:Q"), y2="high:Q")
    )

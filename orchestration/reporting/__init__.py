"""The weekly conversion report: `explain` finds what there is to say, `render` says it in one HTML file."""

from orchestration.reporting.page import Report, explain, render, to_html

__all__ = ["Report", "explain", "render", "to_html"]

"""The report: findings gathered into one view, the view put into one HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestration.reporting import words
from orchestration.reporting.bridge import bridge_text
from orchestration.reporting.campaigns import Campaigns, find_campaigns
from orchestration.reporting.changes import Changes, find_changes
from orchestration.reporting.channels import Channels, find_channels
from orchestration.reporting.charts import cohort_chart, funnel_chart
from orchestration.reporting.checked import Checked, find_checked
from orchestration.reporting.cohorts import Cohorts, Row, read_cohorts
from orchestration.reporting.coming import Coming, find_coming
from orchestration.reporting.curve import GLOBAL, Curve, Suggestion, read_curve, read_suggestions
from orchestration.reporting.curve_chart import LEAST_MQLS_PER_WEEK, curve_chart
from orchestration.reporting.decision import Decision, find_decision, says
from orchestration.reporting.headline import Headline, find_headline
from orchestration.reporting.quality import Account, Loading, read_accounts, read_loading
from orchestration.reporting.responses import Responses, find_responses
from orchestration.reporting.restated import Restated, find_restated
from orchestration.reporting.splitting import Splitting, find_splitting
from orchestration.reporting.steps import Step, read_steps
from orchestration.reporting.tables import Marts, last_complete_week
from orchestration.reporting.volumes import Period, Volumes, find_volumes, read_period
from orchestration.reporting.watch import Watch, find_watch, promises_text, raised_text
from orchestration.settings import Settings

COHORT_ROWS = 26
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Report:
    """Everything the report says. A text in place of a finding is the reason why there is none."""

    as_of_day: date
    week: date
    settings: Settings
    headline: Headline | str
    volumes: Volumes | str
    changes: Changes | str
    campaigns: Campaigns | str
    coming: Coming | str
    decision: Decision | str
    watch: Watch | None
    promises: str | None
    cohorts: Cohorts | str
    cohort_rows: tuple[Row, ...]
    steps: tuple[Step, ...] | str
    period: Period | str
    bridge: str | None
    responses: Responses | str
    channels: Channels | str
    suggestions: tuple[Suggestion, ...] | str
    splitting: Splitting | str
    curve: Curve | str
    loading: Loading | str
    accounts: tuple[Account, ...] | str
    restated: tuple[Restated, ...]
    checked: Checked | None

    @property
    def least_mqls(self) -> int:
        """Volume below which the curve is not drawn."""
        return LEAST_MQLS_PER_WEEK

    @property
    def chosen(self) -> Suggestion | None:
        """The suggestion for all channels together."""
        if isinstance(self.suggestions, str):
            return None
        return next((s for s in self.suggestions if s.segment == GLOBAL), None)


def explain(marts: duckdb.DuckDBPyConnection, *, as_of_day: date, settings: Settings) -> Report:
    """All findings of the week, without a word of HTML."""
    tables = Marts(marts)
    cohorts = read_cohorts(tables, as_of_day, settings)
    period = read_period(tables, as_of_day)
    curve = read_curve(tables, as_of_day, settings)
    suggestions = read_suggestions(tables, as_of_day, settings)
    return Report(
        as_of_day=as_of_day,
        week=last_complete_week(as_of_day),
        settings=settings,
        headline=find_headline(cohorts, settings),
        volumes=find_volumes(tables, period),
        changes=find_changes(tables, cohorts, period, as_of_day, settings),
        campaigns=find_campaigns(tables, as_of_day),
        coming=find_coming(tables, as_of_day),
        decision=find_decision(suggestions, curve, settings.band),
        watch=find_watch(tables, as_of_day, settings),
        promises=promises_text(tables, as_of_day, settings),
        cohorts=cohorts,
        cohort_rows=() if isinstance(cohorts, str) else tuple(cohorts.newest(COHORT_ROWS)),
        steps=read_steps(tables, as_of_day, settings),
        period=period,
        bridge=bridge_text(tables, cohorts, last_complete_week(as_of_day)),
        responses=find_responses(tables, settings),
        channels=find_channels(cohorts, period, settings),
        suggestions=suggestions,
        splitting=find_splitting(tables, as_of_day, settings, suggestions),
        curve=curve,
        loading=read_loading(tables),
        accounts=read_accounts(tables, as_of_day),
        restated=find_restated(tables, as_of_day),
        checked=find_checked(tables),
    )


def render(marts: duckdb.DuckDBPyConnection, *, as_of_day: date, settings: Settings) -> str:
    """The report as one HTML file: no scripts, nothing from outside, same tables same bytes."""
    return to_html(explain(marts, as_of_day=as_of_day, settings=settings))


def to_html(report: Report) -> str:
    """The report as HTML; escapes whatever comes from data."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {f.__name__: f for f in _FILTERS}
    environment.tests["told"] = lambda finding: not isinstance(finding, str)
    # The style sheet is ours, not data: escaping would break its quotes.
    css = Markup((_TEMPLATES / "weekly.css").read_text(encoding="utf-8"))
    return environment.get_template("weekly.html.j2").render(
        r=report, charts=_charts(report), css=css, words=words
    )


_FILTERS = (
    words.percent, words.span, words.between, words.number, words.points, words.day, words.week,
    words.iso_week, words.name, says, raised_text,
)  # fmt: skip


def _charts(report: Report) -> dict[str, Any]:
    band = report.settings.band
    return {
        "cohorts": None if isinstance(report.cohorts, str) else cohort_chart(report.cohorts, band),
        "funnel": None if isinstance(report.period, str) else funnel_chart(report.period),
        "curve": None if isinstance(report.curve, str) else curve_chart(report.curve, band, report.chosen),
    }

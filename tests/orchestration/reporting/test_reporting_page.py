"""The HTML file: self-contained, safe, deterministic, readable with whatever tables there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import duckdb
import pytest

from orchestration.reporting import explain, render
from orchestration.reporting.charts import funnel_chart
from orchestration.reporting.svg import clean_svg
from orchestration.reporting.tables import ALL
from orchestration.reporting.volumes import STAGES, Period, PeriodWeek
from orchestration.reporting.words import name
from orchestration.settings import Settings

SETTINGS = Settings()
Publish = Callable[..., Any]
_TABLES = "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
VOID = {"meta", "br", "col", "hr", "img", "input", "link"}
HOSTILE = (
    "<script>alert(1)</script>", "</svg><img src=x onerror=alert(1)>", '"><b onmouseover=x>',
    "Q1 & Q2 'push'", "{{ 7 * 7 }}", "a\u202egnp.exe", "", "long " * 60,
)  # fmt: skip


class Page(HTMLParser):
    """Tags, attributes and text of a page; notices tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.problems: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def all_of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def html(ordinary: Any) -> str:
    return render(ordinary.connection, as_of_day=ordinary.world.as_of, settings=SETTINGS)


def _render(published: Any) -> str:
    return render(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)


def test_no_script_and_nothing_from_outside(html: str) -> None:
    page = Page(html)
    assert not page.all_of("script", "link", "iframe", "object", "embed", "img", "base", "form")
    for tag, attributes in page.tags:
        for key, value in attributes.items():
            assert not key.startswith("on"), (tag, key)
            assert key not in {"src", "srcset", "action", "data"}, (tag, key)
            assert key not in {"href", "xlink:href"} or (value or "").startswith("#"), (tag, key)
    assert not re.search(r"https?:|//[a-z]|@import|@font-face|url\((?!#)", html)


def test_the_page_is_well_formed(html: str) -> None:
    page = Page(html)
    assert page.problems == []
    assert page.open == []


def test_ids_are_unique_and_references_resolve(html: str) -> None:
    ids = [attributes["id"] for _, attributes in Page(html).tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_same_tables_same_bytes(ordinary: Any, html: str) -> None:
    assert _render(ordinary) == html


def test_rows_in_another_order_are_the_same_bytes(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    before = _render(published)
    for table in ("mart_conversion_weekly", "mart_funnel_period", "dim_campaigns", "mart_threshold_curve"):
        shuffled = (
            f"create or replace table marts.{table} as from marts.{table} as t order by hash(t::varchar)"
        )
        published.connection.execute(shuffled)
    assert _render(published) == before


def test_the_report_is_small(html: str) -> None:
    assert len(html.encode()) <= 300_000


def test_hundreds_of_campaigns_stay_readable(publish: Publish) -> None:
    published = publish()
    published.connection.execute(
        """insert into marts.mart_small_campaigns by name
           select own.* replace ('x' || i as campaign_id, 60 as entered, 12 as converted)
           from marts.mart_small_campaigns as own, range(500) as more(i) where campaign_id = 'c05'"""
    )
    html = _render(published)
    assert len(html.encode()) <= 300_000
    assert re.search(r"\d+ more campaigns together", Page(html).words)


def test_hostile_names_stay_text(publish: Publish) -> None:
    names = tuple(HOSTILE[i % len(HOSTILE)] for i in range(40))
    html = _render(publish(names=names))
    page = Page(html)
    assert "<script>" not in html
    assert not page.all_of("script", "img", "b") or not any("onmouseover" in a for _, a in page.tags)
    assert page.problems == []
    assert "<script>alert(1)</script>" in page.words
    assert "{{ 7 * 7 }}" in page.words
    assert "\u202e" not in html


def test_hostile_channels_and_files_stay_text(publish: Publish) -> None:
    published = publish(weeks=30, per_week=80)
    for table in ("mart_conversion_weekly", "mart_funnel_period", "fct_mql_episodes"):
        set_channel = f"update marts.{table} set channel = '<script>x</script>' where channel = 'email'"  # noqa: S608
        published.connection.execute(set_channel)
    published.connection.execute(
        "update marts.mart_data_quality set file = '</svg><script>x', reasons = '<i>'"
    )
    html = _render(published)
    assert not Page(html).all_of("script", "i")
    assert Page(html).problems == []


def test_text_inside_a_chart_stays_text() -> None:
    source = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs><clipPath id="clip7">'
        '<path d="M0.12345,1Z"/></clipPath></defs>'
        '<text clip-path="url(#clip7)">&lt;/svg&gt;&lt;script&gt;</text></svg>'
    )
    cleaned = clean_svg(source, "key", 'label "quoted" <b>')
    assert "<script>" not in cleaned
    assert "&lt;/svg&gt;&lt;script&gt;" in cleaned
    assert "clip7" not in cleaned
    assert "M0.1,1Z" in cleaned
    assert Page(cleaned).tags[0][1]["aria-label"] == 'label "quoted" <b>'


def test_names_cannot_reorder_or_tear_the_page() -> None:
    assert name("a\u202eb\x00\n c") == "a b c"
    assert len(name("x" * 500)) == 60
    assert name(None) == "(no name)"


def test_empty_marts_say_so_everywhere() -> None:
    connection = duckdb.connect()
    connection.execute("create schema marts")
    page = Page(render(connection, as_of_day=date(2026, 4, 29), settings=SETTINGS))
    assert page.words.count("is not in the published file") >= 6
    assert not re.search(r"\d%(?! interval)", re.sub(r"15–30%|90%", "", page.words))


def test_no_schema_at_all_is_no_crash() -> None:
    assert "not in the published file" in render(
        duckdb.connect(), as_of_day=date(2026, 4, 29), settings=SETTINGS
    )


def test_empty_tables_are_no_crash(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    for (table,) in published.connection.execute(_TABLES).fetchall():
        published.connection.execute(f"delete from marts.{table}")  # noqa: S608
    assert "is empty" in _render(published)


@pytest.mark.parametrize("weeks", [1, 2, 5, 15])
def test_young_funnels_have_no_final_rate(publish: Publish, weeks: int) -> None:
    page = Page(_render(publish(weeks=weeks, per_week=40)))
    assert page.problems == []
    assert ("no weekly cohort is final yet" in page.words) == (weeks < 14)


def test_any_single_table_may_be_missing(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    connection = published.connection
    for (table,) in connection.execute(_TABLES).fetchall():
        connection.execute(f"create table kept as from marts.{table}; drop table marts.{table}")
        explain(connection, as_of_day=published.world.as_of, settings=SETTINGS)
        connection.execute(f"create table marts.{table} as from kept; drop table kept")


@pytest.mark.parametrize("table", ["mart_conversion_weekly", "mart_funnel_period", "mart_threshold_curve"])
def test_a_chart_without_its_table_is_left_out(publish: Publish, table: str) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute(f"drop table marts.{table}")
    page = Page(_render(published))
    assert page.problems == []
    assert f"the table {table} is not in the published file" in page.words


def test_nulls_in_numbers_are_no_crash(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    columns = published.connection.execute(
        """select table_name, column_name from information_schema.columns
           where table_schema = 'marts' and data_type in ('DOUBLE', 'VARCHAR', 'BIGINT', 'DECIMAL(3,1)')
             and column_name not in ('channel', 'campaign_id', 'step', 'segment', 'current_threshold',
                                     'suggested_threshold', 'status', 'suggestion_id', 'entered',
                                     'converted')"""
    ).fetchall()
    for table, column in columns:
        published.connection.execute(f"update marts.{table} set {column} = null")  # noqa: S608
    assert Page(_render(published)).problems == []


def test_words_people_never_read(html: str) -> None:
    page = Page(html)
    read = page.words + " ".join(
        value or "" for _, a in page.tags for key, value in a.items() if key == "aria-label"
    )
    assert not re.search(r"completeness|identified|guaranteed|\bNone\b|\bnan\b", read, re.IGNORECASE)


def test_words_people_do_read(html: str) -> None:
    words = Page(html).words
    for said in ("so far", "final after 90 days", "expected final", "not tested below 55"):
        assert said in words


def test_every_header_cell_says_what_it_heads(html: str) -> None:
    page = Page(html)
    assert all("scope" in attributes for attributes in page.all_of("th"))


def test_the_words_above_a_table_wrap_and_do_not_widen_it(html: str) -> None:
    around = {
        c
        for a in Page(html).all_of("div")
        if "scroll" in (a.get("class") or "")
        for c in str(a["class"]).split()
    }
    unwrapped = re.findall(r"([^{}]+)\{[^{}]*white-space: nowrap", html[: html.index("</style>")])
    selectors = {one.strip() for group in unwrapped for one in group.split(",")}
    assert around
    assert not selectors & {f".{name}" for name in around}


def test_small_counts_stand_at_an_axis_once_each() -> None:
    mondays = [date(2025, 1, 6) + timedelta(weeks=w) for w in range(13)]
    counts = dict.fromkeys(STAGES, 0) | {"mqls": 90, "sqls": 30, "customers": 2}
    weeks = {(monday, ALL): PeriodWeek(monday, counts, None) for monday in mondays}
    labels = re.findall(r">(\d+)</text>", funnel_chart(Period(weeks, mondays[-1])).wide)
    assert labels.count("2") == 1


def test_every_picture_is_named_or_hidden(html: str) -> None:
    pictures = [a for a in Page(html).all_of("svg") if "x" not in a]  # those with x lie inside another
    assert pictures
    assert all(a.get("aria-label") or a.get("aria-hidden") == "true" for a in pictures)


def test_headings_step_down_one_by_one(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(html).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_an_older_as_of_shows_nothing_later(publish: Publish) -> None:
    published = publish()
    earlier = published.world.as_of - timedelta(weeks=20)
    html = render(published.connection, as_of_day=earlier, settings=SETTINGS)
    assert "Apr 2026" not in Page(html).words

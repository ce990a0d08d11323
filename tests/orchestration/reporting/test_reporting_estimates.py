"""Coming weeks, and campaigns unlike their channel, as the report tells them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from orchestration.reporting import Report, explain, render
from orchestration.reporting.campaigns import MOST_ROWS, Campaigns
from orchestration.reporting.coming import SHOWN_WEEKS, Coming
from orchestration.settings import Settings

SETTINGS = Settings()
Publish = Callable[..., Any]


@pytest.fixture
def small(publish: Publish) -> Any:
    return publish(weeks=20, per_week=60)


def _explain(published: Any, day: date | None = None) -> Report:
    return explain(published.connection, as_of_day=day or published.world.as_of, settings=SETTINGS)


def _html(published: Any) -> str:
    return render(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)


def _coming(published: Any) -> Coming:
    found = _explain(published).coming
    assert isinstance(found, Coming)
    return found


def test_the_next_four_whole_weeks_are_shown(small: Any) -> None:
    found = _coming(small)
    day = small.world.as_of
    monday = day - timedelta(days=day.weekday())
    assert found.weeks == tuple(monday + timedelta(weeks=ahead) for ahead in range(1, SHOWN_WEEKS + 1))
    first = found.measures[0].weeks[0]
    assert first is not None
    assert (first.value, first.low, first.high) == pytest.approx((50, 35, 65))


def test_how_often_past_forecasts_held_counts_only_weeks_as_far_ahead_and_over(small: Any) -> None:
    counted = small.connection.execute(
        f"""select count(*) filter (is_inside), count(*) from marts.mart_forecast
            where kind = 'past' and measure = 'sqls' and weeks_ahead <= {SHOWN_WEEKS}
              and week + 6 <= date '{small.world.as_of}'"""  # noqa: S608
    ).fetchone()
    held = _coming(small).measures[0].held
    assert held is not None
    assert (held.inside, held.judged) == counted
    assert 0 < held.inside < held.judged


def test_a_measure_without_a_forecast_says_why_and_leaves_the_others(small: Any) -> None:
    small.connection.execute(
        """update marts.mart_forecast set expected = null, low = null, high = null, is_inside = null,
               reason = '3 won deals with an amount in the last year, 5 are needed'
           where measure = 'revenue'"""
    )
    revenue = _coming(small).measures[2]
    assert revenue.weeks == (None,) * SHOWN_WEEKS
    assert revenue.held is None
    html = _html(small)
    assert "Won amount: 3 won deals with an amount in the last year, 5 are needed." in html


def test_without_any_forecast_the_reason_stands_there(small: Any) -> None:
    small.connection.execute(
        """update marts.mart_forecast set expected = null, low = null, high = null, is_inside = null,
               reason = '3 weeks of MQLs are known, 8 are needed'"""
    )
    assert _explain(small).coming == "3 weeks of MQLs are known, 8 are needed"
    assert "No forecast: 3 weeks of MQLs are known, 8 are needed." in _html(small)


def test_a_forecast_of_another_day_is_not_shown(small: Any) -> None:
    found = _explain(small, small.world.as_of - timedelta(weeks=3))
    assert found.coming == "the forecast was made for another day"
    assert found.campaigns == "campaigns were compared for another day"


def _campaigns(published: Any) -> Campaigns:
    found = _explain(published).campaigns
    assert isinstance(found, Campaigns)
    return found


def test_campaigns_unlike_their_channel_come_first_surest_first(small: Any) -> None:
    small.connection.execute("update marts.mart_small_campaigns set p_value = 1e-9 where campaign_id = 'c11'")
    found = _campaigns(small)
    named = [(row.name, row.is_above) for row in found.rows if row.differs]
    assert named == [("Paid Social 2", False), ("Organic Search 4", True)]
    assert [row.differs for row in found.rows[:3]] == [True, True, False]
    assert (found.above, found.below) == (found.rows[1], found.rows[0])
    sizes = [row.entered for row in found.rows[2:]]
    assert sizes == sorted(sizes, reverse=True)
    assert found.compared > 30
    assert all(row.rate and row.rate.low <= row.rate.value <= row.rate.high for row in found.rows)


def test_where_none_differs_it_says_so(small: Any) -> None:
    small.connection.execute(
        """update marts.mart_small_campaigns set differs_from_channel = false, direction = null
           where campaign_id <> '(all)'"""
    )
    assert "No campaign can be told apart from the rest of its channel: 48 campaigns compared" in _html(small)


def test_many_differing_campaigns_do_not_fill_the_page(small: Any) -> None:
    small.connection.execute(
        """insert into marts.mart_small_campaigns by name
           select own.* replace ('x' || i as campaign_id, true as differs_from_channel, 'above' as direction)
           from marts.mart_small_campaigns as own, range(200) as more(i) where campaign_id = 'c11'"""
    )
    found = _campaigns(small)
    assert len(found.rows) == MOST_ROWS
    assert len(found.rows) + found.rest == found.compared
    assert f"{found.rest} more campaigns together" in _html(small)


def test_leads_without_a_campaign_are_called_so(small: Any) -> None:
    small.connection.execute(
        """update marts.mart_small_campaigns set differs_from_channel = true, direction = 'below', p_value = 0
           where campaign_id = '(none)' and channel = 'paid_social'"""
    )
    assert _campaigns(small).rows[0].name == "paid social without a campaign"

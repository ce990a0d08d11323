"""What the report finds in the tables, before any HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from orchestration.reporting import Report, explain
from orchestration.reporting.campaigns import Campaigns
from orchestration.reporting.changes import Changes
from orchestration.reporting.channels import Channels
from orchestration.reporting.cohorts import Cohorts
from orchestration.reporting.curve import Curve, CurvePoint
from orchestration.reporting.curve_chart import worth_drawing
from orchestration.reporting.decision import Decision
from orchestration.reporting.headline import Headline
from orchestration.reporting.tables import last_complete_week
from orchestration.reporting.volumes import Volumes
from orchestration.settings import Settings

SETTINGS = Settings()
Publish = Callable[..., Any]


def _explain(published: Any, settings: Settings = SETTINGS) -> Report:
    return explain(published.connection, as_of_day=published.world.as_of, settings=settings)


def _one(published: Any, sql: str) -> tuple[Any, ...]:
    row = published.connection.execute(sql).fetchone()
    assert row is not None
    return tuple(row)


def test_the_headline_is_the_newest_final_week(ordinary: Any) -> None:
    found = _explain(ordinary).headline
    assert isinstance(found, Headline)
    newest = _one(
        ordinary,
        "select max(cohort_week) from marts.mart_conversion_weekly where is_matured and step = 'mql_to_sql'",
    )
    assert found.week == newest[0]
    assert found.week + timedelta(days=6 + 90) <= ordinary.world.as_of


def test_the_headline_counts_score_mqls_that_were_handed_over_and_not_explored(ordinary: Any) -> None:
    found = _explain(ordinary).headline
    assert isinstance(found, Headline)
    counted = _one(
        ordinary,
        f"""select count(*), count(*) filter (outcome = 'sql' and outcome_at <= mql_at + interval 90 days)
            from marts.fct_mql_episodes
            where mql_week = '{found.week}' and qualified_by = 'score' and not is_explored""",  # noqa: S608
    )
    assert (found.rate.entered, found.rate.converted) == counted


def test_all_mqls_beside_the_headline_are_those_of_the_mart(ordinary: Any) -> None:
    found = _explain(ordinary).headline
    assert isinstance(found, Headline)
    assert found.all_mqls is not None
    row = _one(
        ordinary,
        f"""select entered, converted_within_horizon, rate_matured from marts.mart_conversion_weekly
            where cohort_week = '{found.week}' and step = 'mql_to_sql' and channel = '(all)'
              and campaign_id = '(all)'""",  # noqa: S608
    )
    assert (found.all_mqls.entered, found.all_mqls.converted, found.all_mqls.value) == pytest.approx(row)


def test_without_hand_offs_all_mqls_are_judged_and_it_says_so(publish: Publish) -> None:
    found = _explain(publish(hands_over=False)).headline
    assert isinstance(found, Headline)
    assert found.basis == "all MQLs"
    assert found.note is not None


def test_mqls_recorded_by_the_crm_are_judged_and_named_so(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute("update marts.fct_mql_episodes set qualified_by = 'recorded'")
    found = _explain(published).headline
    assert isinstance(found, Headline)
    assert found.basis == "MQLs marked in the CRM and handed to sales"


def test_date_only_times_compare_as_days(publish: Publish) -> None:
    # An SQL dated on day 90 at 00:00 counts although the MQL came later in its day; on day 91 it does not.
    published = publish()
    week = date(2026, 1, 5)
    published.connection.execute(
        "alter table marts.fct_mql_episodes add column mql_at_is_date_only boolean default false"
    )
    published.connection.execute(
        "alter table marts.fct_mql_episodes add column sql_at_is_date_only boolean default false"
    )
    published.connection.execute("delete from marts.fct_mql_episodes where mql_week = ?", [week])
    for i, lag in enumerate((90, 91)):
        published.connection.execute(
            """insert into marts.fct_mql_episodes by name
               select 'x' || ? as mql_episode_id, 'email' as channel, 'score' as qualified_by,
                      'sql' as outcome, timestamp '2026-01-05 15:00' as mql_at, date '2026-01-05' as mql_week,
                      timestamp '2026-01-05 16:00' as handed_off_at,
                      timestamp '2026-01-05' + to_days(?) as outcome_at, true as sql_at_is_date_only""",
            [i, lag],
        )
    cohorts = _explain(published).cohorts
    assert isinstance(cohorts, Cohorts)
    rate = cohorts.pool([w for w in cohorts.weeks if w.monday == week])
    assert rate is not None
    assert (rate.entered, rate.converted) == (2, 1)


def test_true_rate_lies_in_most_stated_intervals(publish: Publish) -> None:
    # No channel or campaign effects: one true rate among score MQLs, whatever the week.
    published = publish(channel_effects=(0.0,) * 8, campaign_effects=(), seed=11)
    cohorts = _explain(published).cohorts
    assert isinstance(cohorts, Cohorts)
    truth = 1 / (1 + 2.718281828**-published.world.base)
    rates = [cohorts.pool([w]) for w in cohorts.final_weeks(60)]
    covered = sum(rate is not None and rate.low <= truth <= rate.high for rate in rates)
    assert covered >= 48


@pytest.mark.parametrize(
    ("as_of", "monday"),
    [
        (date(2026, 4, 26), date(2026, 4, 20)),
        (date(2026, 4, 27), date(2026, 4, 20)),
        (date(2026, 4, 25), date(2026, 4, 13)),
    ],
)
def test_a_week_is_complete_on_its_sunday(as_of: date, monday: date) -> None:
    assert last_complete_week(as_of) == monday


def test_counts_of_the_week_are_those_of_the_period_table(ordinary: Any) -> None:
    found = _explain(ordinary).volumes
    assert isinstance(found, Volumes)
    row = _one(
        ordinary,
        f"""select mqls, sqls, customers from marts.mart_funnel_period
            where week = '{found.week}' and channel = '(all)' and campaign_id = '(all)'""",  # noqa: S608
    )
    assert tuple(item.count for item in found.items) == row


def test_only_a_plan_in_force_is_compared_with(ordinary: Any) -> None:
    found = _explain(ordinary).volumes
    assert isinstance(found, Volumes)
    assert [item.plan for item in found.items] == [240.0, 50.0, None]


def test_without_targets_there_is_no_plan(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute("drop table marts.mart_targets")
    found = _explain(published).volumes
    assert isinstance(found, Volumes)
    assert not found.has_plan


def test_a_quiet_world_has_few_movements(publish: Publish) -> None:
    worlds = [publish(seed=seed, campaign_effects=(), weeks=34, per_week=150) for seed in range(20, 28)]
    found = [_explain(world).changes for world in worlds]
    assert sum(not change.is_quiet for change in found if isinstance(change, Changes)) <= 3


def test_a_doubled_week_is_told(publish: Publish) -> None:
    published = publish()
    published.connection.execute(
        "update marts.mart_funnel_period set mqls = 2 * mqls where week = '2026-04-20'"
    )
    found = _explain(published).changes
    assert isinstance(found, Changes)
    assert any(sentence.startswith("MQLs: ") for sentence in found.sentences)


def test_a_new_threshold_is_told_with_its_day(ordinary: Any) -> None:
    found = _explain(ordinary).changes
    assert isinstance(found, Changes)
    assert (
        found.sentences[0]
        == "The threshold (all channels) went from 55 to 60 on 13 Apr 2026, accepted by R. Ops."
    )


def test_channels_that_got_or_lost_a_threshold_of_their_own_are_told(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute(
        """
        insert into marts.mart_threshold_history values
            ('webinar', 70, null, '2026-04-13', null, null),
            ('webinar', null, '2026-04-13', null, 'Ana', 's_1'),
            ('paid_social', 71, '2026-04-20', null, 'Ana', 's_2'),
            ('email', 50, '2026-01-05', null, 'Ana', 's_3')
        """
    )
    found = _explain(published).changes
    assert isinstance(found, Changes)
    assert found.sentences[:2] == (
        "The threshold (all channels) went from 55 to 60 on 13 Apr 2026, accepted by R. Ops.",
        "Thresholds of channels: paid social 71 since 20 Apr, webinar as all channels since 13 Apr.",
    )


def test_the_made_up_campaigns_are_found(ordinary: Any) -> None:
    found = _explain(ordinary).campaigns
    assert isinstance(found, Campaigns)
    assert found.above is not None
    assert found.below is not None
    assert (found.above.campaign_id, found.below.campaign_id) == ("c03", "c11")


def test_campaign_counts_add_up_to_the_mart(ordinary: Any) -> None:
    found = _explain(ordinary).campaigns
    assert isinstance(found, Campaigns)
    listed = (
        sum(row.entered for row in found.rows) + found.rest_entered,
        sum(row.converted for row in found.rows) + found.rest_converted,
        len(found.rows) + found.rest,
    )
    assert listed == _one(
        ordinary,
        """select sum(entered), sum(converted), count(*) from marts.mart_small_campaigns
           where step = 'mql_to_sql' and campaign_id <> '(all)'""",
    )
    assert all(row.entered >= found.least or row.differs for row in found.rows)


def test_cost_per_sql_is_cost_over_all_sqls_of_the_campaign(ordinary: Any) -> None:
    found = _explain(ordinary).campaigns
    assert isinstance(found, Campaigns)
    row = next(row for row in found.rows if row.campaign_id == "c11")
    cost, sqls = _one(
        ordinary,
        """select any_value(cost), count(*) filter (outcome = 'sql') from marts.fct_mql_episodes
           join marts.dim_campaigns using (campaign_id) where campaign_id = 'c11'""",
    )
    assert row.cost_per_sql == pytest.approx(cost / sqls)


def test_channels_use_the_judged_basis(ordinary: Any) -> None:
    report = _explain(ordinary)
    assert isinstance(report.channels, Channels)
    assert isinstance(report.cohorts, Cohorts)
    together = report.cohorts.pool(report.cohorts.final_weeks(13))
    assert together is not None
    assert sum(row.final.entered for row in report.channels.rows if row.final) == together.entered


@pytest.mark.parametrize(
    "status",
    ["INSUFFICIENT_DATA", "BAND_UNREACHABLE", "CAPACITY_BOUND", "CHECK_LEAKAGE", "DEGENERATE_SCORE",
     "NON_MONOTONE", "FIRST_RUN"],
)  # fmt: skip
def test_what_would_help_stands_on_the_first_page_with_its_numbers(publish: Publish, status: str) -> None:
    published = publish(weeks=20, per_week=60)
    helps = "What would help: room for about 219 leads a week: at 39 the rate would be 29.9 % (bandpass.yml)."
    published.connection.execute(
        "update marts.mart_threshold_suggestions set status = $1, reasons = $2 where segment = 'global'",
        [status, f"Keep 60. Sales can work 120. {helps} Thresholds from 58 to 61 are equally good."],
    )
    found = _explain(published).decision
    assert isinstance(found, Decision)
    assert found.why[1] == helps


def test_the_decision_is_the_global_suggestion(ordinary: Any) -> None:
    found = _explain(ordinary).decision
    assert isinstance(found, Decision)
    assert found.question == "Raise the threshold from 60 to 66?"
    assert found.suggestion == "s_1a2b3c4d5e6f"
    assert "over 99%" in " ".join(found.why)


def test_a_kept_threshold_asks_for_nothing(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute(
        "update marts.mart_threshold_suggestions set suggested_threshold = current_threshold, status = 'HOLD'"
    )
    found = _explain(published).decision
    assert isinstance(found, Decision)
    assert found.question == "Keep the threshold at 60"
    assert found.suggestion is None


def test_without_a_hand_off_to_learn_from_no_rate_is_shown(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute(
        "update marts.mart_threshold_suggestions"
        " set status = 'INSUFFICIENT_DATA', handed_off_leads = 0, sqls = 0"
    )
    found = _explain(published).decision
    assert isinstance(found, Decision)
    assert [effect.label for effect in found.effects] == ["MQLs a week"]


def test_a_first_run_asks_to_accept_a_first_threshold(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute(
        "update marts.mart_threshold_suggestions set suggested_threshold = 60, status = 'FIRST_RUN'"
    )
    found = _explain(published).decision
    assert isinstance(found, Decision)
    assert found.question == "Accept 60 as the first threshold?"
    assert found.suggestion is not None


def test_a_decided_suggestion_asks_for_nothing(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute(
        "update marts.mart_threshold_suggestions set decision = 'accepted', decided_by = 'R. Ops'"
    )
    found = _explain(published).decision
    assert isinstance(found, Decision)
    assert found.action == "Decided by R. Ops. Nothing to do."
    assert found.suggestion is None


def test_a_suggestion_of_another_day_is_not_shown(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute(
        "update marts.mart_threshold_suggestions set as_of = as_of - interval 7 days"
    )
    published.connection.execute("update marts.mart_threshold_curve set as_of = as_of + interval 1 day")
    report = _explain(published)
    assert isinstance(report.decision, str)
    assert isinstance(report.curve, str)


def test_of_two_suggestions_for_a_day_the_one_with_todays_settings_counts(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    published.connection.execute(
        """insert into marts.mart_threshold_suggestions
           select * replace ('s_now' as suggestion_id, ? as settings_hash, 63.0 as suggested_threshold)
           from marts.mart_threshold_suggestions where segment = 'global'
           union all
           select * replace ('s_other' as suggestion_id, 'zz' as settings_hash)
           from marts.mart_threshold_suggestions where segment = 'global'""",
        [SETTINGS.digest()],
    )
    found = _explain(published).decision
    assert isinstance(found, Decision)
    assert found.suggestion == "s_now"


def test_an_as_of_in_another_time_zone_is_the_same_day(publish: Publish) -> None:
    # 29 April ends at 22:00 UTC in Berlin (summer): that is how the calibration writes the as-of.
    published = publish(weeks=20, per_week=60)
    for table in ("mart_threshold_suggestions", "mart_threshold_curve"):
        published.connection.execute(f"update marts.{table} set as_of = timestamp '2026-04-29 22:00'")  # noqa: S608
    report = _explain(published, Settings(time_zone="Europe/Berlin"))
    assert isinstance(report.decision, Decision)
    assert isinstance(report.curve, Curve)


def test_the_curve_knows_what_is_tested(ordinary: Any) -> None:
    found = _explain(ordinary).curve
    assert isinstance(found, Curve)
    assert found.untested_text == "not tested below 55"


def test_thresholds_that_let_nearly_nobody_through_are_not_drawn(ordinary: Any) -> None:
    report = _explain(ordinary)
    assert isinstance(report.curve, Curve)
    points = [replace(p, mqls=100 - p.threshold) for p in report.curve.points] + [
        CurvePoint(99.5, 0.9, 0.1, 1.0, 0.5, 0.4, is_tested=True)
    ]
    drawn = worth_drawing(Curve(tuple(points)), report.chosen)
    assert drawn[-1].threshold == 90

"""What `suggest` stated on real funnels at earlier days, against the cohorts that came later.

No real export with vendor scores and outcomes is at hand. Leads of the marketplace Olist are scored by what
leads of their landing page had come to by then; those of Salesforce's demo org have the rating sales gave.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.alarms.outcomes import came_true
from orchestration.calibration import Suggestion, suggest
from orchestration.settings import Band, CalibrationSettings, Settings
from tests.building import shared_data

pytestmark = pytest.mark.long
HORIZON, LATER = pd.Timedelta(days=90), pd.Timedelta(weeks=13)


@dataclass(frozen=True)
class Real:
    """leads: lead_id, handed_off_at, sql_at, score. ends: after it, no outcome is 90 days old."""

    leads: pd.DataFrame
    settings: Settings

    def ask(self, at: pd.Timestamp, threshold: float) -> Suggestion:
        known = self.leads[self.leads["handed_off_at"] < at]
        recent = known[known["handed_off_at"] >= at - pd.Timedelta(weeks=8)]
        handed = known[known["score"] >= threshold].assign(closed_at=pd.NaT)
        return suggest(handed, recent.assign(scored_at=recent["handed_off_at"]), at, threshold, self.settings)

    def held(self, found: Suggestion) -> bool:
        """Whether the final rate of the 13 weeks that followed lies in the stated interval, the luck of so
        many leads included.
        """
        since = found.as_of
        later = self.leads[self.leads["handed_off_at"].between(since, since + LATER, inclusive="left")]
        later = later[later["score"] >= found.current_threshold]
        sqls = int((later["sql_at"] <= later["handed_off_at"] + HORIZON).sum())
        return came_true(found.rate_now, found.rate_now_low, found.rate_now_high, sqls, len(later), 1.0)


def settings(low: float, high: float, checked_until: date | None = None) -> Settings:
    knobs = CalibrationSettings(min_mqls_per_week=5, draws=100, checked_until=checked_until)
    return Settings(band=Band(low=low, high=high), calibration=knobs)


def _past_rates(leads: pd.DataFrame) -> np.ndarray:
    """Of each lead: the rate of earlier leads of its landing page as known on its day, pulled to all; 50 = as
    all of them.
    """
    score = np.full(len(leads), 50.0)
    for day, group in leads.groupby("handed_off_at"):
        past = leads[leads["handed_off_at"] < day]
        won = (past["sql_at"] < day) & (past["sql_at"] <= past["handed_off_at"] + HORIZON)
        base = (won.sum() + 1) / (len(past) + 20)
        pages = won.groupby(past["page"]).agg(["sum", "size"])
        rates = (pages["sum"] + 20 * base) / (pages["size"] + 20)
        score[group.index] = (group["page"].map(rates).fillna(base) / base * 50).clip(0, 100)
    return score


@pytest.fixture(scope="module")
def olist_leads() -> pd.DataFrame:
    folder: Path = shared_data("olist_marketing_funnel")
    mqls = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv")
    deals = pd.read_csv(folder / "olist_closed_deals_dataset.csv")[["mql_id", "won_date"]]
    both = mqls.merge(deals, on="mql_id", how="left")
    leads = pd.DataFrame(
        {
            "lead_id": both["mql_id"],
            "handed_off_at": pd.to_datetime(both["first_contact_date"]),
            "sql_at": pd.to_datetime(both["won_date"]),
            "page": both["landing_page_id"],
        }
    )
    leads = leads.sort_values(["handed_off_at", "lead_id"]).reset_index(drop=True)
    return leads.assign(score=_past_rates(leads))


@pytest.fixture(scope="module")
def wave() -> Real:
    leads = pd.read_csv(shared_data("salesforce_wave_sales") / "Lead.csv")
    return Real(
        pd.DataFrame(
            {
                "lead_id": leads["External_Id__c"],
                "handed_off_at": pd.to_datetime(leads["CreatedDate__c"]),
                "sql_at": pd.to_datetime(leads["ConvertedDate__c"]),
                "score": leads["Rating"].map({"Cool": 20.0, "Warm": 50.0, "Hot": 80.0}),
            }
        ),
        settings(0.05, 0.15),
    )


def test_later_cohorts_of_the_demo_org_lie_in_the_stated_intervals(wave: Real) -> None:
    days = pd.date_range("2016-02-26", "2016-12-30", freq="28D")
    asked = [wave.ask(day, 10.0) for day in days]
    assert {found.status for found in asked} <= {"HOLD", "NON_MONOTONE"}
    held = [wave.held(found) for found in asked]
    assert sum(held) >= len(held) - 1, held


def test_the_beginning_of_the_marketplace_s_sales_is_no_market_until_a_person_says_so(
    olist_leads: pd.DataFrame,
) -> None:
    """Deals are there from December 2017 on, though leads are from June: rates jump by two logits."""
    unchecked = Real(olist_leads, settings(0.08, 0.16))
    checked = Real(olist_leads, settings(0.08, 0.16, date(2018, 2, 22)))
    held = []
    for threshold in (10.0, 35.0, 45.0):
        for day in ("2018-02-23", "2018-03-23"):
            at = pd.Timestamp(day)
            assert unchecked.ask(at, threshold).status == "CHECK_LEAKAGE"
            found = checked.ask(at, threshold)
            assert found.status in ("HOLD", "CHANGE")
            held.append(checked.held(found))
    assert all(held), held

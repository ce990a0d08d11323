"""The statistics of the report, apart from tables and HTML."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from orchestration.reporting.channels import out_of_band_p
from orchestration.reporting.statistics import (
    Counts,
    Rate,
    benjamini_hochberg,
    compare,
    dispersion,
    exact_interval,
    ratio_p,
    scale_top,
    verdict,
    week_p,
)
from orchestration.settings import Band


@pytest.mark.parametrize(("converted", "entered"), [(0, 12), (3, 20), (38, 203), (20, 20)])
def test_the_interval_is_clopper_pearson(converted: int, entered: int) -> None:
    low, high = proportion_confint(converted, entered, alpha=0.1, method="beta")
    assert exact_interval(converted, entered) == pytest.approx((low, high), abs=1e-9)


def test_a_half_seen_cohort_is_expected_to_double() -> None:
    rate = Rate(10, 100, seen=0.5)
    assert rate.value == pytest.approx(0.2)
    assert rate.low == pytest.approx(2 * exact_interval(10, 100)[0])


def test_a_rate_never_exceeds_one() -> None:
    assert Rate(9, 10, seen=0.2).value == 1.0
    assert Rate(9, 10, seen=0.2).high == 1.0


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.16, 0.29, "in band"),
        (0.05, 0.14, "too loose"),
        (0.31, 0.4, "too strict"),
        (0.14, 0.2, "can't tell"),
        (0.25, 0.35, "can't tell"),
        (0.1, 0.5, "can't tell"),
    ],
)
def test_a_verdict_needs_the_whole_interval(low: float, high: float, said: str) -> None:
    assert verdict(low, high, 0.15, 0.30) == said


def test_benjamini_hochberg_equals_statsmodels() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        p_values = np.concatenate([rng.random(20), rng.random(5) / 200])
        expected = multipletests(p_values, alpha=0.1, method="fdr_bh")[0]
        assert benjamini_hochberg(list(p_values)) == list(expected)


def test_no_comparison_is_no_finding() -> None:
    assert benjamini_hochberg([]) == []
    assert ratio_p(0, 10, 0, 10) == 1.0
    assert week_p(5, [], []) == 1.0


def test_equal_weeks_are_rarely_unusual_even_when_weeks_vary_more_than_chance() -> None:
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(300):
        counts = rng.negative_binomial(20, 20 / (20 + 60), 14)  # mean 60, four times the variance of chance
        found += week_p(counts[-1], list(counts[-5:-1]), list(counts[:-1])) < 0.05
    assert found / 300 < 0.12


def test_pure_chance_has_no_extra_dispersion() -> None:
    counts = list(np.random.default_rng(3).poisson(100, 500))
    assert dispersion(counts) == pytest.approx(1.0, abs=0.2)


def test_equal_campaigns_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(4)
    runs, any_found = 120, 0
    for _ in range(runs):
        sizes = rng.integers(30, 300, 40)
        seen = rng.uniform(0.4, 1.0, 40)
        counts = {
            str(i): Counts(int(rng.binomial(n, 0.22 * g)), int(n), float(n * g))
            for i, (n, g) in enumerate(zip(sizes, seen, strict=True))
        }
        any_found += any(keep for _, keep in compare(counts, 30).values())
    # At a false-discovery share of 10%, with no true difference any finding is false: at most one run in ten.
    assert any_found <= stats.binom.ppf(0.999, runs, 0.10)


def test_a_truly_different_campaign_is_found() -> None:
    counts = {str(i): Counts(44, 200, 200.0) for i in range(20)} | {"bad": Counts(10, 200, 200.0)}
    assert [key for key, (_, keep) in compare(counts, 30).items() if keep] == ["bad"]


def test_small_campaigns_are_not_compared() -> None:
    assert "tiny" not in compare({"a": Counts(20, 100, 100.0), "tiny": Counts(9, 10, 10.0)}, 30)


def test_one_tiny_group_does_not_stretch_the_scale() -> None:
    usual = [Rate(40, 200)] * 20
    assert scale_top(0.3, [*usual, Rate(1, 1)]) == scale_top(0.3, usual)


def test_channels_inside_the_band_are_rarely_called_outside() -> None:
    rng = np.random.default_rng(5)
    band = Band()
    runs, any_flag = 300, 0  # every channel right on the lower edge: the hardest case
    for _ in range(runs):
        rates = [Rate(int(rng.binomial(n, 0.15)), int(n)) for n in rng.integers(20, 400, 8)]
        any_flag += any(benjamini_hochberg([out_of_band_p(rate, band) for rate in rates]))
    assert any_flag <= stats.binom.ppf(0.999, runs, 0.10)


def test_a_channel_far_below_the_band_is_called_so() -> None:
    assert out_of_band_p(Rate(1, 39), Band()) < 0.02
    assert out_of_band_p(Rate(60, 100), Band()) < 0.001
    assert out_of_band_p(Rate(20, 100), Band()) == 1.0

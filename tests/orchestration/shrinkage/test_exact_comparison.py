"""Campaigns against the rest of their channel: exact p values, and how often a name is wrong."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from orchestration.shrinkage.counts import Units, campaigns
from orchestration.shrinkage.exact import FALSE_DISCOVERIES, LEAST_P, exact_p_values, told_apart

from .funnel_worlds import make_world

TIE = 1 + 1e-7


def units(entered: list[list[int]], converted: list[list[int]], group: list[int]) -> Units:
    ages = len(entered[0])
    return Units(
        names=pd.DataFrame({"campaign_id": range(len(group))}),
        group=np.array(group, dtype=np.int64),
        entered=np.array(entered, dtype=np.float64),
        converted=np.array(converted, dtype=np.float64),
        g=np.ones(ages),
        g_error=np.zeros(ages),
        is_full=np.zeros(ages, dtype=np.bool_),
    )


def by_enumeration(found: Units, unit: int) -> tuple[float, float]:
    """p and the least p by going through every outcome of every age."""
    same = found.group == found.group[unit]
    chances: dict[int, float] = {}
    ages = []
    for age in range(found.entered.shape[1]):
        drawn, total = int(found.entered[unit, age]), int(found.entered[same, age].sum())
        hits = int(found.converted[same, age].sum())
        ways = {
            k: comb(hits, k) * comb(total - hits, drawn - k) / comb(total, drawn) for k in range(drawn + 1)
        }
        ages.append({k: chance for k, chance in ways.items() if chance > 0})
    for outcome in product(*(age.items() for age in ages)):
        summed = sum(k for k, _ in outcome)
        chances[summed] = chances.get(summed, 0.0) + float(np.prod([chance for _, chance in outcome]))
    own = chances[int(found.converted[unit].sum())]
    least = min(chances.values())
    return (
        sum(chance for chance in chances.values() if chance <= own * TIE),
        sum(chance for chance in chances.values() if chance <= least * TIE),
    )


@st.composite
def counted(draw: st.DrawFn) -> Units:
    rows, ages = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    cell = st.integers(0, 5)
    entered = [[draw(cell) for _ in range(ages)] for _ in range(rows)]
    converted = [[draw(st.integers(0, n)) for n in row] for row in entered]
    group = sorted(draw(st.integers(0, 1)) for _ in range(rows))
    return units(entered, converted, [number - group[0] for number in group])


@given(counted())
def test_p_values_are_those_of_all_outcomes(found: Units) -> None:
    p, least = exact_p_values(found)
    expected = [by_enumeration(found, unit) for unit in range(len(found.group))]
    assert p == pytest.approx([max(one, LEAST_P) for one, _ in expected], abs=1e-12)
    assert least == pytest.approx([max(one, LEAST_P) for _, one in expected], abs=1e-12)
    assert (least <= p + 1e-12).all()


def test_with_one_age_it_is_fishers_exact_test() -> None:
    found = units([[40], [160]], [[20], [30]], [0, 0])
    p, _ = exact_p_values(found)
    expected = stats.fisher_exact([[20, 20], [30, 130]]).pvalue
    assert p == pytest.approx([expected, expected], rel=1e-9)


def test_a_young_campaign_is_not_blamed_for_its_age() -> None:
    """Nothing converts in the first days, neither here nor there."""
    found = units([[50, 0], [40, 300]], [[0, 0], [0, 90]], [0, 0])
    assert exact_p_values(found)[0].tolist() == [1.0, 1.0]


def test_a_campaign_too_small_to_differ_does_not_make_it_harder_for_others() -> None:
    p = np.array([0.04, *[1.0] * 50])
    assert told_apart(p, np.array([True, *[False] * 50]))[0]
    assert not told_apart(p, np.ones(51, dtype=np.bool_))[0]


def named(worlds: int, seed: int) -> int:
    """In how many worlds in which no campaign differs from its channel one is named."""
    found = 0
    for number in range(worlds):
        rng = np.random.default_rng([seed, number])
        counts = make_world(rng, spread_of_channels=0.5, spread_of_campaigns=0.0).counts
        p, least = exact_p_values(campaigns(counts))
        found += bool(told_apart(p, least <= FALSE_DISCOVERIES).any())
    return found


def test_where_nothing_differs_hardly_any_world_names_a_campaign() -> None:
    """Each name is wrong there, so at most 1 world in 10 should have one; few worlds may have some more."""
    assert named(16, seed=5) <= stats.binom.ppf(0.999, 16, FALSE_DISCOVERIES)


@pytest.mark.long
def test_where_nothing_differs_at_most_one_world_in_ten_names_a_campaign() -> None:
    assert named(1000, seed=6) <= stats.binom.ppf(0.99, 1000, FALSE_DISCOVERIES)

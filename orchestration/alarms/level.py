"""Has the expected final MQL -> SQL rate left the band since the threshold began? Safe to ask every week.

Beta-binomial mixtures (Robbins 1970; Waudby-Smith & Ramdas 2023): the likelihood of a rate outside the band,
averaged over a Beta prior, divided by the likelihood at the edge. While the rate stays inside, however it
wanders there, such a ratio is expected not to grow, so it reaches 1/alpha with probability at most alpha, at
whichever time one looks (Ville). A young hand-off without SQL counts 1 - qG(age) instead of 1 - q: its
likelihood as far as it has been seen, so immaturity needs no correction afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats
from scipy.special import betaln, logsumexp

from orchestration.calibration.model import Flags, Floats, Ints
from orchestration.settings import Band

ALPHA = 0.10
"""Of thresholds a year whose rate never leaves the band, at most this share raises an alarm."""

EVIDENCE = 1 / ALPHA
START_EVERY = 4  # weeks; the rate may have left the band at the beginning or at the start of any of these
LATER_STARTS = 26  # each later start weighs 1/26: half the weight in a year, the beginning has the other half
CONCENTRATION = 8.0  # hand-offs that the prior is worth; its mean is the middle of the band
GRID: Floats = (np.arange(500) + 0.5) / 500  # rates that the confidence sequence asks about
NODES = 40  # rates on either side of the band that evidence is mixed over
Side = Literal["below", "above"]


@dataclass(frozen=True)
class Seen:
    """Hand-offs since the threshold began, arrays of length n.

    week: whole weeks from the beginning to the hand-off. converted: SQL so far, within the horizon. share:
    G, in (0, 1]: share of final SQLs that have usually come by its age.
    """

    week: Ints
    converted: Flags
    share: Floats


@dataclass(frozen=True)
class Level:
    """evidence: against "always inside the band"; 10 is an alarm. side: where the rate would be. from_week:
    the start (weeks since the threshold began) from which on that shows best. low, high: confidence
    sequence of one rate since the beginning, level 1 - ALPHA, valid at every look.
    """

    evidence: float
    side: Side
    from_week: int
    rate: float
    low: float
    high: float

    @property
    def is_alarm(self) -> bool:
        return self.evidence >= EVIDENCE


def prior(band: Band) -> tuple[float, float]:
    """(a, b) of the Beta prior of rates."""
    middle = (band.low + band.high) / 2
    return CONCENTRATION * middle, CONCENTRATION * (1 - middle)


def weekly_log_likelihood(seen: Seen, rates: Floats) -> Floats:
    """(weeks, rates): log likelihood of each week's hand-offs at each rate, up to a constant.

    A converted one gives log q (its delay density is the same for all q), another log(1 - qG).
    """
    weeks = int(seen.week.max(initial=-1)) + 1
    sqls = np.bincount(seen.week[seen.converted], minlength=weeks).astype(np.float64)
    found: Floats = sqls[:, None] * np.log(rates)[None, :]
    # G to three digits, so that a few hundred cells stand for any number of hand-offs
    still = ~seen.converted
    cells, counts = np.unique(
        np.stack([seen.week[still], np.round(1000 * seen.share[still]).astype(np.int64)]),
        axis=1,
        return_counts=True,
    )
    terms = counts[:, None] * np.log1p(-np.minimum(cells[1] / 1000, 1.0)[:, None] * rates[None, :])
    np.add.at(found, cells[0], terms)
    return found


def _side(seen: Seen, edge: float, side: Side, band: Band) -> Floats:
    """(starts,) log of each start's weight times its likelihood ratio against the edge of the band."""
    middles = (np.arange(NODES) + 0.5) / NODES
    rates = edge * middles if side == "below" else edge + (1 - edge) * middles
    weight = stats.beta.logpdf(rates, *prior(band))
    likelihood = weekly_log_likelihood(seen, np.append(rates, edge))
    since = likelihood[::-1].cumsum(axis=0)[::-1][::START_EVERY]
    ratio = since[:, :-1] - since[:, -1:]
    mixed: Floats = logsumexp(ratio + weight - logsumexp(weight), axis=1)
    start = np.where(np.arange(mixed.size) == 0, np.log(0.5), -np.log(LATER_STARTS))
    found: Floats = mixed + start
    return found


def confidence_sequence(seen: Seen, band: Band, *, alpha: float = ALPHA) -> tuple[float, float]:
    """(low, high): the rates that the mixture over all rates does not refute at 1/alpha.

    In closed form where every hand-off is final: see `final_log_ratio`.
    """
    rates = GRID
    log_likelihood = weekly_log_likelihood(seen, rates).sum(axis=0)
    weight = stats.beta.logpdf(rates, *prior(band))
    mixed = logsumexp(log_likelihood + weight - logsumexp(weight))
    kept = rates[mixed - log_likelihood < -np.log(alpha)]
    half = 0.5 / GRID.size
    return max(0.0, float(kept.min()) - half), min(1.0, float(kept.max()) + half)


def final_log_ratio(sqls: int, handoffs: int, rate: Floats, band: Band) -> Floats:
    """Log of the beta-binomial mixture against each rate, in closed form; for hand-offs that are final."""
    a, b = prior(band)
    mixed = betaln(a + sqls, b + handoffs - sqls) - betaln(a, b)
    found: Floats = mixed - sqls * np.log(rate) - (handoffs - sqls) * np.log1p(-rate)
    return found


def evidence_by_side(seen: Seen, band: Band) -> dict[Side, Floats]:
    """Log evidence of each start (starts,), weighted; half of it for either side of the band."""
    return {
        "below": _side(seen, band.low, "below", band) - np.log(2),
        "above": _side(seen, band.high, "above", band) - np.log(2),
    }


def total_evidence(sides: dict[Side, Floats]) -> float:
    """Against "always inside the band"; EVIDENCE or more is an alarm."""
    return float(np.exp(min(logsumexp(np.concatenate(list(sides.values()))), 300.0)))


def judge_level(seen: Seen, band: Band) -> Level | None:
    """What the hand-offs say; None where there are none."""
    if not seen.week.size:
        return None
    sides = evidence_by_side(seen, band)
    side = max(sides, key=lambda name: float(logsumexp(sides[name])))
    low, high = confidence_sequence(seen, band)
    rate = float(np.clip(seen.converted.sum() / seen.share.sum(), 0, 1))
    return Level(
        evidence=total_evidence(sides),
        side=side,
        from_week=START_EVERY * int(np.argmax(sides[side])),
        rate=rate,
        low=min(low, rate),
        high=max(high, rate),
    )

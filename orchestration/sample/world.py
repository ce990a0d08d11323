"""Parameters of a sample world, and the two laws everything else follows: who converts, and how that drifts.

Times are int64 seconds since 1970-01-01 UTC throughout the package; spans are seconds unless named otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAY = 86_400
WEEK = 7 * DAY
START = 1_736_121_600  # Monday 2025-01-06 00:00 UTC
NEVER = np.int64(2**62)  # "does not happen"; every comparison `at < end` then does the right thing
CHUNK = 100_000  # people made at a time: bounds memory, and each chunk has its own random stream

# Mean chance() over the first MQLs of a world, measured; it turns a target rate into the level of the week.
MEAN_CHANCE = 0.232
OWN_THRESHOLD = 30  # points of the company's own score at which its earlier system marks an MQL

FREE_MAIL_DOMAINS = ("freemail.example", "webpost.example", "quickinbox.example")
COMPETITOR_DOMAINS = ("rivalmetrics.example", "funnelforge.example", "leadlever.example")
TARGET_INDUSTRIES = ("Software", "Financial Services", "Manufacturing", "Healthcare")
OTHER_INDUSTRIES = ("Retail", "Education", "Logistics", "Media", "Public Sector", "Energy")
TARGET_COUNTRIES = ("United States", "United Kingdom", "Germany", "Canada", "France", "Netherlands")
OTHER_COUNTRIES = ("Spain", "Italy", "Poland", "India", "Brazil", "Australia", "Japan", "Mexico")


@dataclass(frozen=True)
class Channel:
    """A source of leads. share: of all leads; pull: shift of its people's fit and intent (standard
    deviations).
    """

    name: str
    share: float
    pull: float
    campaign_type: str | None
    campaigns: int


CHANNELS = (
    Channel("Organic Search", 0.24, 0.20, None, 0),
    Channel("Paid Search", 0.16, 0.10, "Paid Search", 6),
    Channel("Paid Social", 0.13, -0.35, "Paid Social", 6),
    Channel("Webinar", 0.13, 0.10, "Webinar", 9),
    Channel("Event", 0.10, 0.00, "Conference", 6),
    Channel("Content Syndication", 0.12, -0.55, "Content Syndication", 5),
    Channel("Referral", 0.04, 0.65, "Partner", 2),
    Channel("Outbound", 0.08, -0.20, "Advertisement", 3),
)
CHANNEL_NAMES = tuple(channel.name for channel in CHANNELS)
ORGANIC, PAID_SEARCH, PAID_SOCIAL, WEBINAR, EVENT, SYNDICATION, REFERRAL, OUTBOUND = range(len(CHANNELS))


@dataclass(frozen=True)
class World:
    """One world. leads: lead records in the CRM; weeks: its length; seed: equal seeds make equal bytes."""

    leads: int
    weeks: int
    seed: int

    @property
    def end(self) -> int:
        """First second after the world."""
        return START + self.weeks * WEEK

    @property
    def regime_week(self) -> int:
        """Week of the abrupt change: 50 of 78, in proportion for other lengths."""
        return max(1, round(self.weeks * 50 / 78))

    def rng(self, part: str, chunk: int = 0) -> np.random.Generator:
        """A random stream of its own per part and chunk, so that changing one part leaves the others as
        they were.
        """
        key = int.from_bytes(part.encode()[:8].ljust(8), "big")
        return np.random.default_rng(np.random.SeedSequence([self.seed, key >> 32, key & 0xFFFFFFFF, chunk]))

    def target_rate(self, at: Ints) -> Floats:
        """Final MQL -> SQL rate aimed at for MQLs marked at `at`: drifts 24.5 % -> 22 %, drops to 17 %,
        drifts to 15 %.
        """
        week = np.clip((at - START) / WEEK, 0, self.weeks)
        turn = self.regime_week
        before = 0.245 - 0.025 * week / turn
        after = 0.17 - 0.02 * (week - turn) / max(1, self.weeks - turn)
        return np.asarray(np.where(week < turn, before, after), dtype=np.float64)

    def p_sql(self, quality: Floats, at: Ints) -> Floats:
        """True probability that an MQL of this quality marked at `at` ever becomes SQL in that episode."""
        return np.minimum(chance(quality) * self.target_rate(at) / MEAN_CHANCE, 0.95)


def chance(quality: Floats) -> Floats:
    """Conversion against quality (standard units) before drift: rising, with a floor and a ceiling, and
    not logistic.
    """
    climb = np.clip((quality + 0.4) / 2.0, 0, None) ** 2.6
    return np.asarray(0.012 + 0.78 * -np.expm1(-climb), dtype=np.float64)


def work_time(at: Ints, rng: np.random.Generator) -> Ints:
    """Move instants forward into working hours (Monday to Friday, 8 to 18 UTC); never earlier than given."""
    day, second = np.divmod(at, DAY)
    late = second > 17.5 * 3600
    day, second = day + late, np.where(late, 0, second)
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    weekend = weekday >= 5
    day, second = day + np.where(weekend, 7 - weekday, 0), np.where(weekend, 0, second)
    morning = (8 * 3600 + rng.random(at.shape) * 4 * 3600).astype(np.int64)
    moved: Ints = day * DAY + np.where(second < 8 * 3600, morning, second)
    return np.where(at >= NEVER // 2, NEVER, moved)


def human_time(at: Ints, not_before: Ints, rng: np.random.Generator) -> Ints:
    """When people browse: mostly working days around noon; kept after `not_before`."""
    day = at // DAY
    weekday = (day + 3) % 7
    moves = (weekday >= 5) & (rng.random(at.shape) < 0.75)
    day = day + np.where(moves, 7 - weekday, 0)
    hour = np.clip(rng.normal(13, 3.2, at.shape), 0.2, 23.8)
    moved = day * DAY + (hour * 3600).astype(np.int64)
    pause = (rng.exponential(1800, at.shape) + 30).astype(np.int64)
    return np.where(moved <= not_before, not_before + pause, moved)


def lognormal_days(median: float, sigma: float, size: int, rng: np.random.Generator) -> Ints:
    """Log-normal delays with this median (days), in seconds."""
    return (median * DAY * np.exp(sigma * rng.standard_normal(size))).astype(np.int64)

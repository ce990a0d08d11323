"""Does one threshold fit all channels? Partially pooled thresholds on the curve of all channels. Pure.

    logit p_c(score) = logit p(score) + u_c,   u_c ~ N(0, tau^2)

tau by Laplace's approximation of the marginal likelihood over channels, u_c by its maximum a posteriori with
exposure G (reference/calibration.md 4). A small channel is pulled towards all; there is no other gate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy import optimize, stats
from scipy.special import expit, logit

from orchestration.calibration.curve import EDGE, Labels, Market
from orchestration.calibration.decide import Choice, Curve, choose, percent, worth_changing
from orchestration.calibration.evidence import Evidence, drawn
from orchestration.calibration.inputs import CANDIDATE_WEEKS
from orchestration.calibration.levels import TOLERANCE, Levels, admissions, make_levels
from orchestration.calibration.method import Calibrated, as_suggestion, seeds_of
from orchestration.calibration.model import Flags, Floats, Ints, Suggestion
from orchestration.calibration.wording import reasons_text
from orchestration.settings import Settings
from orchestration.shrinkage.exact import told_apart

WORTH_IT = 3.0  # points: a threshold of its own that is closer to the one of all channels is not worth having
LARGEST_TAU = 1.5  # logit
FLAT = 5.0  # logit: a prior this wide lets a channel speak for itself
ONE_LEAD = 1 / CANDIDATE_WEEKS  # a week
MIX = 30.0  # leads of all channels that are added to those of a channel, to tell how its scores are mixed
NAMED = 5
ALIKE = 0.05  # logit
SHAPE_BINS, EXPECTED_SQLS = 8, 5.0
ODD = 0.05  # rates that differ less from the shifted curve of all are no reason to warn, however sure that is
SPLITTABLE = ("CHANGE", "HOLD", "BAND_UNREACHABLE", "CAPACITY_BOUND")
RESERVED = ("", "global", "(all)", "(none)")

#: column -> DuckDB type of mart_threshold_channels; dbt_project/models/marts/calibration has their meaning
CHANNEL_COLUMNS: dict[str, str] = {
    "as_of": "TIMESTAMP",
    "channel": "VARCHAR",
    "tau": "DOUBLE",
    "shift": "DOUBLE",
    "shift_low": "DOUBLE",
    "shift_high": "DOUBLE",
    "global_threshold": "DOUBLE",
    "rate_global": "DOUBLE",
    "rate_global_low": "DOUBLE",
    "rate_global_high": "DOUBLE",
    "own_threshold": "DOUBLE",
    "label": "VARCHAR",
    "p_in_band_global": "DOUBLE",
    "p_in_band_own": "DOUBLE",
    "mqls_per_week_global": "DOUBLE",
    "sqls_per_week_global": "DOUBLE",
    "mqls_per_week_own": "DOUBLE",
    "sqls_per_week_own": "DOUBLE",
    "handed_off_leads": "BIGINT",
    "sqls": "BIGINT",
    "p_value": "DOUBLE",
    "out_of_band": "VARCHAR",
    "p_shape": "DOUBLE",
    "shape_warning": "BOOLEAN",
    "suggestion_id": "VARCHAR",
}


@dataclass(frozen=True)
class Split:
    """One suggestion and one row of mart_threshold_channels per channel, by name; and the answer in words,
    empty where channels can't be compared.
    """

    suggestions: tuple[Suggestion, ...]
    rows: tuple[dict[str, Any], ...]
    answer: str


def shifts(base: Floats, sqls: Floats, exposure: Floats, tau: float) -> tuple[Floats, Floats]:
    """(u, curvature), each (C,): logit shift of each channel against the curve of all, and how sure it is.

    base: (L,) logit of the rate per level. sqls, exposure: (C, L). Newton's method on the binomial score with
    a N(0, tau^2) prior; curvature is that of the likelihood alone.
    """
    u = np.zeros(sqls.shape[0])
    precision = 1 / max(tau, 1e-6) ** 2
    for _ in range(50):
        p = expit(base + u[:, None])
        slope = (sqls - exposure * p).sum(axis=1) - precision * u
        u = np.clip(u + np.clip(slope / ((exposure * p * (1 - p)).sum(axis=1) + precision), -0.5, 0.5), -6, 6)
    p = expit(base + u[:, None])
    return u, (exposure * p * (1 - p)).sum(axis=1)


def fit_tau(base: Floats, sqls: Floats, exposure: Floats) -> float:
    """How unlike channels are (sd of u on the logit scale); 0 where nothing speaks for a difference.

    Laplace: log p(data | tau) = sum of l(u) - l(0) - u^2 / (2 tau^2) - log(1 + tau^2 curvature) / 2.
    """
    alike = np.logaddexp(0, base)

    def worse(tau: float) -> float:
        u, curvature = shifts(base, sqls, exposure, tau)
        gain = (sqls * u[:, None] - exposure * (np.logaddexp(0, base + u[:, None]) - alike)).sum(axis=1)
        return float(-(gain - u**2 / (2 * tau**2) - np.log1p(tau**2 * curvature) / 2).sum())

    best = optimize.minimize_scalar(worse, bounds=(1e-3, LARGEST_TAU), method="bounded")
    return float(best.x) if best.fun < -1e-6 else 0.0


@dataclass(frozen=True)
class _Counts:
    """Per channel and level (C, L): what has become SQL, and hand-offs as expected final."""

    sqls: Floats
    exposure: Floats


def _counts(labels: Labels, seen: Floats, channel: Ints, many: int, size: int, weight: Floats) -> _Counts:
    """Weighted counts, scaled to as many hand-offs as they are worth: (sum w)^2 / sum w^2 of them."""
    mine = channel >= 0
    cell = channel[mine] * size + labels.level[mine]

    def total(values: Floats) -> Floats:
        summed = np.bincount(cell, values[mine], many * size).astype(np.float64)
        return summed.reshape(many, size)

    sqls, exposure = total(weight * labels.converted), total(weight * seen)
    squares = total(weight**2 * seen).sum(axis=1)
    scale = np.divide(exposure.sum(axis=1), squares, out=np.ones(many), where=squares > 0)[:, None]
    return _Counts(sqls * scale, exposure * scale)


def shape_p_values(base: Floats, counts: _Counts) -> tuple[Floats, Floats]:
    """(p, difference), each (C,): p values of "rates of this channel rise with the score as those of all
    channels do", and the mean difference of rates where they do not (root mean square over hand-offs).

    Hosmer and Lemeshow's G2 over bins with 5 and more expected SQLs, against the curve of all channels moved
    to the channel's own level. 1 where there are fewer than two such bins.
    """
    u, _ = shifts(base, counts.sqls, counts.exposure, FLAT)
    p_values, differences = np.ones(u.size), np.zeros(u.size)
    for c in range(u.size):
        expected = counts.exposure[c] * expit(base + u[c])
        bins = int(min(SHAPE_BINS, expected.sum() // EXPECTED_SQLS))
        if bins < 2:
            continue
        place = np.minimum((np.cumsum(expected) - expected / 2) / expected.sum() * bins, bins - 1e-9)
        place = np.maximum.accumulate(place).astype(np.int64)
        k, e, n = (np.bincount(place, x, bins) for x in (counts.sqls[c], expected, counts.exposure[c]))
        filled = e > 0
        k, e, n = k[filled], e[filled], n[filled]
        misses, expected_misses = np.maximum(n - k, 1e-9), np.maximum(n - e, 1e-9)
        hits = np.where(k > 0, k * np.log(np.maximum(k, 1e-9) / e), 0.0)
        g2 = 2 * float((hits + misses * np.log(misses / expected_misses)).sum())
        if k.size > 1:
            p_values[c] = stats.chi2.sf(max(g2, 0.0), k.size - 1)
            differences[c] = np.sqrt(np.average(((k - e) / n) ** 2, weights=n))
    return p_values, differences


def split(done: Calibrated, in_force: Mapping[str, float], *, tau: float | None = None) -> Split:
    """Judge every channel that has candidates, where there are two or more and all together could be judged.

    in_force: threshold per channel that has one of its own. tau: how unlike channels are, for studies; None
    fits it. Channels without a usable name (none, `global`, `(all)`, `(none)`, with an @, which the ledger
    refuses) follow the threshold of all channels.
    """
    found, market = done.found, done.market
    names = sorted(
        name
        for code, name in enumerate(found.candidates.channels)
        if name.strip() not in RESERVED and "@" not in name and (found.candidates.channel == code).any()
    )
    if market is None or done.choice.status not in SPLITTABLE or len(names) < 2:
        return Split((), (), "")
    every = sorted({*names, *found.handoffs.channels} - set(RESERVED))
    numbers = np.array([*(every.index(n) if n in every else -1 for n in found.handoffs.channels), -1])
    channel = numbers[found.handoffs.channel][found.labels.used]
    size = found.levels.thresholds.size
    base = logit(np.clip(np.median(market.shape, axis=0), EDGE, 1 - EDGE))
    recent = _counts(found.labels, found.seen, channel, len(every), size, found.labels.shape_weight)
    plain = _counts(found.labels, found.seen, channel, len(every), size, np.ones(channel.size))
    unlike = fit_tau(base, recent.sqls, recent.exposure) if tau is None else tau
    shift, curvature = shifts(base, recent.sqls, recent.exposure, unlike)
    spread = 1 / np.sqrt(curvature + 1 / max(unlike, 1e-6) ** 2)
    p_shape, difference = shape_p_values(base, plain)
    odd = told_apart(p_shape, p_shape < 1) & (difference >= ODD)
    warned = dict(zip(every, odd, strict=True))
    judged = [
        _judge(done, market, name, in_force.get(name), float(shift[i]), float(spread[i]), alike=unlike == 0)
        for name, i in ((name, every.index(name)) for name in names)
    ]
    out = told_apart(np.array([own.p_value for own in judged]), np.array([own.testable for own in judged]))
    suggestions = tuple(_suggest(own, done, is_odd=bool(warned[own.name])) for own in judged)
    rows = tuple(
        {
            **_row(own, done, unlike, is_out=bool(flag)),
            "p_shape": float(p_shape[every.index(own.name)]),
            "shape_warning": bool(warned[own.name]),
            "suggestion_id": suggestion.suggestion_id,
        }
        for own, flag, suggestion in zip(judged, out, suggestions, strict=True)
    )
    return Split(suggestions, rows, _answer(rows))


@dataclass(frozen=True)
class _Judged:
    """One channel: its evidence on levels of its own, its curve, and three positions on it."""

    name: str
    found: Evidence
    curve: Curve
    choice: Choice
    settings: Settings
    with_all: int  # the threshold suggested for all channels
    follows: bool
    has_own: bool
    shift: float
    spread: float
    leads: int  # headline hand-offs at or above the threshold suggested for all, and their SQLs
    sqls: int
    p_value: float
    testable: bool
    side: str


def _judge(
    done: Calibrated,
    market: Market,
    name: str,
    in_force: float | None,
    shift: float,
    spread: float,
    *,
    alike: bool,
) -> _Judged:
    """alike: nothing speaks for a difference between channels, so none is split off."""
    settings, whole = done.settings, done.suggestion
    current = whole.current_threshold if in_force is None else in_force
    found = _evidence(done.found, settings, name, current)
    at = found.levels.thresholds
    rng = np.random.default_rng([*seeds_of(settings, whole.as_of, name), 2])
    same = done.found.levels.of(at)
    own = Market(
        market.shape[:, same],
        market.held[:, same],
        market.move + shift + spread * rng.standard_normal(market.move.size),
        found.tested,
    )
    share = _share(done.found, found)
    limited = _limited(settings, share)
    curve = replace(drawn(own, _mixed(done.found, found), limited), mqls=found.admitted.sum(axis=1))
    choice = choose(curve, found.levels, limited, may_lower=True, leads="leads of this channel")
    with_all = found.levels.nearest(whole.suggested_threshold)
    away = abs(float(at[choice.position] - at[with_all]))
    follows = alike or away < WORTH_IT * found.levels.unit - TOLERANCE
    follows |= _is_fine(curve, with_all, choice.position, settings)
    leads, sqls, p_value, testable, side = _exact(found, float(at[with_all]), settings)
    return _Judged(
        name,
        found,
        curve,
        choice,
        limited,
        with_all,
        follows,
        in_force is not None,
        shift,
        spread,
        leads,
        sqls,
        p_value,
        testable,
        side,
    )


def _evidence(found: Evidence, settings: Settings, name: str, current: float) -> Evidence:
    """What is known of one channel, on the levels of all channels with its own threshold and reach added."""
    sales, pool = found.handoffs, found.candidates
    own = make_levels(
        np.zeros(0),
        pool.score,
        current,
        down=settings.calibration.max_step_down,
        up=settings.calibration.max_step_up,
    )
    others = found.levels.thresholds
    others = others[np.abs(others - current) > TOLERANCE * max(1.0, abs(current))]
    thresholds = np.union1d(own.thresholds, others)
    levels = Levels(thresholds, found.levels.unit, int(np.searchsorted(thresholds, current)))
    mine = sales.channel == _code(sales.channels, name)
    theirs = pool.channel == _code(pool.channels, name)
    handoffs = replace(
        sales,
        score=sales.score[mine],
        age=sales.age[mine],
        lag=sales.lag[mine],
        explored=sales.explored[mine],
        delay_only=sales.delay_only[mine],
        cluster=sales.cluster[mine],
        channel=sales.channel[mine],
        notes=(),
    )
    candidates = replace(
        pool,
        score=pool.score[theirs],
        previous=pool.previous[theirs],
        channel=pool.channel[theirs],
        notes=(),
    )
    used = found.labels.used[mine]
    kept = mine[found.labels.used]
    rows = {
        field.name: getattr(found.labels, field.name)[kept]
        for field in fields(Labels)
        if field.name != "used"
    }
    rows |= {"level": levels.of(handoffs.score[used]), "used": used}
    labels = Labels(**rows)
    lowest = found.levels.thresholds[found.tested] - TOLERANCE
    return replace(
        found,
        handoffs=handoffs,
        candidates=candidates,
        levels=levels,
        labels=labels,
        seen=found.seen[kept],
        admitted=admissions(levels, candidates),
        tested=min(int(np.searchsorted(thresholds, lowest)), thresholds.size - 1),
    )


def _mixed(whole: Evidence, own: Evidence) -> Floats:
    """(L, L) whose rows say how scores above each threshold are mixed: the channel's own leads and as many as
    MIX of all channels, as a handful says little about the mix.
    """
    shared = admissions(own.levels, whole.candidates)
    volume = shared.sum(axis=1, keepdims=True)
    share = np.divide(shared, volume, out=np.zeros_like(shared), where=volume > 0)
    mixed: Floats = own.admitted + share * (MIX / own.candidates.weeks)
    return mixed


def _code(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -2


def _share(whole: Evidence, own: Evidence) -> float:
    """The channel's share of the MQLs a week at the threshold in force for all."""
    threshold = float(whole.levels.thresholds[whole.levels.current])
    total = float(whole.admitted[whole.levels.current].sum())
    mine = float(own.admitted[own.levels.nearest(threshold)].sum())
    return mine / total if total > 0 else 0.0


def _limited(settings: Settings, share: float) -> Settings:
    """A channel gives and takes its share of the least volume and of what sales can work."""
    knobs, capacity = settings.calibration, settings.capacity_per_week
    least = max(round(knobs.min_mqls_per_week * share, 2), ONE_LEAD) if knobs.min_mqls_per_week else 0.0
    room = None if capacity is None or share <= 0 else max(round(capacity * share, 1), 0.1)
    return settings.model_copy(
        update={
            "calibration": knobs.model_copy(update={"min_mqls_per_week": least}),
            "capacity_per_week": room,
        }
    )


def _is_fine(curve: Curve, with_all: int, own: int, settings: Settings) -> bool:
    """Whether the threshold of all channels is held for a channel: the rule of HOLD."""
    knobs, band = settings.calibration, settings.band
    if knobs.objective != "center" or not band.low <= curve.rate[with_all] <= band.high:
        return False
    best = float(curve.in_band[own])
    return float(curve.in_band[with_all]) >= min(knobs.hold_probability, best - worth_changing(best))


def _exact(found: Evidence, threshold: float, settings: Settings) -> tuple[int, int, float, bool, str]:
    """(leads, SQLs, p, whether a p of 10 % was possible at all, side) of "its final rate is in the band".

    Binomial tails at the edges of the band with the mean share G seen; unequal ages only make them too long.
    """
    level = found.levels.nearest(threshold)
    above: Flags = found.headline & (found.labels.level >= level)
    n, k = int(above.sum()), int(found.labels.converted[above].sum())
    if n == 0:
        return 0, 0, 1.0, False, "below"
    seen = float(found.seen[above].mean())
    low, high = settings.band.low * seen, settings.band.high * seen
    below, over = float(stats.binom.cdf(k, n, low)), float(stats.binom.sf(k - 1, n, high))
    least = min(float(stats.binom.pmf(0, n, low)), float(stats.binom.pmf(n, n, high)))
    return n, k, min(1.0, 2 * below, 2 * over), 2 * least <= 0.10, "below" if below < over else "above"


def _effective(own: _Judged) -> int:
    """The position of the threshold after splitting where it is worth it."""
    return own.with_all if own.follows else own.choice.position


def _decision(own: _Judged) -> Choice:
    """The choice as it is suggested: a channel that follows is not moved on its own."""
    levels, now = own.found.levels, own.found.levels.current
    if not own.follows:
        return own.choice
    status = own.choice.status if own.choice.status not in ("CHANGE", "HOLD") else "HOLD"
    if not own.has_own or own.choice.position == now:
        return Choice(now, now, now, status, ())
    knobs, step = own.settings.calibration, levels.thresholds[own.with_all] - levels.thresholds[now]
    within = (
        -knobs.max_step_down * levels.unit - TOLERANCE <= step <= knobs.max_step_up * levels.unit + TOLERANCE
    )
    at = own.with_all if within else own.choice.position
    if at != now and status == "HOLD":
        status = "CHANGE"
    return Choice(at, at, at, status, own.choice.reasons)


def _suggest(own: _Judged, done: Calibrated, *, is_odd: bool) -> Suggestion:
    choice, whole = _decision(own), done.suggestion
    text = reasons_text(own.found, own.curve, choice, own.settings, first_run=False, keep=_keeping(own))
    said = [_why(own), text]
    if is_odd:
        said.append(
            "Its rates do not rise with the score as those of all channels do: look at its scores first."
        )
    current = float(own.found.levels.thresholds[own.found.levels.current])
    parts = (whole.suggestion_id, own.name, repr(current), str(own.has_own))
    digest = hashlib.sha256("|".join(parts).encode())
    for array in (done.found.handoffs.channel, done.found.candidates.channel):
        digest.update(np.ascontiguousarray(array).tobytes())
    for names in (done.found.handoffs.channels, done.found.candidates.channels):
        digest.update("|".join(names).encode())
    suggestion = as_suggestion(
        own.found,
        own.curve,
        choice,
        suggestion_id=digest.hexdigest()[:16],
        as_of=whole.as_of,
        segment=own.name,
        reasons=" ".join(said),
        settings=done.settings,
        first_run=done.first_run and not own.has_own,
        p_monotone=whole.p_monotone,
    )
    return replace(suggestion, splits_off=not own.follows and not own.has_own)


def _keeping(own: _Judged) -> str | None:
    """What it means that a channel without a threshold of its own is not moved on its own."""
    at, now = own.found.levels.thresholds, own.found.levels.current
    if own.has_own:
        return None
    if own.follows:
        return "Nothing is to be accepted: it moves with all channels."
    return f"Accepted, this keeps {at[now]:g} for it when all channels move to {at[own.with_all]:g}."


def _why(own: _Judged) -> str:
    at = own.found.levels.thresholds
    best, shared = f"{at[own.choice.position]:g}", f"{at[own.with_all]:g}"
    borrowed = "How its rates rise with the score is taken from all channels, their level from its own leads."
    if own.follows and own.has_own:
        return (
            f"{borrowed} It could follow the threshold of all channels ({shared}): its own, {best}, is no "
            "better or less than 3 points away."
        )
    if own.follows:
        return (
            f"{borrowed} It follows the threshold of all channels ({shared}); its own, {best}, would be "
            "no better or less than 3 points away."
        )
    if abs(own.shift) < ALIKE:
        return f"{borrowed} Its scores are mixed otherwise than those of all: {best} suits it, not {shared}."
    level = "better" if own.shift > 0 else "worse"
    return (
        f"{borrowed} Its leads convert {level} than those of other channels with the same score: "
        f"{best} suits it, not {shared}."
    )


def _row(own: _Judged, done: Calibrated, tau: float, *, is_out: bool) -> dict[str, Any]:
    curve, at, split_at = own.curve, own.with_all, _effective(own)
    tail = float(stats.norm.ppf(0.95)) * own.spread
    return {
        "as_of": done.suggestion.as_of.as_unit("us").to_datetime64(),
        "channel": own.name,
        "tau": tau,
        "shift": round(own.shift, 9),
        "shift_low": round(own.shift - tail, 9),
        "shift_high": round(own.shift + tail, 9),
        "global_threshold": float(own.found.levels.thresholds[at]),
        "rate_global": float(curve.rate[at]),
        "rate_global_low": float(curve.low[at]),
        "rate_global_high": float(curve.high[at]),
        "own_threshold": float(own.found.levels.thresholds[own.choice.position]),
        "label": "pooled" if own.follows else "channel",
        "p_in_band_global": float(curve.in_band[at]),
        "p_in_band_own": float(curve.in_band[split_at]),
        "mqls_per_week_global": float(curve.mqls[at]),
        "sqls_per_week_global": float(curve.sqls[at]),
        "mqls_per_week_own": float(curve.mqls[split_at]),
        "sqls_per_week_own": float(curve.sqls[split_at]),
        "handed_off_leads": own.leads,
        "sqls": own.sqls,
        "p_value": own.p_value,
        "out_of_band": own.side if is_out else None,
    }


def in_band_share(rows: tuple[dict[str, Any], ...], which: str) -> float:
    """Share of MQLs a week that come from a channel in band, by the stated chances; which: global or own."""
    mqls = np.array([row[f"mqls_per_week_{which}"] for row in rows])
    chance = np.array([row[f"p_in_band_{which}"] for row in rows])
    return float((mqls * chance).sum() / mqls.sum()) if mqls.sum() > 0 else 0.0


def _answer(rows: tuple[dict[str, Any], ...]) -> str:
    """Does one threshold fit all, and what does not splitting cost."""
    own = [row for row in rows if row["label"] == "channel"]
    at = f"{rows[0]['global_threshold']:g}"
    said = []
    if not own:
        rates = [row["rate_global"] for row in rows]
        said.append(
            f"One threshold fits all {len(rows)} channels: at {at} their expected final rates are "
            f"{percent(min(rates))} to {percent(max(rates))}, and none would gain by one of its own."
        )
    else:
        named = [f"{row['channel']} {row['own_threshold']:g}" for row in own[:NAMED]]
        more = f" and {len(own) - NAMED} more" if len(own) > NAMED else ""
        total = {
            name: sum(row[name] for row in rows)
            for name in (
                "mqls_per_week_global",
                "sqls_per_week_global",
                "mqls_per_week_own",
                "sqls_per_week_own",
            )
        }
        said.append(
            f"One threshold does not fit all channels: {len(own)} of {len(rows)} would do better with their "
            f"own ({', '.join(named)}{more}). Without splitting, at {at}, "
            f"{percent(in_band_share(rows, 'global'))} of MQLs are expected to come from a channel in band, "
            f"with own thresholds {percent(in_band_share(rows, 'own'))}; "
            f"{total['mqls_per_week_global']:.0f} MQLs and {total['sqls_per_week_global']:.1f} SQLs a week "
            f"against {total['mqls_per_week_own']:.0f} and {total['sqls_per_week_own']:.1f}."
        )
    out = [f"{row['channel']} ({row['out_of_band']})" for row in rows if row["out_of_band"]]
    if out:
        more = f" and {len(out) - NAMED} more" if len(out) > NAMED else ""
        said.append(f"Over the whole year surely out of band: {', '.join(out[:NAMED])}{more}.")
    return " ".join(said)

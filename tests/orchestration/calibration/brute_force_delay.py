"""The period product-limit written out as loops: slow, obvious, right on ties and day 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def reached(
    age: Floats, lag: Floats, *, horizon: float, window: float, weights: Floats | None
) -> list[tuple[float, float]]:
    """(day, F) at each day with an event inside the window of the last `window` days."""
    leads = []
    for i in range(len(age)):
        watched_from = max(age[i] - window, 0.0)
        end = min(age[i], horizon)
        event = lag[i] <= end
        until = lag[i] if event else end
        leads.append((watched_from, until, event, 1.0 if weights is None else weights[i]))
    days = sorted({until for start, until, event, _ in leads if event and (until > start or start == 0)})
    survival, curve = 1.0, []
    for day in days:
        at_risk = events = 0.0
        for start, until, event, weight in leads:
            entered = start < day or (start == 0 and day == 0)
            if entered and until >= day:
                at_risk += weight
                events += weight * (event and until == day)
        survival *= 1 - events / at_risk
        curve.append((day, 1 - survival))
    return curve


def shares(age: Floats, lag: Floats, *, horizon: float, window: float, weights: Floats | None) -> Floats:
    curve = reached(age, lag, horizon=horizon, window=window, weights=weights)
    out = []
    for own in age:
        seen = [share for day, share in curve if day <= min(own, horizon)]
        out.append((seen[-1] if seen else 0.0) / curve[-1][1])
    return np.array(out)

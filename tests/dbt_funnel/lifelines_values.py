"""Makes lifelines_values.json: what lifelines says of data without ties, to compare the delay curve with.

lifelines refuses the pandas that Bandpass uses, so it is asked once, in an environment of its own:
    python3.11 -m venv /tmp/ll && /tmp/ll/bin/pip install lifelines==0.30.3
    /tmp/ll/bin/python tests/dbt_funnel/lifelines_values.py
Its Aalen-Johansen estimate moves ties at random and drops events of day 0, so there are neither.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

HORIZON, WINDOW = 1500, 700
FILE = Path(__file__).with_suffix(".json")


def delayed_entries(draw: random.Random) -> list[tuple[int, int | None]]:
    """(age, delay of the conversion): no two of all entry and exit days are the same, so there is no tie."""
    found: list[tuple[int, int | None]] = []
    taken: set[int] = set()
    while len(found) < 250:
        age = draw.randrange(1, HORIZON + WINDOW)
        delay = draw.randrange(1, HORIZON) if draw.random() < 0.6 else None
        if delay is not None and not max(age - WINDOW, 0) < delay < age:
            continue
        ends = delay if delay is not None else min(age, HORIZON)
        days = {max(age - WINDOW, 0), ends} - {0, HORIZON}
        if days & taken or max(age - WINDOW, 0) >= ends:
            continue
        taken |= days
        found.append((age, delay))
    return found


def competing(draw: random.Random) -> list[tuple[int, str]]:
    """(day, outcome) of entrants all older than the horizon: nobody is censored before it."""
    days = draw.sample(range(1, HORIZON), 240)
    return [(day, draw.choice(["sql", "disqualified", "recycled"])) for day in days]


def main() -> None:
    import lifelines
    import pandas as pd

    draw = random.Random(20)
    late = delayed_entries(draw)
    kaplan_meier = lifelines.KaplanMeierFitter().fit(
        [delay if delay is not None else min(age, HORIZON) for age, delay in late],
        [delay is not None for _, delay in late],
        entry=[max(age - WINDOW, 0) for age, _ in late],
        timeline=list(range(HORIZON + 1)),
    )
    outcomes = competing(draw)
    code = {"sql": 1, "disqualified": 2, "recycled": 3}
    aalen_johansen = lifelines.AalenJohansenFitter(calculate_variance=False).fit(
        pd.Series([day for day, _ in outcomes]),
        pd.Series([code[outcome] for _, outcome in outcomes]),
        event_of_interest=1,
    )
    incidence = aalen_johansen.cumulative_density_.iloc[:, 0]
    content = {
        "lifelines": lifelines.__version__,
        "horizon": HORIZON,
        "window": WINDOW,
        "delayed_entries": late,
        "survival": [float(value) for value in kaplan_meier.survival_function_.iloc[:, 0]],
        "competing": outcomes,
        "incidence": [float(incidence[incidence.index <= day].iloc[-1]) for day in range(HORIZON + 1)],
    }
    FILE.write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

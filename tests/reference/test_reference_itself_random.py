"""Properties of the oracle on random lives: late facts, bases, tumbling caps, reasons."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from .episodes import Life, live
from .facts import Lead
from .handmade import activity, dated_activity, dated_stage, history, lead, lost, stage, won, world
from .segments import STAGES

RULES = """
software,fit,industry,eq,Software,20,,,,,
big,fit,employee_count,gte,100,15,,,,2026-03-01,
click,engagement,email_click,,,10,30,2,30,,2026-04-01
click,engagement,email_click,,,12,20,3,14,2026-04-01,
demo,engagement,demo_request,,,40,60,1,30,,
leave,negative,unsubscribe,,,-30,60,,,,
"""
SEEDS = {
    "rules": RULES,
    "thresholds": "global,60,10,15,\nweb,50,10,15,2026-02-15\nweb,,,,2026-05-01",
    "paths": "fast,1,page_visit,2,true,20,,,,,\nfast,2,email_click,1,true,,,,,,",
    "gates": "event,webinar_attended|event_attended,,",
    "exclusions": "rival,rival,company,contains,acme,,",
}
KINDS = ["email_click", "demo_request", "unsubscribe", "page_visit", "event_attended"]


def random_lead(seed: int) -> Lead:
    """A lead of half a year, with date-only and late rows."""
    rng = random.Random(seed)

    def day() -> str:
        return (date(2026, 1, 2) + timedelta(days=rng.randrange(210))).isoformat()

    def occurred_and_known() -> tuple[str, str]:
        happened = date.fromisoformat(day())
        late = timedelta(days=rng.choice([0, 0, 0, rng.randrange(40)]))
        clock = f" {rng.randrange(8, 18):02}:00"
        return happened.isoformat() + clock, (happened + late).isoformat() + clock

    made = lead(
        history("2026-01-01", "2026-03-10", industry=rng.choice(["Software", None]), employee_count=50),
        history("2026-03-10", industry="Software", employee_count=500, company=rng.choice(["Acme", "Other"])),
        *(dated_activity("event_attended", day()) for _ in range(rng.randrange(2))),
        *(dated_stage(rng.choice(STAGES[1:]), day()) for _ in range(rng.randrange(2))),
    )
    for number in range(rng.randrange(25)):
        bot = rng.random() < 0.1
        made.activities.append(activity(rng.choice(KINDS), *occurred_and_known(), bot=bot, name=f"a{number}"))
    for _ in range(rng.randrange(5)):
        made.entries.append(stage(rng.choice(STAGES), *occurred_and_known()))
    for _ in range(rng.randrange(2)):
        made.opportunities.append(rng.choice([lost, won])(*sorted([day(), day()])))
    return made


def known_by(one: Lead, day: date) -> Lead:
    """The lead as the facts stood at the end of a day."""
    end = world(one).calendar.last_microsecond(day)
    opportunities = [o for o in one.opportunities if o.known_at <= end]
    rows = [row for row in one.history if row.valid_from <= end]
    activities = [a for a in one.activities if a.known_at <= end]
    made = lead(*rows, *activities, *(e for e in one.entries if e.known_at <= end))
    for o in opportunities:
        closed = o.closed_known_at is not None and o.closed_known_at <= end
        made.opportunities.append(o if closed else type(o)(o.opportunity_id, o.known_at))
    return made


def lived(one: Lead, basis: str, as_of: date = date(2026, 12, 31)) -> Life:
    return live(world(one, basis=basis, as_of=as_of.isoformat(), **SEEDS), one)


@pytest.mark.parametrize("basis", ["scored", "recorded", "both"])
def test_what_is_learned_later_never_changes_a_decision(basis: str) -> None:
    began = 0
    for seed in range(150):
        one, day = random_lead(seed), date(2026, 1, 2) + timedelta(days=17 * seed % 210)
        whole, early = lived(one, basis), lived(known_by(one, day), basis, day)
        assert early.score_rows == whole.score_rows[: len(early.score_rows)], seed
        starts = [(e.number, e.start.mql, e.start.qualified_by, e.start.scores) for e in early.episodes]
        assert starts == [
            (e.number, e.start.mql, e.start.qualified_by, e.start.scores)
            for e in whole.episodes[: len(starts)]
        ], seed
        assert all(early.earned[key] == whole.earned[key] for key in early.earned), seed
        began += len(starts)
    assert began > 20  # the property is not met by emptiness


def test_segments_meet_without_gaps_and_reasons_sum_to_the_score() -> None:
    for seed in range(150):
        made = lived(random_lead(seed), "both")
        for one, following in zip(made.segments, made.segments[1:], strict=False):
            assert one.ends_at == following.starts_at > one.starts_at
        for row in made.score_rows:
            assert sum(r.points for r in row.scores.reasons) == pytest.approx(row.scores.lead_score)


@pytest.mark.parametrize("basis", ["scored", "recorded", "both"])
def test_episodes_of_a_segment_never_overlap(basis: str) -> None:
    for seed in range(150):
        made = lived(random_lead(seed), basis)
        for one, following in zip(made.episodes, made.episodes[1:], strict=False):
            if one.start.segment == following.start.segment:
                assert not world(lead()).calendar.before(following.start.mql, one.start.mql.plus_days(90))


def test_a_lead_that_begins_an_episode_by_score_was_eligible_then() -> None:
    for seed in range(150):
        made = lived(random_lead(seed), "scored")
        eligible = {row.scored_at for row in made.score_rows if row.is_eligible}
        assert {episode.start.mql.at for episode in made.episodes} <= eligible

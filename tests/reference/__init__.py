"""A second, independent implementation of the semantics, in plain Python: the oracle for the dbt models.

`moments` time · `seeds` `facts` what goes in · `conditions` one condition · `segments` resets and stages ·
`scores` points and scores · `eligibility` blocks, thresholds, gates, paths · `episodes` decisions, outcomes ·
`compare` the published file against all of it (`python -m tests.reference.compare WORKSPACE`).

Choices made where semantics.md leaves room (the most literal reading each time):

Time
 1. A date-only value is compared by reporting-zone day only where stage times, activity times, mql_at and
    times derived from them (mql_at + H, t - within_days) meet; `known_at <= t` is always a comparison of
    instants.
 2. "Decay counts from 00:00 of the day" is the stored value, 00:00 UTC of the date, in every zone: the
    formula's own t - occurred_at.
 3. H, cool-down and within_days are multiples of 24 h, never local days. Added to a date-only value they
    give a date-only value.
 4. A date-only mql_at expires when the day mql_at + H is before the as-of day (same day: still open), but
    the lead is eligible again from that same day on ("not less than H ago").
Conditions
 5. Attributes are trimmed of all white space; the rule's own text too (a regex only as a CSV cell).
    Contains and regex see a number as its text. ne holds only where both sides can be cast.
 6. A value that can't be cast to a number fails gte/lte, but not_null still holds for it (nothing is cast
    there).
 7. A blank rule value makes every operator but is_null and not_null false.
Activities and caps
 8. A cap counts all earlier non-bot activities of the rule_id in the window, also those that were capped.
    Where versions have different windows, the version in force for the activity being judged sets the
    window.
 9. An activity's segment is the one that holds its known_at; the rule is looked up by its own day.
10. rule_id is filled for bots as well (the rule in force), points 0.
Scores
11. min_fit and min_engagement come from the same row as the threshold. effective_from decides alone,
    accepted_at plays no part. Segment and channel names must be equal to the letter. No row at all: nobody
    qualifies by score.
12. scoring_version looks at the rules of every kind and ignores valid_to.
13. Attributes are null before the first history row, so is_null rules hold there.
14. reasons hold no entries for capped activities, bots or other zeros (the comparison ignores zeros
    anyway).
Stages and segments
15. Order of stage entries for "current stage" and "next entry" = known_at, entered_at, then the one left
    first (exited_at, null last), then lead, mql, sql, opportunity, customer, disqualified, recycled. So an
    entry known later ends an earlier one, even if it was entered earlier.
16. Inferred entries count like others everywhere, except that an inferred mql is never a recorded MQL.
17. "Re-opened (any next stage entry)": the next entry of another stage; disqualified after disqualified is
    none.
18. Every recycled entry is a reset, also twice in a row. Every lost opportunity is one, even while another
    is open or won.
19. Segment 1 starts at the least of created_at and the first known_at / valid_from among activities,
    history, stage entries and opportunities. A reset at that very instant cuts nothing (no empty segments,
    no cool-down).
20. Customer: newest known entry is `customer`, or any won opportunity is known (then for good).
21. A re-opened opportunity is seen only as fct_opportunities shows it at the as-of: one row, its last
    state.
Eligibility
22. "Closed" for an open opportunity is from closed_known_at on; "created" from known_at on.
23. An exclusion holds if all rows of its id that are in force hold, and at least one is in force.
24. is_eligible of the instant at which an episode begins is true: an episode blocks only later instants.
25. "Has an outcome known at t" uses the full outcome rule, the late sql after H included, on rows known at
    t.
Paths
26. Ordered: each step uses the earliest possible activities (occurred_at, activity_id); the first step's
    may be as old as within_days allows; same day counts as "at or after" where one of the two is date-only.
    Minimums of every row of the path must hold, with the same tolerance of 1e-9 as the score.
27. Unordered steps may share activities. Paths stand in text order of path_id.
Recorded and both
28. A recorded MQL belongs to the half-open segment of its known_at (an entry that is itself the reset
    starts in the new segment, though as an outcome it lies in both).
29. Its scores, exclusion, threshold and version are those at the instant entered_at (date-only: 00:00 UTC),
    in the segment in force at that instant.
30. The "one-open-episode rule" is the whole clause of eligibility: began less than H ago or has an outcome
    known at mql_at. A mark with mql_at before the previous episode's + H is blocked, also one from before
    that episode.
31. Episodes are decided in the order in which things become known (recorded: known_at; scored: the
    instant); so for `both` the earlier one is the earlier decided, and at one instant the earlier mql_at,
    scored at a tie (same day where date-only). A mark that becomes known late never replaces a scored
    episode that had begun.
32. After expiry both bases may start another episode of the segment; `both` then takes the earlier again.
33. A vendor is any source other than bandpass, scored, score, rules. `mapped` is a vendor.
Outcomes
34. "First": no other entry is before it; among the rest sql, disqualified, recycled, then stored time.
35. outcome_at is the stored entered_at, so a date-only one may be numerically before mql_at.
36. sql_at, disqualified_at, recycled_at: the first of the segment from mql_at on, with no upper end (also
    beyond H and beyond the next episode). A bypass takes the earliest sql of the segment before mql_at.
37. "Its next episode" is the next one of the same segment.
38. Episode numbers follow the order of decision.
Recorded scores (score_basis)
39. The published scores are the only published trace of what a vendor recorded, so they are taken as facts:
    each instant at which they differ from the one before is when another score became known. That makes it a
    scoring instant, although the list of instants in semantics.md has none of the kind.
40. "Minimums off": those of thresholds and of paths. Fit and engagement stay what the rules give,
    scoring_version too; the one reason is `recorded`.
Out of scope: hand-offs, rates; first or last touch is whatever
dim_lead_history.channel holds.
"""

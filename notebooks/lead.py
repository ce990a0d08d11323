import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="One lead's score, explained")


@app.cell
def _():
    import altair as alt
    import duckdb
    import marimo as mo

    return alt, duckdb, mo


@app.cell
def _(mo):
    # Another file: marimo edit notebooks/lead.py -- --published <path>. It is opened read-only: nothing here can change it, and no run waits for it.
    published = mo.cli_args().get("published") or str(mo.notebook_dir().parent / "workspace" / "published" / "bandpass.duckdb")
    return (published,)


@app.cell
def _(duckdb, mo, published):
    marts = duckdb.connect(published, read_only=True)
    as_of = marts.execute("select as_of from marts.mart_publication").fetchone()[0]
    # To begin with: of the leads that are MQL now the one with the highest score.
    _first = marts.execute("""
        select lead_id from marts.dim_leads where lead_score is not null order by is_mql desc, lead_score desc, lead_id limit 1
    """).fetchone()
    mo.stop(_first is None, mo.md("No lead has a score."))
    lead_id = mo.ui.text(value=_first[0], label="lead_id", full_width=True)
    lead_id
    return as_of, lead_id, marts


@app.cell
def _(as_of, lead_id, marts, mo):
    _found = marts.execute(
        """
        select fit_score, engagement_score, lead_score, lifecycle_stage, channel, created_at, score_is_as_of_export
        from marts.dim_leads where lead_id = $lead
        """,
        {"lead": lead_id.value},
    ).df()
    mo.stop(_found.empty, mo.md(f"No lead `{lead_id.value}`; older ids: `marts.lead_aliases`."))
    lead = _found.iloc[0]
    mo.md(f"""
    # {lead.lead_score:.1f} points at the end of {as_of}

    {lead.fit_score:.1f} for who the lead is (fit) and {lead.engagement_score:.1f} for what it did (engagement), which fades with time.
    Stage **{lead.lifecycle_stage}**, came on {lead.created_at:%Y-%m-%d} by {lead.channel}.
    {"Basis: the score the source system exported; its parts are not known." if lead.score_is_as_of_export else "Basis: the rules in force (`seeds/scoring_rules.csv`)."}
    """)
    return (lead,)


@app.cell
def _(lead_id, marts):
    reasons = marts.execute(
        """
        select
            rule_id,
            if(min(occurred_at) is null, 'fit: who it is', 'engagement: what it did') as kind,
            count(occurred_at) as activities, max(occurred_at) as newest, sum(points) as points
        from marts.fct_lead_reasons where lead_id = $lead
        group by rule_id
        order by points desc, rule_id
        """,
        {"lead": lead_id.value},
    ).df()
    return (reasons,)


@app.cell
def _(alt, as_of, lead, reasons):
    _kinds = ["fit: who it is", "engagement: what it did"]
    reasons_chart = (
        alt.Chart(
            reasons,
            title=alt.Title(
                "What the score is made of",
                subtitle=f"Basis: points as faded by the end of {as_of}; n = {reasons.activities.sum()} activities, "
                f"{len(reasons)} rules. They sum to {reasons.points.sum():.1f} of {lead.lead_score:.1f} points",
            ),
        )
        .mark_bar()
        .encode(
            x=alt.X("points", title="Points"),
            y=alt.Y("rule_id", title="Rule", sort=None),
            color=alt.Color("kind", title="For", scale=alt.Scale(domain=_kinds, range=["#0072B2", "#E69F00"])),
            tooltip=["rule_id", "kind", "activities", "newest:T", alt.Tooltip("points", format=".1f")],
        )
        .properties(width=560)
    )
    reasons_chart
    return


@app.cell
def _(lead_id, marts):
    scores = marts.execute(
        "select scored_at, fit_score, engagement_score, lead_score, threshold from marts.fct_lead_scores where lead_id = $lead order by scored_at",
        {"lead": lead_id.value},
    ).df()
    episodes = marts.execute(
        """
        select mql_at, qualified_by, score_at_mql, threshold_at_mql, outcome, outcome_at
        from marts.fct_mql_episodes where lead_id = $lead order by mql_at
        """,
        {"lead": lead_id.value},
    ).df()
    return episodes, scores


@app.cell
def _(alt, episodes, scores):
    _time = alt.X("scored_at:T", title="Time (UTC)", axis=alt.Axis(format="%d %b %Y", labelOverlap=True))
    _score = alt.Chart(scores).encode(x=_time, y=alt.Y("lead_score", title="Lead score (points)"))
    score_chart = (
        alt.layer(
            _score.mark_line(color="#0072B2", strokeWidth=1),
            _score.mark_point(color="#0072B2", filled=True).encode(
                tooltip=["scored_at:T", *(alt.Tooltip(name, format=".1f") for name in ("lead_score", "fit_score", "engagement_score", "threshold"))]
            ),
            alt.Chart(scores).mark_line(color="#000000", strokeDash=[5, 3], interpolate="step-after").encode(x=_time, y="threshold"),
            alt.Chart(episodes).mark_rule(color="#D55E00").encode(x="mql_at:T", tooltip=["mql_at:T", "qualified_by", "outcome"]),
        )
        .properties(
            title=alt.Title(
                "The score when something happened",
                subtitle=f"Basis: scored at each activity or change, before it fades; n = {len(scores)} scores. "
                f"Dashed: threshold. Upright: became MQL ({len(episodes)})",
            ),
            width=640,
            height=240,
        )
    )
    score_chart
    return


@app.cell
def _(episodes, mo):
    mo.vstack([mo.md("## MQL episodes: why, and what became of them (open = may still change)"), mo.ui.table(episodes, selection=None)])
    return


if __name__ == "__main__":
    app.run()

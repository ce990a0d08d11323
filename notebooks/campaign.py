import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="A campaign")


@app.cell
def _():
    import altair as alt
    import duckdb
    import marimo as mo

    return alt, duckdb, mo


@app.cell
def _(mo):
    # Another file: marimo edit notebooks/campaign.py -- --published <path>. It is opened read-only: nothing here can change it, and no run waits for it.
    published = mo.cli_args().get("published") or str(mo.notebook_dir().parent / "workspace" / "published" / "bandpass.duckdb")
    return (published,)


@app.cell
def _(duckdb, mo, published):
    marts = duckdb.connect(published, read_only=True)
    as_of = marts.execute("select as_of from marts.mart_publication").fetchone()[0]
    # One row a campaign, whatever names and channels it had; those with most MQLs first.
    campaigns = marts.execute("""
        select * from marts.mart_campaign_performance
        where channel = '(all)' and campaign_id not in ('(all)', '(none)', '(undivided)')
        order by mqls desc, leads desc, campaign_id
    """).df()
    mo.stop(campaigns.empty, mo.md("No campaigns."))
    campaign_id = mo.ui.dropdown(options=campaigns.campaign_id.tolist(), value=campaigns.campaign_id[0], label="Campaign")
    campaign_id
    return as_of, campaign_id, campaigns, marts


@app.cell
def _(as_of, campaign_id, campaigns, mo):
    campaign = campaigns.set_index("campaign_id").loc[campaign_id.value]

    def money(name):
        return "unknown" if campaign.isna()[name] else f"{campaign[name]:,.0f}"

    mo.md(f"""
    # {campaign.campaign_name}

    Of the leads that came by it, so far (basis: cohort of its {campaign.leads} leads, as known on {as_of}; {campaign.open_mqls} MQLs and {money("open_amount")} of
    pipeline are still open, so counts rise and costs fall):

    | members | responses | leads | MQLs | SQLs | opportunities | customers | won |
    |---|---|---|---|---|---|---|---|
    | {campaign.members} | {campaign.responses} | {campaign.leads} | {campaign.mqls} | {campaign.sqls} | {campaign.opportunities} | {campaign.customers} | {money("won_amount")} |

    Cost {money("cost")}: {money("cost_per_mql")} per MQL (n = {campaign.mqls}), {money("cost_per_sql")} per SQL (n = {campaign.sqls}), {money("cost_per_customer")} per
    customer (n = {campaign.customers}). ROI so far: {"unknown" if campaign.isna().roi else f"{campaign.roi:+.2f}"}.
    """)
    return


@app.cell
def _(campaign_id, marts):
    # Rates to compare campaigns by: a small campaign's own rate says little, so it is pulled towards its channel's.
    rates = marts.execute(
        """
        with rows as (
            select *, if(campaign_id = '(all)', 'all ' || channel, 'the campaign in ' || channel) as whom
            from marts.mart_small_campaigns
            where step = 'mql_to_sql' and campaign_id in ($campaign, '(all)')
                -- Its leads may have several channels: the one that most of its MQLs have.
                and channel = (
                    select arg_max(channel, (entered, channel)) from marts.mart_small_campaigns
                    where step = 'mql_to_sql' and campaign_id = $campaign
                )
        )
        select
            whom, basis, entered, converted, completeness, differs_from_channel, direction, reason,
            estimate, if(estimate = 'own counts', rate_expected, rate_shrunken) as rate,
            if(estimate = 'own counts', expected_low, shrunken_low) as low, if(estimate = 'own counts', expected_high, shrunken_high) as high
        from rows cross join (values ('own counts'), ('pulled')) as estimates (estimate)
        order by whom desc, estimate
        """,
        {"campaign": campaign_id.value},
    ).df()
    return (rates,)


@app.cell
def _(alt, as_of, mo, rates):
    mo.stop(rates.empty, mo.md("None of its leads is an MQL yet."))
    _said = rates.drop_duplicates("whom").dropna(subset=["differs_from_channel"])
    _verdicts = [
        f"{row.whom}: {row.direction if row.differs_from_channel else 'can not be told apart from'} the rest of its channel"
        for row in _said.itertuples()
    ]
    _base = alt.Chart(rates.dropna(subset=["rate"])).encode(
        y=alt.Y("whom", title="MQLs", sort=None),
        yOffset="estimate",
        color=alt.Color("estimate", title="Estimate", scale=alt.Scale(domain=["own counts", "pulled"], range=["#0072B2", "#D55E00"])),
    )
    rate_chart = (
        _base.mark_rule().encode(x=alt.X("low", title="Expected to be accepted by sales (% of MQLs)", axis=alt.Axis(format="%")), x2="high")
        + _base.mark_point(filled=True, size=60, opacity=1).encode(
            x="rate",
            shape=alt.Shape("estimate", title="Estimate", scale=alt.Scale(domain=["own counts", "pulled"], range=["circle", "triangle"])),
            tooltip=["whom", "estimate", "entered", "converted", alt.Tooltip("rate", format=".1%"), alt.Tooltip("completeness", format=".0%"), "reason"],
        )
    ).properties(
        title=alt.Title(
            "MQL → SQL of the campaign and its channel",
            subtitle=[
                f"Basis: {rates.basis[0]}, as of {as_of}; range 90 %",
                "n = " + ", ".join(f"{row.converted} of {row.entered} ({row.whom})" for row in rates.drop_duplicates("whom").itertuples()),
                *_verdicts,
            ],
        ),
        width=560,
        height=140,
    )
    rate_chart
    return (rate_chart,)


@app.cell
def _(campaign_id, marts):
    credits = marts.execute(
        """
        select
            model, conversion || ' (of ' || sum(credit)::int || ')' as conversions, sum(credit) filter (where campaign_id = $campaign) as credit
        from marts.mart_attribution where conversion in ('mql', 'sql', 'customer')
        group by model, conversion order by conversion, model
        """,
        {"campaign": campaign_id.value},
    ).df()
    return (credits,)


@app.cell
def _(alt, as_of, credits):
    attribution_chart = (
        alt.Chart(credits)
        .mark_bar(color="#0072B2")
        .encode(
            x=alt.X("credit", title="Credited conversions"),
            y=alt.Y("model", title="Attribution model"),
            tooltip=["model", "conversions", alt.Tooltip("credit", format=".1f")],
        )
        .properties(width=170, height=130)
        .facet(column=alt.Column("conversions", title=None))
        .resolve_scale(x="independent")
        .properties(
            title=alt.Title(
                "What the campaign had a part in, by seven models",
                subtitle=f"Basis: period, n = all conversions up to {as_of}, touches of 90 days; what was there, not what caused it",
            )
        )
    )
    attribution_chart
    return


if __name__ == "__main__":
    app.run()

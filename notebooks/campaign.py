import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="A campaign")


@app.cell
def _():
    import altair as alt
    import duckdb
    import marimo as mo
    from statsmodels.stats.proportion import proportion_confint

    return alt, duckdb, mo, proportion_confint


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
def _(campaign_id, marts, proportion_confint):
    # Final weeks only, beside its channel and all: a young week is not comparable. The interval says what n allows.
    rates = marts.execute(
        """
        with rows as (
            select
                case when campaign_id = $campaign then 'this campaign' when channel = '(all)' then 'all' else 'its channel' end as whom,
                entered, converted_within_horizon
            from marts.mart_conversion_weekly
            where step = 'mql_to_sql' and is_matured and (
                (campaign_id = $campaign and channel = '(all)')
                or (campaign_id = '(all)' and channel in ('(all)', (
                    select arg_max(channel, (leads, channel)) from marts.mart_campaign_performance where campaign_id = $campaign and channel <> '(all)'
                )))
            )
        )
        select whom, sum(entered)::int as mqls, sum(converted_within_horizon)::int as sqls, sqls / mqls as rate from rows group by whom order by mqls
        """,
        {"campaign": campaign_id.value},
    ).df()
    rates["low"], rates["high"] = proportion_confint(rates.sqls, rates.mqls, alpha=0.1, method="wilson")
    return (rates,)


@app.cell
def _(alt, rates):
    _base = alt.Chart(rates).encode(y=alt.Y("whom", title="MQLs of", sort=None))
    rate_chart = (
        _base.mark_rule(color="#0072B2").encode(
            x=alt.X("low", title="Accepted by sales (% of MQLs)", axis=alt.Axis(format="%")), x2="high"
        )
        + _base.mark_point(color="#0072B2", filled=True, size=60).encode(
            x="rate", tooltip=["whom", "mqls", "sqls", alt.Tooltip("rate", format=".1%")]
        )
    ).properties(
        title=alt.Title(
            "MQL → SQL of the campaign, its channel and all",
            subtitle="Basis: cohort, final weeks only; range 90 % (Wilson). n = "
            + ", ".join(f"{row.sqls} of {row.mqls} ({row.whom})" for row in rates.itertuples()),
        ),
        width=560,
        height=110,
    )
    rate_chart
    return


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

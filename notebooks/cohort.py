import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="A cohort of MQLs")


@app.cell
def _():
    import altair as alt
    import duckdb
    import marimo as mo
    from statsmodels.stats.proportion import proportion_confint

    return alt, duckdb, mo, proportion_confint


@app.cell
def _(mo):
    # Another file: marimo edit notebooks/cohort.py -- --published <path>. It is opened read-only: nothing here can change it, and no run waits for it.
    published = mo.cli_args().get("published") or str(mo.notebook_dir().parent / "workspace" / "published" / "bandpass.duckdb")
    return (published,)


@app.cell
def _(duckdb, published):
    marts = duckdb.connect(published, read_only=True)
    as_of = marts.execute("select as_of from marts.mart_publication").fetchone()[0]
    return as_of, marts


@app.cell
def _(as_of, mo):
    mo.md(f"""
    # A cohort of MQLs

    Which share of the MQLs of a week sales accepts (MQL → SQL), as known on {as_of}. A week is **final** when the horizon of all its MQLs is over; a younger
    one has its rate **so far**, which still rises, and an **expected** final rate where enough is known of how long SQLs take.
    """)
    return


@app.cell
def _(marts, mo, proportion_confint):
    weeks = marts.execute("""
        select
            cohort_week, entered as mqls, converted as sqls_so_far, converted_within_horizon as sqls_within_horizon, rate_to_date, horizon_days,
            if(is_matured, 'final', 'expected') as basis,
            if(is_matured, rate_matured, rate_projected) as rate,
            if(is_matured, 1, completeness) as completeness,
            projected_low as low, projected_high as high,
            no_projection_reason as why_no_rate
        from marts.mart_conversion_weekly
        where step = 'mql_to_sql' and channel = '(all)' and campaign_id = '(all)'
        order by cohort_week
    """).df()
    mo.stop(weeks.empty, mo.md("No MQLs yet."))
    # The mart's range is that of the expected rate; a final rate has its own.
    _final = weeks.basis == "final"
    _low, _high = proportion_confint(weeks.sqls_within_horizon, weeks.mqls, alpha=0.1, method="wilson")
    weeks["low"], weeks["high"] = weeks.low.mask(_final, _low), weeks.high.mask(_final, _high)
    return (weeks,)


@app.cell
def _(alt, as_of, weeks):
    _shown = alt.Chart(weeks.dropna(subset=["rate"])).encode(
        x=alt.X("cohort_week:T", title="Week of the MQL (Monday)", axis=alt.Axis(format="%d %b %Y", labelOverlap=True)),
        color=alt.Color("basis", title="Basis", scale=alt.Scale(domain=["final", "expected"], range=["#0072B2", "#D55E00"])),
    )
    _unknown = weeks[weeks.rate.isna()].why_no_rate.value_counts().to_dict()
    weekly_chart = (
        _shown.mark_rule(opacity=0.4).encode(
            y=alt.Y("low", title="Accepted by sales (% of MQLs)", axis=alt.Axis(format="%")), y2="high"
        )
        + _shown.mark_point(filled=True, opacity=1).encode(
            y="rate",
            size=alt.Size("mqls", title="n (MQLs)"),
            shape=alt.Shape("basis", title="Basis", scale=alt.Scale(domain=["final", "expected"], range=["circle", "triangle"])),
            tooltip=["cohort_week:T", "basis", "mqls", "sqls_so_far", alt.Tooltip("rate", format=".1%"), alt.Tooltip("completeness", format=".0%")],
        )
    ).properties(
        title=alt.Title(
            "MQL → SQL by week of the MQL",
            subtitle=[
                f"Basis: cohort, final or expected final rate as of {as_of}; range 90 %. n = {weeks.mqls.sum()} MQLs, {weeks.sqls_so_far.sum()} SQLs so far",
                *(f"Not shown: {count} younger weeks ({reason})" for reason, count in _unknown.items()),
            ],
        ),
        width=640,
        height=260,
    )
    weekly_chart
    return


@app.cell
def _(mo, weeks):
    _final = weeks[weeks.basis == "final"].nlargest(1, "mqls") if (weeks.basis == "final").any() else weeks.nlargest(1, "mqls")
    cohort_week = mo.ui.dropdown(
        options=[str(week.date()) for week in weeks.cohort_week], value=str(_final.cohort_week.iloc[0].date()), label="Cohort (week of the MQL)"
    )
    cohort_week
    return (cohort_week,)


@app.cell
def _(cohort_week, marts):
    # When the SQLs came: of this week's MQLs, and of those of the other final weeks for comparison.
    lags = marts.execute(
        """
        with mqls as (
            select
                if(e.mql_week = $week, 'this week', 'other final weeks') as cohort,
                w.horizon_days,
                if(e.outcome = 'sql', greatest(e.sql_at::date - e.mql_at::date, 0), null) as days_to_sql
            from marts.fct_mql_episodes as e
            inner join marts.mart_conversion_weekly as w
                on e.mql_week = w.cohort_week and w.step = 'mql_to_sql' and w.channel = '(all)' and w.campaign_id = '(all)'
            where e.mql_week = $week or w.is_matured
        )
        select
            cohort, days, count(*) as mqls, count(*) filter (where days_to_sql <= days) as sqls,
            count(*) filter (where days_to_sql <= days) / count(*) as rate
        from mqls, range(horizon_days + 1) as ages (days)
        group by cohort, days
        order by cohort, days
        """,
        {"week": cohort_week.value},
    ).df()
    return (lags,)


@app.cell
def _(alt, as_of, cohort_week, lags, weeks):
    _row = weeks[weeks.cohort_week == cohort_week.value].iloc[0]
    _age = (as_of - _row.cohort_week.date()).days - 6
    _known = lags[(lags.cohort == "other final weeks") | (lags.days <= _age)]
    _n = lags[lags.days == 0].set_index("cohort").mqls.to_dict()
    lag_chart = (
        alt.Chart(
            _known,
            title=alt.Title(
                f"How fast sales accepted the MQLs of {cohort_week.value}",
                subtitle=f"Basis: cohort ({_row.basis}), whole days (UTC), to a horizon of {_row.horizon_days} days. n = "
                + ", ".join(f"{count} MQLs of {name}" for name, count in _n.items()),
            ),
        )
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("days", title="Days since the MQL"),
            y=alt.Y("rate", title="Accepted by then (% of MQLs)", axis=alt.Axis(format="%")),
            color=alt.Color("cohort", title="MQLs", scale=alt.Scale(domain=["this week", "other final weeks"], range=["#D55E00", "#0072B2"])),
            strokeDash=alt.StrokeDash("cohort", title="MQLs", scale=alt.Scale(domain=["this week", "other final weeks"], range=[[1, 0], [5, 3]])),
            tooltip=["cohort", "days", "sqls", "mqls", alt.Tooltip("rate", format=".1%")],
        )
        .properties(width=640, height=260)
    )
    lag_chart
    return


@app.cell
def _(mo, weeks):
    mo.ui.table(weeks.sort_values("cohort_week", ascending=False), page_size=12, selection=None)
    return


if __name__ == "__main__":
    app.run()

"""The steps of the main job, each a plain function of the run's session; Dagster only orders them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from orchestration.asof import choose_as_of
from orchestration.basis import decided_basis, with_basis
from orchestration.carry import carries, left_behind
from orchestration.dbt import build_arguments, build_failure, dbt_environment, project_folder, read_results
from orchestration.errors import DataError
from orchestration.files import PUBLISHED_MODE, sql_text, write_in_place
from orchestration.handoff import handoff_csv
from orchestration.publish import (
    Publication,
    copy_marts,
    create_marts,
    keep_only_raw,
    note_publication,
    publish,
)
from orchestration.quarantine import REFUSED_FILE, too_much_refused, write_quarantine, write_refused
from orchestration.records import describe_error
from orchestration.restatement.guard import Guarded, check_past, log_restatements, note_restatements
from orchestration.restatement.settings import deciding
from orchestration.session import RunSession, connected
from orchestration.settings import load_settings
from orchestration.unchanged import run_fingerprint
from orchestration.workspace import SETTINGS_FILE, settings_file

CALIBRATION_CHECKS = {
    "rates_are_shares": "Every rate is finite and between 0 and 1.",
    "volumes_are_counts": "Weekly volumes are not negative, and there are no more SQLs than MQLs.",
    "intervals_hold_their_rate": "Every rate lies inside its interval.",
    "keys_are_unique": "One row per as-of, segment and threshold; one suggestion per suggestion_id.",
    "suggestions_agree_with_curve": "The newest suggestion says what the curve says at its thresholds.",
    "channels_agree_with_suggestions": "Rates and chances of channels are shares, each with its suggestion.",
}
SMALL_CAMPAIGN_CHECKS = {
    "campaigns_are_unique": "One row per step, channel and campaign.",
    "campaign_rates_are_shares": "Every rate lies inside its interval, and that between 0 and 1.",
    "channels_are_the_sum_of_their_campaigns": "Campaigns add up to their channel.",
    "differences_have_a_direction": "A campaign that differs is above or below its channel.",
}
FORECAST_CHECKS = {
    "forecasts_are_unique": "One row per day of the forecast, measure and week.",
    "forecasts_have_ordered_intervals": "Intervals are ordered and not negative, or a reason is given.",
    "forecast_parts_add_up": "Open episodes, new ones and the rest add up to what is expected.",
    "past_forecasts_are_judged": "Weeks that are over say what came and whether the forecast held.",
}
ESTIMATE_CHECKS = {"mart_small_campaigns": SMALL_CAMPAIGN_CHECKS, "mart_forecast": FORECAST_CHECKS}
PAST_FORECASTS_HELD = "past_forecasts_held"
WATCH_CHECKS = {
    "rate_left_band": "The expected final rate has not left the band since the threshold began.",
    "delays_changed": "SQLs take about as long as in the quarter before.",
}
PROGRESS_EVERY = 50

if TYPE_CHECKING:
    from orchestration.invocation import Invocation

logger = logging.getLogger("bandpass")


def load_extracts(session: RunSession) -> dict[str, int]:
    """Load what is new, settle the as-of day; returns the number of rows of each raw table."""
    from orchestration.loading import load, record_time_range

    request, settings = session.request, session.settings
    with connected(session.warehouse) as warehouse:
        result = load(
            request.extracts, warehouse, settings=settings, mapping=request.mapping, progress=logger.info
        )
        session.note_files(result.files)
        refuse_unrecognised(session)
        refuse_too_many(session, warehouse, result.load)
        day = choose_as_of(request.as_of, result.as_of, record_time_range(warehouse), settings.zone)
        session.set_as_of(day)
        session.guarded = check_past(session)
        rows = warehouse.execute(
            "select table_name, estimated_size from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
    if request.full_refresh or session.record.is_old_as_of:
        keep_only_raw(session.warehouse)
    session.carries = carries(session)
    if session.carries:
        copy_marts(session.workspace.marts(), session.marts)
    else:
        create_marts(session.marts)
    return dict(rows)


def refuse_unrecognised(session: RunSession) -> None:
    """Stop when there is no file at all that Bandpass knows how to read."""
    files = session.record.files
    if not any(file["vendor"] for file in files):
        names = ", ".join(file["path"] for file in files[:3])
        raise DataError(
            f"None of the {len(files)} file(s) was recognised as an extract: {names}",
            where=str(session.request.extracts),
            fix="check the folder, or describe the files in a mapping and give it with --mapping.",
        )


def refuse_too_many(session: RunSession, warehouse: DuckDBPyConnection, load: int | None) -> None:
    """Stop when too much of what was read now can't be used; the reasons stay readable."""
    totals = session.record.totals
    limit = session.settings.max_quarantined_share
    folder = session.workspace.quarantine
    problem = too_much_refused(totals["records"], totals["quarantined"], limit, folder / REFUSED_FILE)
    if problem is not None:
        write_refused(warehouse, load, folder)
        raise problem


def build_models(session: RunSession) -> Invocation:
    """The one dbt invocation of a run: build and test all models."""
    from orchestration.invocation import invoke

    def tell(done: int, total: int) -> None:
        if done % PROGRESS_EVERY == 0:
            logger.info("%d of %d seeds, models and tests done", done, total)

    return invoke(
        build_arguments(session.settings, session.day(), carry=session.carries),
        project=project_folder(),
        seeds=session.dbt_seeds,
        variables=dbt_environment(
            warehouse=session.warehouse,
            marts=session.marts,
            seeds=session.dbt_seeds,
            target=session.dbt_target,
        ),
        on_result=tell,
    )


def note_build(session: RunSession, done: Invocation) -> None:
    """Write down what was built; where something failed keep dbt's log and say in plain words what."""
    log = session.workspace.logs / f"dbt-{session.record.run_id}.log"
    if not done.success:
        session.keep_dbt_log(log)
        raise build_failure(read_results(session.dbt_target, session.warehouse), log)
    result = read_results(session.dbt_target)
    if result is not None:
        session.record.built = {
            "models_and_seeds": result.built,
            "tests_passed": result.passed,
            "tests_warned": list(result.warned),
            "seconds": round(result.seconds, 2),
        }
        logger.info("%d models and seeds built, %d tests passed", result.built, result.passed)
        for name in result.warned:
            logger.warning("Test %s warns", name)


def note_leads_computed(session: RunSession) -> None:
    """How many leads had to be computed; the others are carried from the build before."""
    with connected(session.warehouse, read_only=True) as warehouse:
        row = warehouse.execute(
            """
            select (select count(*) from intermediate.int_changed_leads), count(*)
            from intermediate.int_lead_fingerprints
            """
        ).fetchone()
    if row:
        session.record.leads = {"computed": row[0], "known": row[1]}
        logger.info("%d leads computed, of %d", *row)


def settle_basis(session: RunSession) -> None:
    """From here on the run's settings say which MQLs count, even where the file says `auto`."""
    if session.settings.mql_basis == "auto":
        with connected(session.warehouse, read_only=True) as warehouse:
            basis = decided_basis(warehouse)
        session.settings = session.settings.model_copy(update={"mql_basis": basis})
    session.record.mql_basis = session.settings.mql_basis
    session.record.settings_hash = session.settings.digest()


def note_what_is_frozen(session: RunSession) -> None:
    """Write into the marts what they were decided by, and what this run restates."""
    note_restatements(session, guarded(session))


def guarded(session: RunSession) -> Guarded:
    """What the guard found when the extracts were loaded."""
    session.day()
    if session.guarded is None:
        raise RuntimeError("the guard looks at the seeds as soon as the as-of day is settled")
    return session.guarded


def calibrate_thresholds(session: RunSession) -> dict[str, int]:
    """Write the calibration's tables; returns the number of rows of each."""
    from orchestration.calibration.job import calibrate

    with connected(session.marts) as marts:
        found = calibrate(
            marts, as_of_day=session.day(), settings=session.settings, decisions=session.workspace.decisions
        )
        session.record.suggestions = [suggestion.suggestion_id for suggestion in found]
        return {
            "mart_threshold_curve": _count(marts, "mart_threshold_curve"),
            "mart_threshold_channels": _count(marts, "mart_threshold_channels"),
            "mart_threshold_suggestions": _count(marts, "mart_threshold_suggestions"),
        }


def check_calibration(session: RunSession) -> dict[str, list[str]]:
    """What each check of the calibration's tables has found; empty lists where all is well."""
    from orchestration.calibration import checks

    with connected(session.marts, read_only=True) as marts:
        curve = marts.execute("select * from marts.mart_threshold_curve").df()
        suggestions = marts.execute("select * from marts.mart_threshold_suggestions").df()
        channels = marts.execute("select * from marts.mart_threshold_channels").df()
    return {
        "rates_are_shares": checks.rates_are_shares(curve),
        "volumes_are_counts": checks.volumes_are_counts(curve),
        "intervals_hold_their_rate": checks.intervals_hold_their_rate(curve),
        "keys_are_unique": checks.keys_are_unique(curve, suggestions),
        "suggestions_agree_with_curve": checks.suggestions_agree_with_curve(curve, suggestions),
        "channels_agree_with_suggestions": checks.channels_agree_with_suggestions(channels, suggestions),
    }


def watch_calibration(session: RunSession) -> dict[str, int]:
    """Write the weekly alarms and what suggestions promised against what came; rows of each table."""
    from orchestration.alarms.job import write_watch

    with connected(session.marts) as marts:
        return write_watch(
            marts, as_of_day=session.day(), settings=session.settings, decisions=session.workspace.decisions
        )


def read_alarms(session: RunSession) -> dict[str, dict[str, Any]]:
    """The row of each alarm; those that are raised are said in the log."""
    with connected(session.marts, read_only=True) as marts:
        rows = marts.execute("select * from marts.mart_calibration_alarms").df()
    found = {str(row["alarm"]): row for row in rows.astype(object).to_dict("records")}
    for row in found.values():
        if row["state"] == "alarm":
            logger.warning("Alarm since %s: %s", row["since"].date(), row["reason"])
    return found


def estimate(session: RunSession) -> dict[str, int]:
    """Write the forecast and the rates of small campaigns; returns the number of rows of each."""
    from orchestration.forecast.job import write_forecast
    from orchestration.shrinkage.job import write_small_campaigns

    with connected(session.marts) as marts:
        marts.execute(f"attach {sql_text(session.warehouse)} as warehouse (read_only)")
        return {
            "mart_small_campaigns": write_small_campaigns(
                marts, as_of=session.day(), settings=session.settings
            ),
            "mart_forecast": write_forecast(marts, as_of=session.day(), settings=session.settings),
        }


@dataclass(frozen=True)
class Estimated:
    """What the checks of the estimates have found: failures by table and check, and how the past was met."""

    failures: dict[str, dict[str, list[str]]]
    held: dict[str, tuple[int, int]]
    warnings: list[str]


def check_estimates(session: RunSession) -> Estimated:
    """Run every check on the tables as written; what is no fault is said in the log."""
    from orchestration.forecast import checks as forecast_checks
    from orchestration.shrinkage import checks as campaign_checks

    with connected(session.marts, read_only=True) as marts:
        campaigns = marts.execute("select * from marts.mart_small_campaigns").df()
        forecast = marts.execute("select * from marts.mart_forecast").df()
    warnings = forecast_checks.past_forecasts_held(forecast)
    for text in warnings:
        logger.warning(text)
    return Estimated(
        failures={
            "mart_small_campaigns": {
                name: getattr(campaign_checks, name)(campaigns) for name in SMALL_CAMPAIGN_CHECKS
            },
            "mart_forecast": {name: getattr(forecast_checks, name)(forecast) for name in FORECAST_CHECKS},
        },
        held=forecast_checks.held(forecast),
        warnings=warnings,
    )


def refuse_failures(
    session: RunSession, step: str, tables: Sequence[str], failures: Mapping[str, Sequence[str]]
) -> None:
    """Stop when a check of tables that Python writes failed."""
    found = [f"{name}: {text}" for name, texts in failures.items() for text in texts]
    if found:
        error = DataError(
            f"The step `{step}` failed its own checks; nothing is published: {'; '.join(found[:3])}",
            where=", ".join(tables),
            fix="report this with the run's log; `bandpass run --as-of` an earlier day still works.",
        )
        session.record.error = describe_error(error, step)
        raise error


def render_report(session: RunSession) -> int:
    """Render the weekly report; returns its size in characters."""
    from orchestration.reporting import render

    with connected(session.marts, read_only=True) as marts:
        session.html = render(marts, as_of_day=session.day(), settings=session.settings)
    return len(session.html)


def publish_results(session: RunSession) -> None:
    """Put everything in place, then write down that it is."""
    workspace, record, day = session.workspace, session.record, session.day()
    with connected(session.marts) as marts:
        note_publication(
            marts,
            as_of=day,
            mql_basis=session.settings.mql_basis,
            decision_settings=deciding(session.settings),
            settings_hash=session.settings.digest(),
            version=version("bandpass"),
        )
        handoff = handoff_csv(marts)
    with connected(session.warehouse, read_only=True) as warehouse:
        if not record.is_old_as_of:
            write_quarantine(warehouse, workspace.quarantine)
    publication = Publication(session.warehouse, session.marts, session.html, day, record.is_old_as_of)
    marts_file, report = publish(workspace, publication)
    record.marts, record.report = str(marts_file), str(report)
    if not record.is_old_as_of:
        # an old day's queue is nobody's work any more
        write_in_place(workspace.handoff(day), handoff, mode=PUBLISHED_MODE)
        write_down_basis(session)
        log_restatements(session, guarded(session))
        record.fingerprint = run_fingerprint(session.request, session.listing)
        record.carry = left_behind(session)
    record.close("published")


def write_down_basis(session: RunSession) -> None:
    """The first publication fixes which MQLs count in this workspace."""
    source = settings_file(session.workspace)
    text = source.read_text(encoding="utf-8")
    basis = session.settings.mql_basis
    if basis == "auto" or load_settings(source).mql_basis != "auto":
        return
    target = session.workspace.root / SETTINGS_FILE
    write_in_place(target, with_basis(text, basis))
    logger.info("MQLs counted here: %s (decided from the extracts, written to %s)", basis, target)


def _count(marts: DuckDBPyConnection, table: str) -> int:
    row = marts.execute(f"select count(*) from marts.{table}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0

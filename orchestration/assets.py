"""The assets of the main job. Bodies are a few lines: the work is in `steps`, which knows no Dagster."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    asset,
    multi_asset,
)
from dagster_dbt import dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration import graph, steps
from orchestration.resource import BandpassRun
from orchestration.translator import Translator

REVOPS, ANALYTICS = "team:revops", "team:analytics"


def raw_assets(manifest: Mapping[str, Any]) -> AssetsDefinition:
    keys = graph.source_keys(manifest, graph.raw_tables(), "raw")
    specs = [
        AssetSpec(
            key,
            group_name="raw",
            owners=[ANALYTICS],
            kinds={"duckdb"},
            description=graph.source_description(manifest, table),
        )
        for table, key in keys.items()
    ]

    @multi_asset(specs=specs, name="raw")
    def raw(bandpass_run: BandpassRun) -> Iterator[MaterializeResult[Any]]:
        """Load the extract files that are new; raw tables only ever grow."""
        session = bandpass_run.session
        with session.record.step("load"):
            rows = steps.load_extracts(session)
        for table, key in keys.items():
            yield MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows.get(table, 0)})

    return raw


def model_assets(manifest: Mapping[str, Any]) -> AssetsDefinition:
    translator = Translator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="dbt")
    def models(context: AssetExecutionContext, bandpass_run: BandpassRun) -> Iterator[Any]:
        """Build and test all models in one dbt invocation."""
        session = bandpass_run.session
        with session.record.step("build"):
            done = steps.build_models(session)
            for event in done.events:
                message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
                yield from message.to_default_asset_events(manifest, translator, context)
            steps.note_build(session, done)
        steps.note_leads_computed(session)
        steps.settle_basis(session)
        steps.note_what_is_frozen(session)

    return models


def python_specs(
    manifest: Mapping[str, Any],
    keys: Mapping[str, AssetKey],
    group: str,
    owner: str,
    deps: Iterable[AssetKey],
) -> list[AssetSpec]:
    """Tables of the marts that Python writes; dbt declares and describes them as sources."""
    needed = list(deps)
    return [
        AssetSpec(
            key,
            deps=needed,
            group_name=group,
            owners=[owner],
            kinds={"python", "duckdb"},
            description=graph.source_description(manifest, table),
        )
        for table, key in keys.items()
    ]


def written(keys: Mapping[str, AssetKey], rows: Mapping[str, int]) -> Iterator[MaterializeResult[Any]]:
    for table, key in keys.items():
        yield MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows[table]})


def calibration_assets(manifest: Mapping[str, Any]) -> AssetsDefinition:
    keys = graph.source_keys(manifest, graph.CALIBRATED, "marts")
    deps = graph.mart_keys(manifest, graph.READ_BY_CALIBRATION)
    specs = python_specs(manifest, keys, "calibration", REVOPS, deps)
    checked = keys[graph.CALIBRATED[-1]]
    check_specs = [
        AssetCheckSpec(name, asset=checked, description=text, blocking=True)
        for name, text in steps.CALIBRATION_CHECKS.items()
    ]

    @multi_asset(specs=specs, check_specs=check_specs, name="calibration")
    def calibration(bandpass_run: BandpassRun) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        """Which threshold keeps the rate inside the band, and how sure that is."""
        session = bandpass_run.session
        with session.record.step("calibrate"):
            rows = steps.calibrate_thresholds(session)
            failures = steps.check_calibration(session)
        yield from written(keys, rows)
        for name, found in failures.items():
            metadata = {"failures": found}
            yield AssetCheckResult(passed=not found, asset_key=checked, check_name=name, metadata=metadata)
        steps.refuse_failures(session, "calibrate", graph.CALIBRATED, failures)

    return calibration


def watch_assets(manifest: Mapping[str, Any]) -> AssetsDefinition:
    keys = graph.source_keys(manifest, graph.WATCHED, "marts")
    suggested = graph.source_keys(manifest, graph.CALIBRATED[1:], "marts").values()
    deps = [*suggested, *graph.mart_keys(manifest, graph.READ_BY_WATCH)]
    specs = python_specs(manifest, keys, "calibration", REVOPS, deps)
    alarms = keys[graph.WATCHED[0]]
    check_specs = [
        AssetCheckSpec(name, asset=alarms, description=text) for name, text in steps.WATCH_CHECKS.items()
    ]

    @multi_asset(specs=specs, check_specs=check_specs, name="watch")
    def watch(bandpass_run: BandpassRun) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        """Whether the rate has left the band, whether delays changed, and what suggestions came to."""
        session = bandpass_run.session
        with session.record.step("watch"):
            rows = steps.watch_calibration(session)
            found = steps.read_alarms(session)
        yield from written(keys, rows)
        for name in steps.WATCH_CHECKS:
            row = found[name]
            yield AssetCheckResult(
                passed=row["state"] != "alarm",
                asset_key=alarms,
                check_name=name,
                severity=AssetCheckSeverity.WARN,
                metadata={column: str(value) for column, value in row.items()},
            )

    return watch


def estimate_assets(manifest: Mapping[str, Any]) -> AssetsDefinition:
    keys = graph.source_keys(manifest, graph.ESTIMATED, "marts")
    deps = graph.model_keys(manifest, graph.READ_BY_ESTIMATES)
    specs = python_specs(manifest, keys, "estimates", ANALYTICS, deps)
    check_specs = [
        AssetCheckSpec(name, asset=keys[table], description=text, blocking=True)
        for table, checks in steps.ESTIMATE_CHECKS.items()
        for name, text in checks.items()
    ]
    forecast = keys["mart_forecast"]
    says = "How often past forecasts held what came; 80 % were promised."
    held = AssetCheckSpec(steps.PAST_FORECASTS_HELD, asset=forecast, description=says)

    @multi_asset(specs=specs, check_specs=[*check_specs, held], name="estimates")
    def estimates(bandpass_run: BandpassRun) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        """What the coming weeks should bring, and which campaigns differ from their channel."""
        session = bandpass_run.session
        with session.record.step("estimate"):
            rows = steps.estimate(session)
            found = steps.check_estimates(session)
        yield from written(keys, rows)
        for table, failures in found.failures.items():
            for name, texts in failures.items():
                yield AssetCheckResult(
                    passed=not texts,
                    asset_key=keys[table],
                    check_name=name,
                    metadata={"failures": texts},
                )
        yield AssetCheckResult(
            passed=not found.warnings,
            asset_key=forecast,
            check_name=steps.PAST_FORECASTS_HELD,
            severity=AssetCheckSeverity.WARN,
            metadata={
                measure: f"{inside} of {judged} weeks" for measure, (inside, judged) in found.held.items()
            },
        )
        every = {name: texts for checks in found.failures.values() for name, texts in checks.items()}
        steps.refuse_failures(session, "estimate", graph.ESTIMATED, every)

    return estimates


def report_asset(manifest: Mapping[str, Any]) -> AssetsDefinition:
    deps = [
        *graph.source_keys(manifest, (*graph.CALIBRATED, *graph.WATCHED, *graph.ESTIMATED), "marts").values(),
        *graph.mart_keys(manifest, graph.READ_BY_REPORT),
    ]

    @asset(key=graph.REPORT, deps=deps, group_name="report", owners=[REVOPS], kinds={"html"})
    def weekly_report(bandpass_run: BandpassRun) -> MaterializeResult[Any]:
        """The weekly conversion report, one HTML file without scripts."""
        session = bandpass_run.session
        with session.record.step("report"):
            size = steps.render_report(session)
        return MaterializeResult(metadata={"characters": size, "as_of": session.day().isoformat()})

    return weekly_report


@asset(
    key=graph.PUBLICATION, deps=[graph.REPORT], group_name="published", owners=[ANALYTICS], kinds={"duckdb"}
)
def publication(bandpass_run: BandpassRun) -> MaterializeResult[Any]:
    """What readers open: the marts and the report, put in place in one step after all checks."""
    session = bandpass_run.session
    with session.record.step("publish"):
        steps.publish_results(session)
    return MaterializeResult(
        metadata={"marts": session.record.marts, "report": session.record.report, "as_of": str(session.as_of)}
    )

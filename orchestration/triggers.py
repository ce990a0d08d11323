"""When the main job starts by itself: every Monday morning, and when extracts have arrived."""

import json
from pathlib import Path

from dagster import (
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from orchestration.fingerprint import list_extracts, listing_digest

MONDAY_MORNING = "0 6 * * 1"


def next_cursor(cursor: str | None, digest: str | None) -> tuple[str, bool]:
    """The sensor's memory after a look at the folder, and whether to start a run.

    A run starts when two looks in a row find the same new files (names, sizes, times), so a file that
    is still being written is left alone. digest is None for an empty folder.
    """
    memory = json.loads(cursor) if cursor else {}
    started_for, last_seen = memory.get("started_for"), memory.get("last_seen")
    start = digest is not None and digest != started_for and digest == last_seen
    after = {"started_for": digest if start else started_for, "last_seen": digest}
    return json.dumps(after, sort_keys=True), start


def extracts_sensor(job_name: str, folder: Path) -> SensorDefinition:
    @sensor(
        name="extracts_arrived",
        job_name=job_name,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.STOPPED,
        description=f"Starts the job when the files in {folder} have changed and stopped changing.",
    )
    def extracts_arrived(context: SensorEvaluationContext) -> SensorResult:
        listing = list_extracts(folder)
        digest = listing_digest(listing) if listing else None
        cursor, start = next_cursor(context.cursor, digest)
        if not start:
            return SensorResult(skip_reason=SkipReason("no new file, or still changing"), cursor=cursor)
        return SensorResult(run_requests=[RunRequest(run_key=digest)], cursor=cursor)

    return extracts_arrived


def weekly_schedule(job_name: str, time_zone: str) -> ScheduleDefinition:
    return ScheduleDefinition(
        name="monday_morning",
        job_name=job_name,
        cron_schedule=MONDAY_MORNING,
        execution_timezone=time_zone,
        default_status=DefaultScheduleStatus.STOPPED,
        description="The weekly funnel, before people come to work on Monday.",
    )

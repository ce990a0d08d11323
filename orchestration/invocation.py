"""dbt called in this process, with the project as read before; reading it takes longer than most builds."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.resources.types import NodeType
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg
from dbt_common.events.functions import msg_to_dict

from orchestration.dbt import environment
from orchestration.manifest import read_project

NODE_RESULTS = frozenset({"LogModelResult", "LogSeedResult", "LogTestResult"})

Event = dict[str, Any]


@dataclass(frozen=True)
class Invocation:
    """What came of one call of dbt: its result events, in order, and what it said went wrong."""

    success: bool
    events: tuple[Event, ...]
    errors: tuple[str, ...]

    @property
    def what_failed(self) -> str:
        """All that dbt called an error, a line each."""
        return "\n".join(self.errors)


def invoke(
    arguments: Sequence[str],
    *,
    project: Path,
    seeds: Path,
    variables: Mapping[str, str],
    deep_tests: bool = False,
    on_result: Callable[[int, int], None] = lambda done, total: None,
) -> Invocation:
    """Call dbt with the project as read before, its seeds those of a folder.

    `variables` are environment variables for the call (`dbt.dbt_environment`); `on_result` is told how
    many seeds, models and tests are done, and of how many in all. dbt reads `--vars` when it renders a
    model, so they need not be those with which the project was read; only the tests of inner layers are
    switched on while reading (`deep_tests`).

    Raises KeyboardInterrupt when the user stops it.
    """
    events: list[Event] = []
    errors: list[str] = []

    def note(message: EventMsg) -> None:
        if message.info.name in NODE_RESULTS:
            events.append(msg_to_dict(message))
            on_result(len(events), total)
        elif message.info.level == "error":
            errors.append(msg_to_dict(message)["info"]["msg"])

    manifest = with_seeds(read_project(project, deep_tests=deep_tests), seeds)
    total = len(manifest.nodes)
    runner = dbtRunner(manifest=manifest, callbacks=[note])
    # manifest.json and graph files are for tools; nobody reads those of a run, and they take seconds
    command = ["--log-level", "none", "--log-level-file", "info", "--no-write-json", *arguments]
    with environment(variables), _stoppable(), _closing():
        done = runner.invoke([*command, "--project-dir", str(project), "--profiles-dir", str(project)])
    _keep_results(done, Path(variables["DBT_TARGET_PATH"]))
    if isinstance(done.exception, KeyboardInterrupt):
        raise KeyboardInterrupt from done.exception
    if done.exception is not None:
        errors.append(str(done.exception))
    return Invocation(done.success, tuple(events), tuple(errors))


def with_seeds(manifest: Manifest, folder: Path) -> Manifest:
    """The manifest with its seeds read from another folder, where they have the same names."""
    for node in manifest.nodes.values():
        if node.resource_type == NodeType.Seed:
            node.original_file_path = str(folder.resolve() / Path(node.original_file_path).name)
    return manifest


def _keep_results(done: dbtRunnerResult, target: Path) -> None:
    """Write what came of each node, where dbt itself would."""
    write = getattr(done.result, "write", None)
    if write is not None:
        write(str(target / "run_results.json"))


@contextmanager
def _closing() -> Iterator[None]:
    """dbt-duckdb keeps the database open for its next call; a run opens it itself, and then renames it."""
    try:
        yield
    finally:
        with suppress(Exception):  # there is none where dbt failed before it connected
            DuckDBConnectionManager.env().close()  # type: ignore[no-untyped-call]
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, upon which dbt cancels its queries; Dagster would raise its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

"""The run as a Dagster resource: opened before the first step, closed after the last, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field, PrivateAttr

from orchestration.asof import parse_day
from orchestration.session import RunRequest, RunSession, open_session
from orchestration.workspace import Workspace, default_workspace


class BandpassRun(ConfigurableResource["BandpassRun"]):
    """What the job works on. Empty fields stand for the defaults of the workspace."""

    workspace: str = Field(
        default="", description="The workspace folder; empty: the one Dagster's home is in."
    )
    extracts: str = Field(default="", description="The folder of extracts; empty: the workspace's own.")
    mapping: str = Field(default="", description="A mapping file for extracts of no known vendor.")
    as_of: str = Field(default="", description="YYYY-MM-DD; empty: the day of the newest record.")
    full_refresh: bool = Field(default=False, description="Rebuild everything from the raw rows.")

    _session: RunSession | None = PrivateAttr(default=None)

    def request(self) -> RunRequest:
        workspace = Workspace.at(self.workspace) if self.workspace else default_workspace()
        return RunRequest(
            workspace=workspace,
            extracts=Path(self.extracts).resolve() if self.extracts else workspace.extracts,
            mapping=Path(self.mapping).resolve() if self.mapping else None,
            as_of=parse_day(self.as_of, "as_of") if self.as_of else None,
            full_refresh=self.full_refresh,
        )

    @property
    def session(self) -> RunSession:
        if self._session is None:
            raise RuntimeError("the run is not open")
        return self._session

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[BandpassRun]:
        run_id = context.run_id or "adhoc"
        with open_session(self.request(), run_id) as session:
            self._session = session
            try:
                yield self
            finally:
                self._session = None


def run_config(request: RunRequest) -> dict[str, object]:
    """The Dagster run configuration that asks for exactly this run."""
    config = {
        "workspace": str(request.workspace.root),
        "extracts": str(request.extracts),
        "mapping": str(request.mapping) if request.mapping else "",
        "as_of": request.as_of.isoformat() if request.as_of else "",
        "full_refresh": request.full_refresh,
    }
    return {"resources": {"bandpass_run": {"config": config}}}

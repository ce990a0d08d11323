"""The run as a Dagster resource: opened by the first step, closed after the last, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    restate: bool = Field(default=False, description="Change published decisions; logged and reported.")

    _session: RunSession | None = PrivateAttr(default=None)
    _run_id: str = PrivateAttr(default="")
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)

    def request(self) -> RunRequest:
        workspace = Workspace.at(self.workspace) if self.workspace else default_workspace()
        return RunRequest(
            workspace=workspace,
            extracts=Path(self.extracts).resolve() if self.extracts else workspace.extracts,
            mapping=Path(self.mapping).resolve() if self.mapping else None,
            as_of=parse_day(self.as_of, "as_of") if self.as_of else None,
            full_refresh=self.full_refresh,
            restate=self.restate,
        )

    @property
    def session(self) -> RunSession:
        """The run's session; the first step that asks opens it."""
        if self._session is None:
            self._session = self._open.enter_context(open_session(self.request(), self._run_id))
        return self._session

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[BandpassRun]:
        """Close the session with the run.

        Nothing is opened here: `dagster job execute` makes its resources once more after the run, only to
        look at results, and must not start a second run over the first one's record.
        """
        self._run_id = context.run_id or "adhoc"
        with ExitStack() as stack:
            self._open, self._session = stack, None
            yield self


def run_config(request: RunRequest) -> dict[str, object]:
    """The Dagster run configuration that asks for exactly this run."""
    config = {
        "workspace": str(request.workspace.root),
        "extracts": str(request.extracts),
        "mapping": str(request.mapping) if request.mapping else "",
        "as_of": request.as_of.isoformat() if request.as_of else "",
        "full_refresh": request.full_refresh,
        "restate": request.restate,
    }
    return {"resources": {"bandpass_run": {"config": config}}}

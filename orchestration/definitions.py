"""What `dagster dev` shows: the job that `bandpass run` executes, for the workspace of Dagster's home."""

from orchestration.dbt import project_folder
from orchestration.job import build_definitions
from orchestration.workspace import default_workspace

defs = build_definitions(default_workspace(), project_folder())

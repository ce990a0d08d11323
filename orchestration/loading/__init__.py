"""Recognising, reading and loading extract files into the raw tables of the warehouse."""

from orchestration.loading.loader import load
from orchestration.loading.result import FileResult, LoadResult
from orchestration.loading.tables import create_raw_tables
from orchestration.loading.times import record_time_range

__all__ = ["FileResult", "LoadResult", "create_raw_tables", "load", "record_time_range"]

"""Recognising, reading and loading extract files into the raw tables of the warehouse."""

from orchestration.loading.tables import create_raw_tables

__all__ = ["create_raw_tables"]

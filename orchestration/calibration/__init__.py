"""Which score threshold keeps MQL -> SQL inside the target band, with the evidence (docs/calibration.md)."""

from orchestration.calibration.method import suggest
from orchestration.calibration.model import CURVE_COLUMNS, SUGGESTION_COLUMNS, Status, Suggestion

__all__ = ["CURVE_COLUMNS", "SUGGESTION_COLUMNS", "Status", "Suggestion", "suggest"]

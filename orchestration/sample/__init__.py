"""Sample worlds with known truth: extracts in the vendors' own dialects (`bandpass generate`)."""

from orchestration.sample.generator import SampleSummary, generate

__all__ = ["SampleSummary", "generate"]

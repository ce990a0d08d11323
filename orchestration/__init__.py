"""Bandpass: measures a B2B marketing funnel and keeps its lead-score threshold honest."""

"""Rates of channels and campaigns that are too small to be judged by their own counts."""

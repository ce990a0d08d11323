"""The watch over the calibration: weekly alarms, and what suggestions promised against what came."""

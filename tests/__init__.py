"""Makes the checkout, not this folder, the place tests import from: tests/orchestration is no package."""

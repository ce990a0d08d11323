"""Published decisions are frozen: what a run may change, what only on request, and the log of it."""

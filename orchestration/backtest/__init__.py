"""Walk-forward: what each way of setting the threshold would have done, week by week (docs/backtest.md)."""

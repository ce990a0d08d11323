"""SQLs, customers and revenue of the coming weeks, and how good such forecasts have been."""

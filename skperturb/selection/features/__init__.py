"""Features: what a feature set may be given as, and how its rows are read."""

"""Linear algebra of the metrics: pure functions, each about one decomposition or model."""

"""Benchmarks: measurements outside the tests, run from the root of the source."""

"""Execution: from a plan to the outcome of every job, wherever joblib runs it."""

"""What all tests of the command share."""

import pytest


@pytest.fixture(autouse=True)
def few_shuffles(monkeypatch):
    """Shuffle the labels twice: what they tell is about the selector, and most of a run's time."""
    monkeypatch.setattr("skperturb.selection.execution.plan.N_SHUFFLES", 2)

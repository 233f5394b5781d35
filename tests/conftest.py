"""Hypothesis profiles; `dev` is the default, `HYPOTHESIS_PROFILE` names another."""

import os
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "dev",
    max_examples=25,
    deadline=None,
    derandomize=True,
    # Estimators draw small data; the first call of a BLAS or an import may still be slow.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly",
    max_examples=2000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


# Tensors need a switch of SciPy that can only be set before SciPy is imported, and that most
# users leave off: test_array_api.py runs these tests in processes of their own.
collect_ignore = [] if os.environ.get("SCIPY_ARRAY_API") == "1" else ["array_api"]


class Outcome(NamedTuple):
    """What a command came to: its exit status, and what it wrote."""

    status: int
    out: str
    err: str


@pytest.fixture
def command(capsys):
    """Run the command with arguments; its Outcome."""
    from skperturb._cli import main

    def outcome(*args):
        status = main([str(each) for each in args])
        return Outcome(status, *capsys.readouterr())

    return outcome

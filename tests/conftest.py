"""The fixtures of all tests, the backends first, and Hypothesis's profiles.

`dev` is the default profile, `HYPOTHESIS_PROFILE` names another.
"""

import gc
import os
from typing import NamedTuple

# SciPy reads this once, when it is imported, and scikit-learn's dispatch needs it. An empty
# SCIPY_ARRAY_API runs the tests as most users run the library, without tensors.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
# The arrays of the tests are small: more threads would mostly wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

from backends import BACKENDS, TENSORS, load_backend

_SUPPRESSED = [
    HealthCheck.too_slow,  # the first call of a BLAS or an import may be
    HealthCheck.function_scoped_fixture,  # a backend stays what it is from example to example
]
settings.register_profile(
    "dev",
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=_SUPPRESSED,
)
settings.register_profile(
    "nightly",
    max_examples=2000,
    deadline=None,
    suppress_health_check=_SUPPRESSED,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Every backend, while scikit-learn dispatches to it."""
    loaded = load_backend(request.param)
    with loaded.dispatch():
        yield loaded


@pytest.fixture(params=TENSORS)
def tensors(request):
    """Every backend but NumPy, while scikit-learn dispatches to it."""
    loaded = load_backend(request.param)
    with loaded.dispatch():
        yield loaded


@pytest.fixture
def strict():
    """The backend that forgives least, while scikit-learn dispatches to it."""
    loaded = load_backend("strict")
    with loaded.dispatch():
        yield loaded


def pytest_collection_finish():
    """Leave modules and tests, which are there for good, out of garbage collections."""
    gc.freeze()


def pytest_report_header():
    """Say which backends the tests are run with."""
    return f"backends: {', '.join(BACKENDS)}; SCIPY_ARRAY_API={os.environ['SCIPY_ARRAY_API']}"


class Outcome(NamedTuple):
    """What a command came to: its exit status, and what it wrote."""

    status: int
    out: str
    err: str


@pytest.fixture
def command(capsys, monkeypatch):
    """Run the command with arguments; its Outcome."""
    from skperturb._cli import main

    # What shuffled labels tell is the selector's to say, and most of the time of a run.
    monkeypatch.setattr("skperturb.selection.execution.plan.N_SHUFFLES", 2)

    def outcome(*args):
        status = main([str(each) for each in args])
        return Outcome(status, *capsys.readouterr())

    return outcome

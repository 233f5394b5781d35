"""The contributor guide: its metric in one file really is added, and the tests find it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_EXAMPLE = _ROOT / "docs" / "_examples" / "_variance_share.py"
# What the laws need beside themselves.
_TESTS = (
    *("backends", "conftest", "discovery", "strategies"),
    *("test_laws", "test_sklearn", "test_bad_input"),
)


@pytest.fixture
def copy_with_the_metric(tmp_path):
    """A copy of the package with the file of the guide, exported as the guide says."""
    package, tests = tmp_path / "skperturb", tmp_path / "tests"
    shutil.copytree(_ROOT / "skperturb", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(_EXAMPLE, package / "metrics")
    init = package / "metrics" / "__init__.py"
    line = "from skperturb.metrics._variance_share import VarianceShare\n\n__all__ = [\n"
    init.write_text(init.read_text().replace("\n__all__ = [\n", line + '    "VarianceShare",\n', 1))
    tests.mkdir()
    for name in _TESTS:
        shutil.copy(_ROOT / "tests" / f"{name}.py", tests)
    shutil.copy(_ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_laws_find_the_metric_and_hold(copy_with_the_metric):
    options = ["-q", "-k", "VarianceShare", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests", "skperturb/metrics/_variance_share.py"],
        cwd=copy_with_the_metric,
        env=os.environ | {"PYTHONPATH": str(copy_with_the_metric)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert passed > 60  # scikit-learn's checks, the laws, bad input and the doctest
    assert "failed" not in done.stdout

"""The array API: its tests in processes of their own, and what holds without its switch."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.utils import get_tags

from discovery import METRICS, PERTURBATIONS
from skperturb import Spread
from skperturb import _array_api as array_api

_ROOT = Path(__file__).resolve().parent.parent
_FOLDER = Path(__file__).parent / "array_api"
_ON = {"SCIPY_ARRAY_API": "1"}  # read by SciPy once, when it is imported
_TAGGED = [each for each in [*PERTURBATIONS, *METRICS] if get_tags(each).array_api_support]


def _outcome(*options):
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *options]
    return subprocess.run(
        command, cwd=_ROOT, env=os.environ | _ON, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.environ.get("SCIPY_ARRAY_API") == "1", reason="they run on their own")
@pytest.mark.parametrize("path", sorted(_FOLDER.glob("test_*.py")), ids=lambda path: path.stem)
def test_tensors_pass_where_scipy_is_switched(path):
    pytest.importorskip("array_api_strict", reason="the extra `array-api` is not installed")
    outcome = _outcome(str(path))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    if " passed" not in outcome.stdout:
        reasons = re.findall(r"SKIPPED .*?\.py:\d+: (.*)", outcome.stdout)
        pytest.skip("; ".join(sorted(set(reasons))))


@pytest.mark.parametrize("estimator", _TAGGED, ids=str)
def test_with_dispatch_off_a_tensor_of_the_host_is_an_array(estimator):
    torch = pytest.importorskip("torch")
    X, y = np.random.default_rng(0).standard_normal((12, 3)), np.arange(12) % 3
    fitted, expected = clone(estimator), clone(estimator).fit(X, y)
    fitted.fit(torch.asarray(X), torch.asarray(y))
    for name, learned in vars(expected).items():
        if name.endswith("_") and isinstance(learned, np.ndarray | float):
            assert type(getattr(fitted, name)) is type(learned)
            np.testing.assert_array_equal(getattr(fitted, name), learned)


def test_what_is_missing_is_named_with_the_extra(monkeypatch):
    """Without array-api-compat scikit-learn's switch stays off, so only its setting is faked."""
    strict = pytest.importorskip("array_api_strict")
    monkeypatch.setattr(array_api, "get_config", lambda: {"array_api_dispatch": True})
    monkeypatch.setitem(sys.modules, "array_api_compat", None)
    message = r"Tensors need array-api-compat and array-api-extra; .*skperturb\[array-api\]"
    with pytest.raises(ImportError, match=message):
        Spread().fit(strict.asarray([[0.0], [1.0]]), [0, 1])


def test_nothing_of_the_extra_is_imported_without_tensors():
    code = (
        "import sys, skperturb; from sklearn.datasets import load_iris;"
        "skperturb.make_perturbed(skperturb.metrics.LogME()).fit(*load_iris(return_X_y=True));"
        "print([name for name in sys.modules if name.startswith(('array_api_', 'torch'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_scikit_learn_says_what_to_set():
    """The guide quotes the variable; this is where it comes from."""
    pytest.importorskip("array_api_compat")
    if os.environ.get("SCIPY_ARRAY_API") == "1":
        pytest.skip("the variable is set")
    with (
        pytest.raises((RuntimeError, ImportError), match=r"SCIPY_ARRAY_API=1|SciPy must be"),
        sklearn.config_context(array_api_dispatch=True),
    ):
        pass

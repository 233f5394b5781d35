"""scikit-learn's own checks, on every estimator that takes a plain matrix."""

import pickle
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from discovery import METRICS, PERTURBATIONS, SELECTORS, takes_features
from skperturb import CappedPCA, ModelSelector, make_perturbed
from skperturb.metrics import LogME

_MATRIX_ESTIMATORS = [
    *PERTURBATIONS,
    *(metric for metric in METRICS if takes_features(metric)),
    CappedPCA(n_components=2),
]

_ASKS_FOR_WHAT_CAN_BE = hasattr(estimator_checks, "check_array_api_same_namespace")


def _needs_missing_cuda(check):
    """Whether a check is of CUDA tensors, where PyTorch was built for CUDA but finds no device."""
    if "cuda" not in str(getattr(check, "keywords", "")) or not find_spec("torch"):
        return False
    return not import_module("torch").cuda.is_available()


@parametrize_with_checks(_MATRIX_ESTIMATORS)
def test_scikit_learns_checks_pass(estimator, check):
    if _needs_missing_cuda(check):
        pytest.skip("PyTorch finds no CUDA device")
    if "array_api" in getattr(check, "func", check).__name__ and not _ASKS_FOR_WHAT_CAN_BE:
        pytest.skip(
            "scikit-learn before 1.9 asks for `classes_` as a tensor, which words cannot be"
        )
    check(estimator)


# What scikit-learn checks without any data; `parametrize_with_checks` would skip these, too.
_DATALESS_CHECKS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_mixin_order,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
]


@pytest.mark.parametrize("check", _DATALESS_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("estimator", SELECTORS, ids=str)
def test_scikit_learns_checks_without_data_pass(estimator, check):
    check(type(estimator).__name__, clone(estimator))


@pytest.mark.parametrize("estimator", PERTURBATIONS, ids=str)
def test_pandas_output_keeps_names_and_index(estimator):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(np.arange(12.0).reshape(6, 2), columns=["a", "b"], index=list("uvwxyz"))
    y = pd.Series(["ant", "bee"] * 3, index=X.index)
    moved = clone(estimator).set_output(transform="pandas").fit_transform(X, y)
    assert list(moved.columns) == ["a", "b"]
    assert list(moved.index) == list("uvwxyz")
    assert list(clone(estimator).fit(X, y).get_feature_names_out()) == ["a", "b"]


def test_grid_search_over_the_perturbation_runs():
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    X = rng.standard_normal((60, 8)) + (y == "bee")[:, None]
    grid = {"spread__force": [0.0, 1.0], "attract__alpha": [0.0, 0.2]}
    search = GridSearchCV(make_perturbed(LogME()), grid, cv=3).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(set(search.cv_results_["mean_test_score"])) == 4


def test_a_fitted_pipeline_can_be_pickled():
    X = np.random.default_rng(0).standard_normal((30, 4))
    y = np.arange(30) % 3
    fitted = make_perturbed(LogME()).fit(X, y)
    assert pickle.loads(pickle.dumps(fitted))[-1].score_ == fitted[-1].score_


@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_a_metric_does_not_promise_to_weigh_samples(metric):
    assert not hasattr(metric, "set_score_request")
    assert not hasattr(ModelSelector(), "set_score_request")


def test_with_routing_a_pipeline_scores_and_refuses_weights():
    X, y = load_iris(return_X_y=True)
    with config_context(enable_metadata_routing=True):
        pipeline = make_perturbed(LogME()).fit(X, y)
        assert np.isfinite(pipeline.score(X, y))
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            pipeline.score(X, y, sample_weight=np.ones(len(y)))

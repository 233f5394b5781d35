"""What bad input gets: every line of the table in the design, for every estimator."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from backends import over_backends
from discovery import METRICS, PERTURBATIONS, takes_features
from skperturb import Attract, CappedPCA, Spread
from skperturb.metrics import (
    GBC,
    NLEEP,
    CKAScore,
    HScore,
    KNNScore,
    LogME,
    NearestCentroidScore,
    RidgeProbe,
)

_METRICS = [metric for metric in METRICS if takes_features(metric)]
_ESTIMATORS = [*PERTURBATIONS, *_METRICS]
_CLASSIFYING = [
    each for each in _ESTIMATORS if "regression" not in getattr(get_tags(each), "tasks", ())
]
_X = np.random.default_rng(0).standard_normal((12, 3))
_Y = np.array(["ant", "bee", "cat"] * 4)

every_estimator = over_backends("estimator", _ESTIMATORS)


def _with(value):
    X = _X.copy()
    X[3, 1] = value
    return X


@every_estimator
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (_with(np.nan), _Y, "contains NaN"),
        (_with(np.inf), _Y, "contains infinity"),
        (_X[:, 0], _Y, "Expected 2D array, got 1D array"),
        (np.empty((0, 3)), np.empty(0), r"0 sample\(s\)"),
        (_X, _Y[:-1], "inconsistent numbers of samples"),
        (_X[:1], _Y[:1], r"1 sample\(s\)"),
        (_X, None, "requires y to be passed, but the target y is None"),
        (_X, np.full(12, "ant"), "needs at least 2 classes, got 1: every label is ant"),
    ],
)
def test_bad_data_raise(estimator, backend, X, y, message):
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(backend.asarray(X), y)


@every_estimator
def test_a_missing_y_raises(estimator, backend):
    with pytest.raises(ValueError, match="requires y to be passed"):
        clone(estimator).fit(backend.asarray(_X))


@every_estimator
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([0.0, 1.0, np.nan] * 4), "NaN"),
        (np.zeros(12, dtype=int), "needs at least 2 classes, got 1: every label is 0"),
        (np.arange(11) % 3, "inconsistent numbers of samples"),
    ],
    ids=["missing", "one class", "too few"],
)
def test_bad_labels_from_the_same_library_raise(estimator, backend, y, message):
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(backend.asarray(_X), backend.asarray(y))


_MISSING = [
    [None, *_Y[1:]],
    [np.nan, *_Y[1:]],
    np.array([np.nan, *_Y[1:]], dtype=object),
    pd.Series([pd.NA, *_Y[1:]], dtype="string"),
    pd.Series(pd.Categorical([None, *_Y[1:]])),
    np.ma.masked_array(np.arange(12) % 3, mask=[True] + 11 * [False]),
    np.array(["NaT", *["2020", "2021"] * 5, "2020"], dtype="datetime64[D]"),
]


@pytest.mark.parametrize("estimator", _ESTIMATORS, ids=str)
@pytest.mark.parametrize("y", _MISSING, ids=lambda y: type(y).__name__)
def test_a_missing_label_is_no_class_of_its_own(estimator, y):
    with pytest.raises(ValueError, match="`y` must have a value in every row, got none in row 0"):
        clone(estimator).fit(_X, y)


@pytest.mark.parametrize("estimator", [*_ESTIMATORS, CappedPCA()], ids=str)
def test_masked_features_are_not_computed_with(estimator):
    masked = np.ma.masked_array(_X, mask=_X > 1.0)
    with pytest.raises(ValueError, match=r"Features for .* must have no masked values, got \d+ of"):
        clone(estimator).fit(masked, _Y)
    clone(estimator).fit(np.ma.masked_array(_X), _Y)


def test_missing_labels_of_rows_to_move_are_refused():
    with pytest.raises(ValueError, match="`labels` must have a value in every row, got none in"):
        Spread().fit(_X, _Y).transform(_X, labels=[None, *_Y[1:]])


@pytest.mark.parametrize("estimator", [LogME(), Spread()], ids=str)
def test_large_whole_numbers_of_pandas_stay_apart(estimator):
    y = 2**62 + np.arange(12) % 3
    fitted = clone(estimator).fit(_X, pd.Series(y, dtype="Int64"))
    np.testing.assert_array_equal(fitted.classes_, np.unique(y))


@over_backends("estimator", _CLASSIFYING)
def test_a_continuous_target_is_refused_where_classes_are_needed(estimator, backend):
    name = type(estimator).__name__
    with pytest.raises(ValueError, match=rf"{name} needs class labels.*'continuous'"):
        clone(estimator).fit(backend.asarray(_X), backend.asarray(_X[:, 0]))


@pytest.mark.parametrize("metric", [each for each in _METRICS if each in _CLASSIFYING], ids=str)
def test_a_metric_that_needs_classes_names_some_that_do_not(metric):
    hint = "CKAScore, LogME and RidgeProbe also take label indicators and regression targets"
    with pytest.raises(ValueError, match=rf"'continuous'\. {hint}\."):
        clone(metric).fit(_X, _X[:, 0])


@pytest.mark.parametrize("metric", [CKAScore(), LogME(), RidgeProbe()], ids=str)
def test_the_metrics_that_are_named_take_all_targets(metric):
    assert {"multilabel", "regression"} <= set(get_tags(metric).tasks)


def test_label_indicators_are_refused_where_one_label_is_needed():
    with pytest.raises(ValueError, match="'multilabel-indicator'"):
        KNNScore().fit(_X, (_X > 0).astype(int))


def test_sparse_indicators_are_asked_for_as_an_array():
    with pytest.raises(ValueError, match=r"LogME needs a dense y, got a sparse one"):
        LogME().fit(_X, sparse.csr_matrix((_X > 0).astype(int)))


def test_strings_are_no_regression_targets():
    with pytest.raises(ValueError, match="LogME needs numbers as regression targets"):
        LogME(task="regression").fit(_X, _Y)


def test_a_forced_classification_of_numbers_raises():
    with pytest.raises(ValueError, match="LogME needs class labels, one per sample"):
        LogME(task="classification").fit(_X, _X[:, 0])


def test_a_class_that_is_too_small_is_named(backend):
    y = ["ant"] * 6 + ["dog"] + ["bee"] * 5
    message = r"Class 'dog' has 1 sample; GBC needs 2\. Drop the class or merge it"
    with pytest.raises(ValueError, match=message):
        GBC().fit(backend.asarray(_X), y)


def test_a_target_of_zeros_is_refused(backend):
    with pytest.raises(ValueError, match="LogME needs a target that is not zero throughout"):
        LogME(task="regression").fit(backend.asarray(_X), np.zeros(12))


def test_more_neighbours_than_samples_raise():
    with pytest.raises(ValueError, match=r"`n_neighbors` of KNNScore must be below .* 12, got 12"):
        KNNScore(n_neighbors=12).fit(_X, _Y)


@every_estimator
@pytest.mark.parametrize("scale", [1e-90, 1e90])
def test_features_whose_powers_leave_float64_are_refused(estimator, backend, scale):
    message = r"largest absolute value between 1e-60 and 1e\+60, got .*\. Scale them\."
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(backend.asarray(scale * _X), _Y)


def test_a_score_that_is_not_finite_is_an_error():
    class Unsure(GBC):
        def _score(self, X, target):
            return np.nan, {}

    with pytest.raises(ValueError, match="Unsure must give a finite score, got nan"):
        Unsure().fit(_X, _Y)


@pytest.mark.parametrize("metric", _METRICS, ids=str)
def test_an_unfitted_metric_has_no_score(metric):
    with pytest.raises(NotFittedError):
        clone(metric).score(_X, _Y)


@over_backends("estimator", [*_ESTIMATORS, CappedPCA(2)])
def test_another_number_of_features_raises(estimator, backend):
    fitted, narrow = clone(estimator).fit(backend.asarray(_X), _Y), backend.asarray(_X[:, :2])
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 3"):
        fitted.transform(narrow) if hasattr(fitted, "transform") else fitted.score(narrow, _Y)


@over_backends("perturbation", PERTURBATIONS)
def test_unseen_labels_are_named(perturbation, backend):
    fitted = clone(perturbation).fit(backend.asarray(_X), _Y)
    with pytest.raises(ValueError, match="must be among the classes seen in fit, got 'cow'"):
        fitted.transform(backend.asarray(_X), labels=np.full(12, "cow"))


_BAD_PARAMETERS = [
    (Spread(np.nan), ValueError, "`force` of Spread must be a finite number, got nan"),
    (Spread(np.inf), ValueError, "`force` of Spread must be a finite number, got inf"),
    (Spread("1"), TypeError, "`force` of Spread must be a finite number, got '1'"),
    (Spread(True), TypeError, "`force` of Spread must be a finite number, got True"),
    (Spread(unit="meter"), ValueError, "must be 'absolute' or 'radius', got 'meter'"),
    (Attract(np.nan), ValueError, "`alpha` of Attract must be a finite number, got nan"),
    (Attract(sigma=-1), ValueError, "`sigma` of Attract .* of at least 0, got -1"),
    (Attract(pairs=None), ValueError, "must be 'mean' or 'sum', got None"),
    (CappedPCA(0), ValueError, "`n_components` .* an integer of at least 1, got 0"),
    (CappedPCA(2.0), TypeError, "`n_components` .* an integer of at least 1, got 2.0"),
    (CappedPCA(svd_solver="fast"), ValueError, "`svd_solver` of CappedPCA must be .*'fast'"),
    (LogME(task="ranking"), ValueError, "`task` of LogME must be 'auto' or .*'ranking'"),
    (LogME(tol=0.0), ValueError, "`tol` of LogME must be a finite number above 0, got 0.0"),
    (LogME(max_iter=0), ValueError, "`max_iter` of LogME must be an integer of at least 1"),
    (HScore(shrinkage="oas"), ValueError, "`shrinkage` of HScore must be 'ledoit_wolf'"),
    (HScore(shrinkage=1.5), ValueError, r"`shrinkage` of HScore .* in \[0, 1\], got 1.5"),
    (GBC(covariance="full"), ValueError, "must be 'diagonal' or 'spherical', got 'full'"),
    (GBC(var_floor=0), ValueError, "`var_floor` of GBC must be a finite number above 0"),
    (NearestCentroidScore(standardize="yes"), TypeError, "must be True or False, got 'yes'"),
    (KNNScore(n_neighbors=0), ValueError, "`n_neighbors` of KNNScore must be an integer"),
    (RidgeProbe(alphas="best"), ValueError, "`alphas` of RidgeProbe must be 'auto'"),
    (RidgeProbe(alphas=[]), ValueError, "or a list of finite numbers above 0"),
    (RidgeProbe(alphas=[1.0, 0.0]), ValueError, "or a list of finite numbers above 0"),
    (RidgeProbe(alphas=["a"]), TypeError, "or a list of finite numbers above 0, got .'a'"),
    (KNNScore(metric="cosinus"), ValueError, "`metric` of KNNScore must be .* got 'cosinus'"),
    (NLEEP(random_state="a"), ValueError, "`random_state` of NLEEP must be .* got 'a'"),
]


@pytest.mark.parametrize(("estimator", "error", "message"), _BAD_PARAMETERS, ids=str)
def test_bad_parameters_raise_in_fit(estimator, error, message):
    with pytest.raises(error, match=message):
        estimator.fit(_X, _Y)


# A saturated SFDA is finite, as asked here, and says that it is worth nothing.
@pytest.mark.filterwarnings("ignore:SFDA scored:UserWarning")
@every_estimator
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("fault", ["dead", "doubled", "n < d"])
def test_unwieldy_features_are_no_fault(estimator, backend, scale, fault):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 30 if fault == "n < d" else 4))
    if fault == "dead":
        X[:, 1] = 0.3
    if fault == "doubled":
        X[:, 1] = X[:, 0]
    if hasattr(estimator, "transform"):
        result = backend.move(estimator, scale * X, _Y)
    else:
        result = backend.score(estimator, scale * X, _Y)
    assert np.isfinite(result).all()

"""Metrics of a selector: by name, in lists and dicts, with parameters that searches reach."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from discovery import METRICS
from skperturb import (
    FeatureSets,
    HalvingModelSelector,
    ModelSelector,
    consensus_metrics,
)
from skperturb.metrics import HScore, KNNScore, LogME, RidgeProbe
from skperturb.selection._metrics import find_metric, metric_classes


@pytest.fixture(scope="module")
def pool():
    """Return three models, from the sharpest to the blindest."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    means = rng.standard_normal((3, 6))[np.arange(60) % 3]
    strengths = {"sharp": 3.0, "dull": 0.5, "blind": 0.0}
    return {name: s * means + rng.standard_normal((60, 6)) for name, s in strengths.items()}, y


def test_every_metric_of_the_library_has_a_name():
    assert set(metric_classes().values()) == {type(each) for each in METRICS}
    for name, metric in metric_classes().items():
        assert name == name.lower()
        assert find_metric(name) is find_metric(metric.__name__) is metric


@pytest.mark.parametrize(
    ("name", "metric"),
    [("knn", KNNScore), ("ridge", RidgeProbe), ("H-score", HScore), ("logme", LogME), ("h", None)],
)
def test_names_are_short_and_of_any_case(name, metric):
    assert find_metric(name) is metric


@pytest.mark.parametrize("selector", [ModelSelector, HalvingModelSelector])
@pytest.mark.parametrize("name", ["knn", "KNNScore"])
def test_a_name_stands_for_its_metric(pool, selector, name):
    by_name, by_hand = selector(name).fit(*pool), selector(KNNScore()).fit(*pool)
    np.testing.assert_array_equal(by_name.scores_, by_hand.scores_)
    assert by_name.metric == name
    assert isinstance(by_name.metrics_["score"], KNNScore)


@pytest.mark.parametrize(
    "metric",
    [
        ["logme", "hscore"],
        ("logme", "hscore"),
        [("logme", LogME()), ("hscore", HScore())],
        [("logme", "logme"), "hscore"],
        {"logme": LogME(), "hscore": "hscore"},
    ],
)
def test_lists_and_dicts_of_names_and_metrics_are_the_same(pool, metric):
    selector = ModelSelector(metric).fit(*pool)
    assert selector.metric_names_ == ["logme", "hscore"]
    assert list(selector.metrics_) == ["logme", "hscore"]
    expected = [ModelSelector(each).fit(*pool).scores_ for each in (LogME(), HScore())]
    np.testing.assert_array_equal(selector.scores_, np.column_stack(expected))


@pytest.mark.parametrize("metric", [[("logme", LogME())], {"logme": LogME()}, ["logme"]])
def test_a_list_of_one_is_a_list(pool, metric):
    selector = ModelSelector(metric).fit(*pool)
    assert selector.scores_.shape == (3, 1)
    assert "score_logme" in selector.results_


def test_the_default_is_spelled_out_after_fit(pool):
    sets, y = pool
    metrics = ModelSelector().fit(sets, y).metrics_
    assert [type(step).__name__ for step in metrics["score"]] == ["CappedPCA", "LogME"]


@pytest.mark.parametrize(
    ("metric", "error", "message"),
    [
        ("logmee", ValueError, "must be one of 'cka', .* got 'logmee'; did you mean 'logme'"),
        ("spam", ValueError, r"must be one of 'cka', .*'transrate', got 'spam'\.$"),
        (LogME, TypeError, r"must be a metric, its name, .* got <class .*; write LogME\(\)\."),
        (3, TypeError, "a list of names or of .*, or as a dict|as a dict, got 3"),
        ([], ValueError, "must hold at least 1 metric, got an empty list"),
        ({}, ValueError, "must hold at least 1 metric, got an empty dict"),
        ([LogME()], TypeError, r"pairs such as \('logme', LogME\(\)\), got LogME\(\)"),
        (("logme", LogME()), TypeError, r"must hold names .* got LogME\(\)"),
        (["logme", "spam"], ValueError, "got 'spam'"),
        ([("a", LogME)], TypeError, r"as 'a'; write LogME\(\)"),
        ({"a": None}, TypeError, "got None as 'a'"),
        ({1: LogME()}, TypeError, "Names in `metric` .* must be strings, got 1"),
        (["logme", "logme"], ValueError, "must be unique, got 'logme' more than once"),
        ([("cv", LogME())], ValueError, "be no parameters of it, .* got 'cv'"),
        ([("a__b", LogME())], ValueError, "must hold no '__' .* got 'a__b'"),
        ({"low": LogME()}, ValueError, "must not be or begin with 'low', 'high'"),
        ({"shared": LogME()}, ValueError, "or 'shared', .* got 'shared'"),
    ],
)
def test_what_is_no_metric_is_told_what_is_taken(pool, metric, error, message):
    with pytest.raises(error, match=message):
        ModelSelector(metric).fit(*pool)
    with pytest.raises(error, match="HalvingModelSelector"):
        HalvingModelSelector(metric).fit(*pool)


# ---------------------------------------------------------------- parameters


@pytest.mark.parametrize("kind", [list, dict])
def test_parameters_of_named_metrics_are_parameters(kind):
    selector = ModelSelector(kind([("logme", LogME()), ("knn", KNNScore())]))
    params = selector.get_params()
    assert params["logme__tol"] == 1e-6
    assert params["knn"] is dict(selector.metric)["knn"]
    assert "logme__tol" not in selector.get_params(deep=False)
    selector.set_params(logme__tol=1e-3, knn__n_neighbors=2, n_jobs=2)
    assert (dict(selector.metric)["logme"].tol, selector.n_jobs) == (1e-3, 2)
    assert clone(selector).get_params()["knn__n_neighbors"] == 2


def test_a_named_metric_can_be_replaced_and_then_set():
    given = [("a", LogME()), ("b", KNNScore())]
    selector = ModelSelector(given).set_params(b=RidgeProbe(), b__task="regression")
    assert selector.get_params()["b__task"] == "regression"
    assert isinstance(given[1][1], KNNScore)
    selector.set_params(metric=[("c", LogME())], c__tol=1e-2)
    assert selector.get_params()["c__tol"] == 1e-2
    with pytest.raises(ValueError, match="Invalid parameter 'a'"):
        selector.set_params(a__tol=1.0)


@pytest.mark.parametrize("metric", [None, "knn", ["logme", "knn"], [3], 7, LogME()])
def test_parameters_of_any_metric_can_be_asked_for(metric):
    assert ModelSelector(metric).get_params()["metric"] is metric


def test_parameters_of_a_lone_metric_are_those_of_metric():
    selector = ModelSelector(LogME()).set_params(metric__tol=1e-3)
    assert selector.metric.tol == 1e-3


def test_parameters_of_metrics_given_as_words_are_parameters():
    given = ["logme", "knn"]
    selector = ModelSelector(given)
    assert selector.get_params()["knn__n_neighbors"] == 5
    copy = clone(selector.set_params(knn__n_neighbors=2))
    assert given == ["logme", "knn"]
    assert copy.metric[0] == "logme"
    assert copy.get_params()["knn__n_neighbors"] == 2
    copy.set_params(logme="hscore", knn__n_neighbors=3)
    assert copy.metric[0] == ("logme", "hscore")
    assert copy.metric[1][1].n_neighbors == 3


@pytest.mark.parametrize("given", [{"k": "knn"}, [("k", "knn")]])
def test_parameters_of_words_under_other_names_are_parameters(given):
    selector = ModelSelector(given).set_params(k__n_neighbors=2)
    assert dict(selector.metric)["k"].n_neighbors == 2
    assert dict(given)["k"] == "knn"


def test_parameters_of_a_lone_word_are_those_of_metric(pool):
    selector = ModelSelector("knn").set_params(metric__n_neighbors=2).fit(*pool)
    assert selector.metrics_["score"].n_neighbors == 2
    assert selector.metric_names_ == ["score"]
    with pytest.raises(ValueError, match=r"must be one of .*, got 'kn'; did you mean 'knn'"):
        ModelSelector("kn").set_params(metric__n_neighbors=2)


def test_a_grid_search_goes_over_parameters_of_named_metrics(pool):
    sets, y = pool
    selector = ModelSelector([("knn", KNNScore()), ("logme", LogME())])
    model = make_pipeline(selector, StandardScaler(), LogisticRegression())
    grid = {
        "modelselector__knn__n_neighbors": [1, 5],
        "modelselector__logme": [LogME(), HScore()],
    }
    search = GridSearchCV(model, grid, cv=3).fit(FeatureSets(sets), y)
    assert len(search.cv_results_["params"]) == 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_[0].best_name_ == "sharp"


def test_the_consensus_is_a_dict_of_metrics_and_has_parameters():
    params = ModelSelector(consensus_metrics()).get_params()
    assert params["KNNScore__n_neighbors"] == 5

"""Classifiers and regressors as metrics: folds that are shuffled, stratified and by group."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skperturb import HalvingModelSelector, ModelSelector
from skperturb.selection import NothingScoredError


@pytest.fixture(scope="module")
def pool():
    """Return two models, labels, numbers, and groups of five rows."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    means = rng.standard_normal((3, 6))[np.arange(60) % 3]
    sets = {
        name: s * means + rng.standard_normal((60, 6)) for name, s in {"a": 2, "b": 0.3}.items()
    }
    return sets, y, sets["a"] @ np.arange(6) + rng.standard_normal(60), rng.permutation(60) // 5


def _seed(random_state):
    return np.random.RandomState(random_state).randint(2**31 - 1)


@pytest.mark.parametrize("random_state", [0, 5])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("model", [LogisticRegression(), Ridge()])
def test_folds_are_shuffled_and_keep_classes_and_groups(pool, model, grouped, random_state):
    sets, labels, numbers, groups = pool
    kinds = {
        ("LogisticRegression", False): StratifiedKFold,
        ("LogisticRegression", True): StratifiedGroupKFold,
        ("Ridge", False): KFold,
        ("Ridge", True): GroupKFold,
    }
    y = labels if isinstance(model, LogisticRegression) else numbers
    groups = groups if grouped else None
    cv = kinds[type(model).__name__, grouped](5, shuffle=True, random_state=_seed(random_state))
    model = make_pipeline(StandardScaler(), model)
    expected = [
        cross_val_score(clone(model), X, y, cv=cv, groups=groups).mean() for X in sets.values()
    ]
    selector = ModelSelector(model, random_state=random_state).fit(sets, y, groups=groups)
    np.testing.assert_allclose(selector.scores_, expected)


def test_the_order_of_the_rows_hardly_matters():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 5))
    y = X @ np.arange(1.0, 6.0) + 0.3 * rng.standard_normal(300)
    order = np.argsort(y)
    as_given = ModelSelector(Ridge()).fit({"a": X}, y).best_score_
    by_target = ModelSelector(Ridge()).fit({"a": X[order]}, y[order]).best_score_
    assert by_target == pytest.approx(as_given, abs=1e-3)
    unshuffled = cross_val_score(Ridge(), X[order], y[order], cv=5).mean()
    assert unshuffled < as_given - 0.03


@pytest.mark.parametrize("cv", [3, KFold(4), LeaveOneGroupOut()], ids=str)
def test_cv_and_scoring_are_those_of_the_user(pool, cv):
    sets, y, _, _ = pool
    groups = np.arange(60) // 6 if isinstance(cv, LeaveOneGroupOut) else None
    splitter = StratifiedKFold(3, shuffle=True, random_state=_seed(0)) if cv == 3 else cv
    selector = ModelSelector(LogisticRegression(), cv=cv, scoring="neg_log_loss")
    model, score = LogisticRegression(), {"groups": groups, "scoring": "neg_log_loss"}
    expected = [cross_val_score(model, X, y, cv=splitter, **score).mean() for X in sets.values()]
    np.testing.assert_allclose(selector.fit(sets, y, groups=groups).scores_, expected)


def test_scores_of_the_users_scoring_are_not_clipped(pool):
    sets, y, _, _ = pool
    selector = ModelSelector(LogisticRegression(), scoring="neg_log_loss", n_resamples=10)
    results = selector.fit(sets, y).results_
    assert (results["score_high"] < 0).all()
    assert (results["score_low"] < results["score_high"]).all()


def test_the_bounds_of_accuracy_and_of_determination_hold(pool):
    sets, y, numbers, _ = pool
    sharp = {"sharp": 9 * np.eye(3)[np.arange(60) % 3] + 0.1 * sets["b"][:, :3], **sets}
    found = ModelSelector(LogisticRegression(), n_resamples=20).fit(sharp, y).results_
    assert (found["score_high"] <= 1).all()
    assert (found["score_low"] >= 0).all()
    found = ModelSelector(Ridge(), n_resamples=20).fit(sets, numbers).results_
    assert (found["score_high"] <= 1).all()
    assert found["score_low"][1] < 0


def test_too_few_groups_for_the_folds_are_named(pool):
    sets = pool[0]
    with pytest.raises(
        NothingScoredError, match=r"n_splits=5 greater than the number of groups: 4"
    ):
        ModelSelector(Ridge()).fit(sets, np.arange(60.0), groups=np.arange(60) % 4)


def test_halving_takes_cv_and_scoring(pool):
    sets, y, _, groups = pool
    halving = HalvingModelSelector(LogisticRegression(), cv=3, scoring="neg_log_loss")
    assert halving.fit(sets, y, groups=groups).best_name_ == "a"
    assert (halving.scores_ < 0).all()


@pytest.mark.parametrize("cv", [1, 0, 2.5, True, None, "five", [([0], [1])]])
@pytest.mark.parametrize("selector", [ModelSelector, HalvingModelSelector])
def test_other_folds_are_refused(pool, cv, selector):
    with pytest.raises(ValueError, match=f"`cv` of {selector.__name__} must be an integer"):
        selector(LogisticRegression(), cv=cv).fit(*pool[:2])


@pytest.mark.parametrize("selector", [ModelSelector, HalvingModelSelector])
@pytest.mark.parametrize("scoring", ["acc", ["accuracy"], 3])
def test_an_unknown_scoring_is_refused_before_any_work(selector, scoring):
    def untouched():
        pytest.fail("was opened")

    got = re.escape(repr(scoring))
    with pytest.raises(ValueError, match=f"`scoring` of {selector.__name__} must be .*, got {got}"):
        selector(LogisticRegression(), scoring=scoring).fit({"m": untouched}, [0, 1] * 20)

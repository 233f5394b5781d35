"""Pool metrics: scores from components, and what ModelSelector makes of them."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from discovery import METRICS
from skperturb import CappedPCA, ModelSelector, make_perturbed
from skperturb.metrics import NCTI, BasePoolMetric, ETran, LogME

_POOL_METRICS = [each for each in METRICS if get_tags(each).pool]
every_pool_metric = pytest.mark.parametrize("metric", _POOL_METRICS, ids=str)


@pytest.fixture
def y():
    return np.repeat(["ant", "bee", "cat"], 30)


@pytest.fixture
def pool(y):
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((3, 12))[np.unique(y, return_inverse=True)[1]]
    return {
        name: rng.standard_normal((90, 12)) + strength * signal
        for name, strength in [("blind", 0.0), ("sharp", 3.0), ("dull", 0.7)]
    }


def _table(metric, pool, y):
    return np.array([metric.fit(X, y).components_ for X in pool.values()])


# ---------------------------------------------------------------- pool_scores


def test_the_pool_metrics_say_so():
    assert {type(each) for each in _POOL_METRICS} == {NCTI, ETran}
    assert all(isinstance(each, BasePoolMetric) == get_tags(each).pool for each in METRICS)


def test_ncti_adds_stretched_columns_and_subtracts_the_last():
    table = [[10.0, 0.5, 3.0], [20.0, 0.9, 1.0], [15.0, 0.6, 2.0]]
    expected = [0 + 0 - 1, 1 + 1 - 0, 0.5 + 0.25 - 0.5]
    np.testing.assert_allclose(NCTI().pool_scores(table), expected)


def test_etran_weighs_stretched_columns():
    table = [[10.0, 0.5], [20.0, 0.9], [15.0, 0.6]]
    expected = [0, 1, 0.15 * 0.5 + 0.85 * 0.25]
    np.testing.assert_allclose(ETran().pool_scores(table), expected)
    np.testing.assert_allclose(ETran(weight=1.0).pool_scores(table), [0, 1, 0.5])


@pytest.mark.parametrize("wobble", [0.0, 1e-12], ids=["equal", "equal up to rounding"])
def test_a_constant_component_counts_nothing(wobble):
    table = [[10.0, 0.5], [10.0 * (1 + wobble), 0.9], [10.0, 0.7]]
    np.testing.assert_allclose(ETran().pool_scores(table), [0, 0.85, 0.425])


@every_pool_metric
def test_a_pool_of_one_scores_zero(metric):
    width = len(metric.fit(np.eye(6), [0, 1] * 3).components_)
    np.testing.assert_array_equal(metric.pool_scores(np.ones((1, width))), [0.0])


def test_a_failed_model_stays_out_of_the_normalisation():
    table = [[10.0, 0.5], [np.nan, np.nan], [20.0, 0.9], [np.nan, 99.0]]
    scores = ETran().pool_scores(table)
    np.testing.assert_allclose(scores, [0, np.nan, 1, np.nan])
    assert np.isnan(NCTI().pool_scores(np.full((2, 3), np.nan))).all()


@every_pool_metric
def test_pool_scores_leave_the_table_alone_and_follow_its_rows(metric, pool, y):
    table = _table(metric, pool, y)
    before = table.copy()
    table.flags.writeable = False
    scores = metric.pool_scores(table)
    np.testing.assert_array_equal(table, before)
    np.testing.assert_array_equal(metric.pool_scores(table[::-1]), scores[::-1])


def test_a_table_of_the_wrong_width_is_an_error():
    with pytest.raises(ValueError, match=r"`components` must have 3 columns, .* got 2"):
        NCTI().pool_scores([[1.0, 2.0]])


# ---------------------------------------------------------------- ModelSelector


@every_pool_metric
def test_selector_ranks_by_pooled_scores(metric, pool, y):
    selector = ModelSelector(metric).fit(pool, y)
    expected = metric.pool_scores(_table(metric, pool, y))
    np.testing.assert_array_equal(selector.scores_, expected)
    np.testing.assert_array_equal(selector.results_["score"], expected)
    assert selector.best_name_ == "sharp"
    assert selector.best_score_ == expected.max()


@pytest.mark.parametrize(
    "pipeline",
    [make_pipeline(CappedPCA(8), NCTI()), make_perturbed(NCTI()), make_perturbed(ETran())],
    ids=["pca", "perturbed ncti", "perturbed etran"],
)
def test_selector_finds_the_pool_metric_at_the_end_of_a_pipeline(pipeline, pool, y):
    selector = ModelSelector(make_pipeline("passthrough", pipeline)).fit(pool, y)
    table = [pipeline.fit(X, y)[-1].components_ for X in pool.values()]
    np.testing.assert_array_equal(selector.scores_, pipeline[-1].pool_scores(table))


def test_selector_pools_one_metric_among_several(pool, y):
    metrics = {
        "logme": LogME(),
        "ncti": make_perturbed(NCTI()),
        "etran": ETran(weight=0.5),
        "probe": LogisticRegression(),
    }
    several = ModelSelector(metrics).fit(pool, y)
    for i, (name, metric) in enumerate(metrics.items()):
        alone = ModelSelector(metric).fit(pool, y)
        np.testing.assert_array_equal(several.scores_[:, i], alone.scores_)
        np.testing.assert_array_equal(several.results_[f"score_{name}"], alone.scores_)
        np.testing.assert_array_equal(several.results_[f"rank_{name}"], alone.ranks_)


@every_pool_metric
def test_selector_scores_a_pool_of_one_with_zero(metric, pool, y):
    selector = ModelSelector(metric).fit({"sharp": pool["sharp"]}, y)
    assert selector.scores_.tolist() == [0.0]
    assert selector.ranks_.tolist() == [1]


@every_pool_metric
def test_copies_of_one_model_share_a_place(metric, pool, y):
    copies = dict.fromkeys("abc", pool["dull"])
    selector = ModelSelector(metric).fit(copies, y)
    assert selector.scores_.tolist() == [0.0] * 3
    assert selector.ranks_.tolist() == [1] * 3


@every_pool_metric
@pytest.mark.parametrize("error_score", [np.nan, 7.0])
def test_a_failed_model_ranks_last_and_leaves_the_others_alone(metric, error_score, pool, y):
    broken = {"empty": np.full((90, 3), np.nan), **pool}
    with pytest.warns(
        FitFailedWarning, match=r"1 of 4 models; they rank last. 'empty': ValueError"
    ):
        selector = ModelSelector(metric, error_score=error_score).fit(broken, y)
    whole = ModelSelector(metric).fit(pool, y)
    np.testing.assert_array_equal(selector.scores_[0], error_score)
    np.testing.assert_array_equal(selector.scores_[1:], whole.scores_)
    assert selector.ranking_ == [*whole.ranking_, "empty"]


@every_pool_metric
def test_a_pool_that_fails_altogether_is_an_error(metric, y):
    with pytest.raises(ValueError, match=r"could score none of the models\. 'a': ValueError"):
        ModelSelector(metric).fit({"a": np.full((90, 3), np.nan)}, y)


@every_pool_metric
def test_neither_the_order_of_the_models_nor_n_jobs_changes_a_score(metric, pool, y):
    expected = ModelSelector(metric).fit(pool, y)
    backwards = ModelSelector(metric, n_jobs=2).fit(dict(reversed(pool.items())), y)
    np.testing.assert_allclose(backwards.scores_[::-1], expected.scores_, rtol=1e-9, atol=1e-9)
    assert backwards.ranking_ == expected.ranking_


def test_an_estimator_with_components_but_no_pool_tag_is_no_pool_metric(pool, y):
    class Plain(BaseEstimator):
        def fit(self, X, y):
            self.components_, self.score_ = np.ones(3), float(X.std())
            return self

    selector = ModelSelector(Plain()).fit(pool, y)
    np.testing.assert_allclose(selector.scores_, [X.std() for X in pool.values()])

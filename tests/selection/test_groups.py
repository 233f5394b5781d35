"""Groups: rows that belong together stay together in all that a selector draws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skperturb import FeatureSets, HalvingModelSelector, ModelSelector
from skperturb.metrics import LogME, NearestCentroidScore


class Noted(LogME):
    """LogME that notes the rows it sees, whose first feature is their number."""

    seen: list = []  # noqa: RUF012 shared with all clones on purpose

    def _score(self, X, target):
        self.seen.append(X[:, 0].astype(int))
        return super()._score(X, target)


def _numbered(n_rows, seed=0):
    """Return features whose first column is the number of the row."""
    X = np.random.default_rng(seed).standard_normal((n_rows, 3))
    X[:, 0] = np.arange(n_rows)
    return X


@settings(max_examples=10)
@given(
    groups=st.lists(st.integers(0, 9), min_size=30, max_size=50).filter(lambda g: len(set(g)) > 4),
    data=st.data(),
    selector=st.sampled_from([ModelSelector, HalvingModelSelector]),
)
def test_no_group_is_ever_split(groups, data, selector):
    y = np.array(
        data.draw(st.lists(st.sampled_from("ab"), min_size=len(groups), max_size=len(groups)))
    )
    y[:2] = ["a", "b"]
    groups = np.array(groups)
    Noted.seen.clear()
    params = {"max_samples": 45} if selector is ModelSelector else {"min_resources": 20}
    try:
        fitted = selector(Noted(), n_resamples=3, **params).fit(
            {"m": _numbered(len(y))}, y, groups=groups
        )
    except ValueError as error:
        assert "at least 3 groups" in str(error)  # noqa: PT017 what may be said of such draws
        return
    looked_at = fitted.sample_indices_
    assert np.isin(groups, groups[looked_at]).sum() == len(looked_at)
    for rows in Noted.seen:
        assert np.isin(groups, groups[rows]).sum() == len(rows)


@pytest.mark.parametrize("selector", [ModelSelector, HalvingModelSelector])
@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        (np.arange(39), ValueError, "`groups` .* one entry per row, as y has, 40, got 39"),
        (["p"] * 40, ValueError, "`groups` .* at least 2 groups, got 1, .*'p'.*; leave it out"),
        ([np.nan, *range(39)], ValueError, "groups contains NaN"),
        (np.zeros(40), ValueError, r"`groups` .* got 1, 0\.0, for all rows"),
        (np.zeros((40, 2)), ValueError, r"`groups` .* one column, got .* shape \(40, 2\)"),
        ([None, *"p" * 39], ValueError, "`groups` must have a value in every row, .* row 0"),
        (np.array([1, *"p" * 39], object), ValueError, "`groups` .* must be of one kind"),
    ],
)
def test_bad_groups_are_one_error_before_any_work(selector, groups, error, message):
    def untouched():
        pytest.fail("was opened")

    with pytest.raises(error, match=message):
        selector(LogME()).fit({"m": untouched}, np.arange(40) % 2, groups=groups)


def test_large_whole_numbers_of_pandas_are_groups_of_their_own():
    pool, y, groups = {"a": _numbered(40)}, np.arange(40) % 2, 2**62 + np.arange(40) // 4
    selector = ModelSelector(LogME(), n_resamples=5)
    low = selector.fit(pool, y, groups=groups).results_["score_low"]
    selector.fit(pool, y, groups=pd.Series(groups, dtype="Int64"))
    np.testing.assert_array_equal(selector.results_["score_low"], low)


@pytest.mark.parametrize("names", [np.arange(40), [f"patient {i}" for i in range(40)]], ids=type)
def test_groups_in_another_order_than_y_are_refused(names):
    y = pd.Series(np.arange(40) % 2, index=names)
    groups = pd.Series(np.arange(40) // 4, index=names[::-1])
    selector = ModelSelector(LogME(), n_resamples=5)
    with pytest.raises(
        ValueError, match=r"`groups` of ModelSelector must have the index of y, got"
    ):
        selector.fit({"a": _numbered(40)}, y, groups=groups)
    selector.fit({"a": _numbered(40)}, y, groups=groups.reindex(names))
    selector.fit({"a": _numbered(40)}, y, groups=groups.to_numpy())


def test_the_names_of_groups_do_not_matter():
    y, groups = np.arange(40) % 2, np.arange(40) // 4
    pool = {"a": _numbered(40), "b": _numbered(40, 1)}
    selector = ModelSelector(LogME(), n_resamples=5)
    by_number = selector.fit(pool, y, groups=groups).results_["score_low"]
    words = np.array([f"patient {chr(97 + group)}" for group in groups])
    np.testing.assert_array_equal(
        selector.fit(pool, y, groups=words).results_["score_low"], by_number
    )


def test_every_row_its_own_group_is_a_sample_of_its_own_kind():
    y = np.arange(40) % 2
    pool = {"a": _numbered(40), "b": _numbered(40, 1)}
    with_groups = ModelSelector(LogME(), n_resamples=5).fit(pool, y, groups=np.arange(40))
    without = ModelSelector(LogME(), n_resamples=5).fit(pool, y)
    np.testing.assert_array_equal(with_groups.results_["score_low"], without.results_["score_low"])


def test_groups_may_cut_across_classes():
    rng = np.random.default_rng(0)
    y, groups = rng.integers(0, 3, 120), rng.integers(0, 20, 120)
    pool = {"a": np.eye(3)[y] + rng.standard_normal((120, 3)), "b": rng.standard_normal((120, 3))}
    selector = ModelSelector(LogME(), n_resamples=30, max_samples=80).fit(pool, y, groups=groups)
    assert selector.best_name_ == "a"
    assert selector.results_["rank_low"][0] == 1


def test_regression_takes_groups():
    rng = np.random.default_rng(0)
    y, groups = rng.standard_normal(60), np.arange(60) // 3
    pool = {"a": y[:, None] + rng.standard_normal((60, 3)), "b": rng.standard_normal((60, 3))}
    selector = ModelSelector(LogME(), n_resamples=20, max_samples=45).fit(pool, y, groups=groups)
    assert len(selector.sample_indices_) == 45
    assert selector.best_name_ == "a"


def test_groups_reach_a_selector_in_a_pipeline():
    y, groups = np.arange(40) % 2, np.arange(40) // 4
    sets = FeatureSets({"a": _numbered(40), "b": np.eye(2)[y] + 0.1 * _numbered(40, 1)[:, 1:]})
    selector = ModelSelector(NearestCentroidScore(), n_resamples=3)
    model = make_pipeline(selector, LogisticRegression())
    direct = selector.fit(sets, y, groups=groups).results_["score_low"]
    by_prefix = model.fit(sets, y, modelselector__groups=groups)[0].results_["score_low"]
    np.testing.assert_array_equal(by_prefix, direct)
    with config_context(enable_metadata_routing=True):
        selector = ModelSelector(NearestCentroidScore(), n_resamples=3)
        selector.set_fit_request(groups=True)
        routed = make_pipeline(selector, LogisticRegression()).fit(sets, y, groups=groups)
    np.testing.assert_array_equal(routed[0].results_["score_low"], direct)


def test_folds_of_a_probe_keep_groups_while_metadata_are_routed():
    y, groups = np.arange(40) % 2, np.arange(40) // 4
    pool = {"a": _numbered(40), "b": _numbered(40, 1)}
    plain = ModelSelector(LogisticRegression()).fit(pool, y, groups=groups)
    with config_context(enable_metadata_routing=True):
        routed = ModelSelector(LogisticRegression()).fit(pool, y, groups=groups)
    np.testing.assert_array_equal(routed.scores_, plain.scores_)

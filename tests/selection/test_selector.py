"""ModelSelector: a ranking that does not depend on what it should not depend on."""

from functools import partial
from typing import ClassVar

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import DataConversionWarning, FitFailedWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skperturb import Attract, CappedPCA, ModelSelector, Spread
from skperturb.metrics import HScore, LogME, NearestCentroidScore

_METRICS = {"logme": LogME(), "h": HScore()}


@pytest.fixture(scope="module")
def pool():
    """Four models, from the sharpest to the blindest."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    means = rng.standard_normal((3, 6))[np.arange(60) % 3]
    strengths = {"sharp": 3.0, "fair": 1.0, "dull": 0.5, "blind": 0.0}
    sets = {
        name: np.hstack([strength * means, np.zeros((60, i))]) + rng.standard_normal((60, 6 + i))
        for i, (name, strength) in enumerate(strengths.items())
    }
    return sets, y


def _refuse(X):
    X = X.copy()
    X[5, 0] = np.nan
    return X


def test_the_ranking_follows_the_scores(pool):
    sets, y = pool
    selector = ModelSelector(LogME()).fit(sets, y)
    expected = {name: LogME().fit(X, y).score_ for name, X in sets.items()}
    assert dict(zip(selector.names_, selector.scores_, strict=True)) == pytest.approx(expected)
    assert selector.ranking_ == sorted(expected, key=expected.get, reverse=True)
    assert selector.ranking_[0] == selector.best_name_ == "sharp"
    assert selector.best_score_ == max(selector.scores_)
    np.testing.assert_array_equal(selector.ranks_, np.argsort(np.argsort(-selector.scores_)) + 1)
    assert selector.failures_ == {}


def test_the_default_is_logme_of_principal_components_for_classes_and_logme_for_numbers(pool):
    sets, y = pool
    by_default = ModelSelector().fit(sets, y)
    projected = make_pipeline(CappedPCA(64), LogME())
    np.testing.assert_array_equal(by_default.scores_, ModelSelector(projected).fit(sets, y).scores_)
    target = sets["sharp"][:, 0] + 0.1
    np.testing.assert_array_equal(
        ModelSelector().fit(sets, target).scores_, ModelSelector(LogME()).fit(sets, target).scores_
    )


def test_results_make_a_table(pool):
    pd = pytest.importorskip("pandas")
    sets, y = pool
    one = pd.DataFrame(ModelSelector(LogME()).fit(sets, y).results_)
    assert list(one.columns) == [
        *("rank", "model", "score", "seconds", "seconds_shared"),
        *("warnings", "error", "metric", "digest"),
    ]
    assert list(one["model"]) == list(sets)
    many = pd.DataFrame(ModelSelector(_METRICS).fit(sets, y).results_)
    columns = [f"{kind}_{name}" for name in _METRICS for kind in ("score", "rank", "seconds")]
    assert list(many.columns) == [
        *("rank", "model", "mean_rank", *columns, "seconds_shared"),
        *("warnings", "error", "metric", "digest"),
    ]
    assert (many["seconds_h"] > 0).all()


def test_several_metrics_rank_by_their_mean_rank(pool):
    sets, y = pool
    selector = ModelSelector(_METRICS).fit(sets, y)
    alone = [ModelSelector(metric).fit(sets, y) for metric in _METRICS.values()]
    np.testing.assert_array_equal(selector.scores_, np.column_stack([a.scores_ for a in alone]))
    mean = np.mean([each.ranks_ for each in alone], axis=0)
    np.testing.assert_array_equal(selector.results_["mean_rank"], mean)
    assert list(selector.ranks_) == [1 + sum(mean < own) for own in mean]
    np.testing.assert_array_equal(selector.best_score_, selector.scores_[0])


class CountedPCA(CappedPCA):
    """CappedPCA that notes its fits."""

    fits: ClassVar = []

    def fit_transform(self, X, y=None):
        """Note the width."""
        self.fits.append(X.shape[1])
        return super().fit_transform(X, y)


def test_metrics_share_the_steps_before_them(pool):
    sets, y = pool
    steps = [CountedPCA(4), Spread(), Attract()]
    metrics = {
        "logme": make_pipeline(*steps, LogME()),
        "h": make_pipeline(*steps, HScore()),
        "other": make_pipeline(CountedPCA(3), HScore()),
        "plain": LogME(),
        "model": make_pipeline(CappedPCA(4), LogisticRegression()),
    }
    CountedPCA.fits.clear()
    together = ModelSelector(metrics).fit(sets, y)
    assert len(CountedPCA.fits) == 2 * len(sets)
    alone = [ModelSelector(metric).fit(sets, y).scores_ for metric in metrics.values()]
    np.testing.assert_array_equal(together.scores_, np.column_stack(alone))


@settings(max_examples=10)
@given(order=st.permutations(["sharp", "fair", "dull", "blind"]))
def test_the_order_of_the_pool_changes_nothing(pool, order):
    sets, y = pool
    selector = ModelSelector(LogME()).fit({name: sets[name] for name in order}, y)
    assert selector.names_ == order
    assert selector.ranking_ == ModelSelector(LogME()).fit(sets, y).ranking_


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_the_number_of_jobs_and_the_backend_change_nothing(pool, backend):
    sets, y = pool
    alone = ModelSelector(_METRICS).fit(sets, y)
    with joblib.parallel_config(backend):
        together = ModelSelector(_METRICS, n_jobs=2).fit(sets, y)
    assert together.ranking_ == alone.ranking_
    np.testing.assert_allclose(together.scores_, alone.scores_, rtol=1e-10)


def test_equal_features_share_a_place_and_rank_by_name(pool):
    sets, y = pool
    twins = {"zeta": sets["sharp"], "dull": sets["dull"], "alpha": sets["sharp"] * 3.0}
    selector = ModelSelector(LogME()).fit(twins, y)
    assert list(selector.ranks_) == [1, 3, 1]
    assert selector.ranking_ == ["alpha", "zeta", "dull"]


def test_a_sequence_is_numbered_and_pairs_keep_their_names(pool):
    sets, y = pool
    assert ModelSelector(LogME()).fit(list(sets.values()), y).names_ == ["0", "1", "2", "3"]
    assert ModelSelector(LogME()).fit(list(sets.items()), y).names_ == list(sets)


def test_frames_lists_and_memory_maps_are_feature_sets(pool, tmp_path):
    pd = pytest.importorskip("pandas")
    sets, y = pool
    np.save(tmp_path / "fair.npy", sets["fair"])
    mixed = {
        "frame": pd.DataFrame(sets["fair"]).rename(columns=str),
        "list": sets["fair"].tolist(),
        "map": np.load(tmp_path / "fair.npy", mmap_mode="r"),
    }
    selector = ModelSelector(LogME()).fit(mixed, pd.Series(y))
    np.testing.assert_allclose(selector.scores_, LogME().fit(sets["fair"], y).score_, rtol=1e-12)


def test_the_metric_of_the_user_is_not_fitted(pool):
    sets, y = pool
    metric = LogME()
    ModelSelector(metric).fit(sets, y)
    assert not hasattr(metric, "score_")


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize("error_score", [np.nan, 1e9])
def test_a_bad_set_does_not_lose_the_others(pool, error_score):
    sets, y = pool
    bad = sets | {"short": sets["fair"][:-1], "holes": _refuse(sets["fair"])}
    with pytest.warns(
        FitFailedWarning, match=r"could not score 2 of 6 models.*'short'.*'holes'"
    ) as seen:
        selector = ModelSelector(LogME(), error_score=error_score).fit(bad, y)
    assert len(seen) == 1
    assert selector.ranking_[:4] == ModelSelector(LogME()).fit(sets, y).ranking_
    assert selector.ranking_[4:] == ["holes", "short"]
    assert list(selector.ranks_[4:]) == [5, 5]
    np.testing.assert_array_equal(selector.scores_[4:], error_score)
    assert "as many rows as y, 60, got 59" in selector.failures_["short"]
    assert "contains NaN" in selector.failures_["holes"]
    assert list(selector.results_["rank"]) == list(selector.ranks_)


class Picky(LogME):
    """LogME that refuses more than 9 features."""

    def _score(self, X, target):
        if X.shape[1] > 9:
            msg = "too wide"
            raise ValueError(msg)
        return super()._score(X, target)


def test_a_model_that_fails_under_one_of_several_metrics_ranks_last(pool):
    sets, y = pool
    wide = {**sets, "best": np.hstack([sets["sharp"], sets["sharp"]])}
    metrics = {"a": LogME(), "b": HScore(), "picky": Picky()}
    with pytest.warns(FitFailedWarning, match=r"could not score 1 of 5 models; they rank last"):
        selector = ModelSelector(metrics).fit(wide, y)
    assert selector.ranking_[-1] == "best"
    assert selector.ranks_[-1] == 5
    assert selector.results_["mean_rank"][-1] < selector.results_["mean_rank"].max()
    assert selector.failures_ == {"best": "picky: ValueError: too wide"}
    assert selector.failed_.sum() == 1
    assert selector.failed_[-1, 2]


def test_if_every_model_fails_under_some_metric_there_is_no_ranking(pool):
    sets, y = pool
    wide = {"wide": np.hstack([sets["sharp"], sets["sharp"]]), "flat": sets["fair"][:, 0]}
    with pytest.raises(ValueError, match=r"none of the models by all of the metrics.*'wide': b"):
        ModelSelector({"a": LogME(), "b": Picky()}).fit(wide, y)


def test_a_column_of_labels_warns_once(pool):
    sets, y = pool
    with pytest.warns(DataConversionWarning) as seen:
        ModelSelector(_METRICS).fit(sets, y[:, None])
    assert len(seen) == 1


def _two_lines(X):
    if np.isnan(X).any():
        msg = "the first line\nand a second"
        raise ValueError(msg)
    return X


def test_the_warning_has_the_first_line_of_each_reason(pool):
    sets, y = pool
    metric = make_pipeline(FunctionTransformer(_two_lines), LogME())
    with pytest.warns(FitFailedWarning, match=r"'fair': ValueError: the first line$"):
        selector = ModelSelector(metric).fit({**sets, "fair": sets["fair"] * np.nan}, y)
    assert selector.failures_["fair"].endswith("the first line\nand a second")


@pytest.mark.parametrize("source", [dict, 3, None])
def test_what_is_no_feature_set_is_named(pool, source):
    sets, y = pool
    with pytest.raises(TypeError, match="must be array-like, a path or a callable, got"):
        ModelSelector(LogME(), error_score="raise").fit({**sets, "file": source}, y)


def test_raise_raises_at_once(pool):
    sets, y = pool
    with pytest.raises(ValueError, match="contains NaN"):
        ModelSelector(LogME(), error_score="raise").fit({"holes": _refuse(sets["fair"])}, y)


def test_a_reason_of_many_is_said_once(pool):
    sets, y = pool
    many = {f"m{i}": sets["fair"][:-1] for i in range(9)} | {"ok": sets["fair"]}
    with pytest.warns(FitFailedWarning, match=r"last. 'm0', 'm1', 'm2' and 6 others: ValueError"):
        selector = ModelSelector(LogME()).fit(many, y)
    assert len(selector.failures_) == 9


def test_if_all_fail_every_reason_is_named(pool):
    sets, y = pool
    bad = {"short": sets["fair"][:-1], "holes": _refuse(sets["fair"])}
    with pytest.raises(ValueError, match=r"none of the models.*'short'.*'holes'.*NaN"):
        ModelSelector(LogME()).fit(bad, y)


class Silent(BaseEstimator):
    """A metric that answers NaN, which is no answer."""

    def fit(self, X, y):
        """Do nothing."""
        self.score_ = np.nan
        return self


def test_a_nan_score_is_a_failure(pool):
    sets, y = pool
    with pytest.raises(ValueError, match="The score must be finite, got nan"):
        ModelSelector(Silent()).fit(sets, y)


@pytest.mark.parametrize(
    ("feature_sets", "error", "message"),
    [
        ({}, ValueError, "at least 1 feature set, got an empty pool"),
        ([], ValueError, "at least 1 feature set, got an empty pool"),
        ([("a", [[0.0]]), ("a", [[1.0]])], ValueError, "unique, got 'a' more than once"),
        ({1: [[0.0]], "1": [[1.0]]}, ValueError, "unique, got '1' more than once"),
        (np.zeros((4, 2)), TypeError, "must be a mapping .* got ndarray; put them into a dict"),
        ("features.npy", TypeError, "must be a mapping .* got str"),
        (None, TypeError, "must be a mapping .* got NoneType"),
    ],
)
def test_bad_pools_raise(feature_sets, error, message):
    with pytest.raises(error, match=message):
        ModelSelector(LogME()).fit(feature_sets, [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("selector", "error", "message"),
    [
        (ModelSelector(error_score="ignore"), ValueError, "must be 'raise' or a number"),
        (ModelSelector(error_score=None), ValueError, "must be 'raise' or a number, got None"),
        (ModelSelector({}), ValueError, "at least 1 metric, got an empty dict"),
        (ModelSelector({"a": None}), TypeError, "got None as 'a'"),
        (ModelSelector({1: LogME()}), TypeError, "Names in `metric` .* must be strings, got 1"),
    ],
)
def test_bad_parameters_raise_in_fit(pool, selector, error, message):
    with pytest.raises(error, match=message):
        selector.fit(*pool)


def test_an_estimator_without_a_score_is_named(pool):
    with pytest.raises(TypeError, match="StandardScaler has no `score_` after fit"):
        ModelSelector(StandardScaler(), error_score="raise").fit(*pool)


@pytest.mark.parametrize(
    ("y", "message"),
    [(None, "requires y to be passed"), ([0.0, np.nan], "NaN"), ([], "minimum of 1")],
)
def test_bad_targets_raise(pool, y, message):
    with pytest.raises(ValueError, match=message):
        ModelSelector(LogME()).fit(pool[0], y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["ant"] * 60, "needs at least 2 classes, got 1: every label is ant"),
        (["ant", "bee", None] * 20, "`y` must have a value in every row, got none in row 2"),
        (["ant", "bee", np.nan] * 20, "`y` must have a value in every row, got none in row 2"),
        (np.array(["ant", 1] * 30, object), "labels of one kind, all .* numbers, got int and str"),
        (np.array([b"ant", b"bee"] * 30), r"words or numbers, got bytes; .* y\.astype\(str\)"),
        (["ant", "bee"] * 29, "one entry per row of the feature sets, which have 60 rows, got 58"),
    ],
)
def test_bad_labels_are_one_error_before_any_work(pool, y, message):
    def untouched():
        pytest.fail("was opened")

    sets, _ = pool
    pool = {**sets, "late": untouched} if len(y) == 60 else sets
    with pytest.raises(ValueError, match=message):
        ModelSelector(LogME()).fit(pool, y)


def test_words_of_several_types_are_words(pool):
    sets, y = pool
    mixed = np.array([np.str_(each) if i % 2 else str(each) for i, each in enumerate(y)], object)
    expected = ModelSelector(LogME()).fit(sets, np.asarray(y).astype(str)).scores_
    np.testing.assert_array_equal(ModelSelector(LogME()).fit(sets, mixed).scores_, expected)


# ---------------------------------------------------------------- rows and files


def test_a_sample_is_drawn_once_for_all(pool, tmp_path):
    sets, y = pool
    np.save(tmp_path / "fair.npy", sets["fair"])
    selector = ModelSelector(_METRICS, max_samples=30).fit(
        {**sets, "file": tmp_path / "fair.npy"}, y
    )
    rows = selector.sample_indices_
    assert len(rows) == 30
    assert list(np.unique(y[rows], return_counts=True)[1]) == [10, 10, 10]
    few = {name: X[rows] for name, X in sets.items()}
    alone = ModelSelector(_METRICS).fit({**few, "file": few["fair"]}, y[rows])
    np.testing.assert_array_equal(selector.scores_, alone.scores_)
    half = ModelSelector(_METRICS, max_samples=0.5).fit(sets, y)
    np.testing.assert_array_equal(half.sample_indices_, rows)
    other = ModelSelector(_METRICS, max_samples=30, random_state=1).fit(sets, y)
    assert list(other.sample_indices_) != list(rows)


@pytest.mark.parametrize("max_samples", [None, 60, 1000, 1.0])
def test_a_sample_of_all_rows_is_no_sample(pool, max_samples):
    selector = ModelSelector(LogME(), max_samples=max_samples).fit(*pool)
    np.testing.assert_array_equal(selector.sample_indices_, np.arange(60))


def test_only_the_rows_of_a_sample_are_read(pool, tmp_path):
    sets, y = pool
    holed = sets["fair"].copy()
    rows = ModelSelector(LogME(), max_samples=20).fit(sets, y).sample_indices_
    holed[np.setdiff1d(np.arange(60), rows)] = np.nan
    np.save(tmp_path / "holed.npy", holed)
    selector = ModelSelector(LogME(), max_samples=20).fit(
        {"holed": tmp_path / "holed.npy", "fair": sets["fair"]}, y
    )
    assert selector.scores_[0] == selector.scores_[1]


@pytest.mark.parametrize(
    ("max_samples", "error", "message"),
    [
        (0, ValueError, "integer of at least 1, a share .* got 0"),
        (1.5, ValueError, "got 1.5"),
        (np.nan, ValueError, "got nan"),
        (True, TypeError, "got True"),
        ("20", TypeError, "got '20'"),
        (5, ValueError, "must be at least 6, to hold 2 rows of each class of y, got 5"),
        (0.05, ValueError, "must be at least 6, .* got 0.05, 3 rows"),
    ],
)
def test_bad_samples_raise(pool, max_samples, error, message):
    with pytest.raises(error, match=message):
        ModelSelector(LogME(), max_samples=max_samples).fit(*pool)


def test_files_are_feature_sets_and_the_best_is_opened(pool, tmp_path):
    sets, y = pool
    for name, X in sets.items():
        np.save(tmp_path / f"{name}.npy", X)
    files = {path.stem: path for path in tmp_path.iterdir()}
    held = ModelSelector(LogME()).fit(sets, y)
    selector = ModelSelector(LogME()).fit(files, y)
    assert selector.ranking_ == held.ranking_
    np.testing.assert_array_equal(selector.transform(files), sets["sharp"])
    functions = {name: partial(np.load, path) for name, path in files.items()}
    assert ModelSelector(LogME()).fit(functions, y).ranking_ == held.ranking_
    model = make_pipeline(ModelSelector(LogME()), LogisticRegression()).fit(files, y)
    assert model.score(files, y) > 0.9


def test_a_relative_path_is_that_of_the_caller(pool, tmp_path, monkeypatch):
    sets, y = pool
    for folder, name in (("one", "sharp"), ("two", "blind")):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / "x.npy", sets[name][:, :6])
    scores = []
    for folder in ("one", "two"):  # the workers of the first fit are still there
        monkeypatch.chdir(tmp_path / folder)
        scores.append(ModelSelector(LogME(), n_jobs=2).fit({"x": "x.npy"}, y).best_score_)
    assert scores[0] > scores[1]


# ---------------------------------------------------------------- transform


def test_transform_hands_on_the_features_of_the_best(pool):
    sets, y = pool
    selector = ModelSelector(LogME()).fit(sets, y)
    assert selector.transform(sets) is sets["sharp"]
    assert selector.transform({"sharp": sets["sharp"][:5]}).shape == (5, 6)
    numbered = ModelSelector(LogME()).fit(list(sets.values()), y)
    assert numbered.transform(list(sets.values())) is sets["sharp"]
    with pytest.raises(ValueError, match="must hold the best model, 'sharp', got only 'dull'"):
        selector.transform({"dull": sets["dull"]})
    with pytest.raises(NotFittedError):
        ModelSelector().transform(sets)


def test_a_selector_before_a_classifier_is_a_model(pool):
    sets, y = pool
    model = make_pipeline(ModelSelector(NearestCentroidScore()), LogisticRegression()).fit(sets, y)
    assert model.score(sets, y) > 0.9
    assert model[0].best_name_ == "sharp"


def test_a_selector_clones_and_shows_its_parameters():
    selector = ModelSelector({"logme": LogME(), "h": HScore()}, n_jobs=2)
    copy = clone(selector)
    assert copy.get_params()["n_jobs"] == 2
    assert copy.metric["logme"] is not selector.metric["logme"]

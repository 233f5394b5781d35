"""Spread, Attract and the recipe, on cases small enough to check by hand and by loop."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from discovery import PERTURBATIONS
from skperturb import Attract, CappedPCA, Spread, make_perturbed
from skperturb.metrics import LogME
from strategies import labelled_features


def naive_spread(X, codes, force, unit):
    """The formula, sample by sample."""
    moved = X.copy()
    for i, x in enumerate(X):
        own = X[codes == codes[i]]
        offset = x - own.mean(axis=0)
        distance = np.sqrt(np.sum(offset**2))
        length = np.sqrt(own.var(axis=0).sum()) if unit == "radius" else 1.0
        if len(own) > 1 and distance > 0:
            moved[i] = x + force * length * offset / distance
    return moved


def naive_attract(X, codes, alpha, sigma, pairs):
    """The formula, class by class and pair by pair."""
    moved = X.copy()
    labels = np.unique(codes)
    for c in labels:
        own = X[codes == c]
        for j in labels[labels != c]:
            other = X[codes == j]
            gap = other.mean(axis=0) - own.mean(axis=0)
            distance = np.sqrt(np.sum(gap**2))
            radii = np.sqrt(own.var(axis=0).sum()) + np.sqrt(other.var(axis=0).sum())
            step = alpha * (distance - sigma * radii) * gap / distance
            moved[codes == c] += step / (len(labels) - 1 if pairs == "mean" else 1)
    return moved


@given(
    data=labelled_features(min_count=1),
    force=st.floats(-2, 2),
    unit=st.sampled_from(["absolute", "radius"]),
)
def test_spread_equals_the_loop(data, force, unit):
    X, codes = data
    moved = Spread(force, unit=unit).fit_transform(X, codes)
    expected = naive_spread(X, codes, force, unit)
    np.testing.assert_allclose(moved, expected, atol=1e-9 * np.abs(X).max())


@given(
    data=labelled_features(min_count=1),
    alpha=st.floats(-1, 1),
    sigma=st.floats(0, 2),
    pairs=st.sampled_from(["mean", "sum"]),
)
def test_attract_equals_the_loop(data, alpha, sigma, pairs):
    X, codes = data
    moved = Attract(alpha, sigma=sigma, pairs=pairs).fit_transform(X, codes)
    expected = naive_attract(X, codes, alpha, sigma, pairs)
    np.testing.assert_allclose(moved, expected, atol=1e-9 * np.abs(X).max())


def test_spread_on_a_line():
    X = np.array([[-2.0], [2.0], [10.0], [14.0]])
    y = ["ant", "ant", "bee", "bee"]
    np.testing.assert_allclose(Spread(1.0).fit_transform(X, y).ravel(), [-3, 3, 9, 15])
    np.testing.assert_allclose(Spread(-1.0).fit_transform(X, y).ravel(), [-1, 1, 11, 13])
    half = Spread(0.5, unit="radius").fit_transform(X, y)  # both radii are 2
    np.testing.assert_allclose(half.ravel(), [-3, 3, 9, 15])


def test_attract_stops_two_classes_at_the_overlap_sigma():
    X = np.array([[-1.0], [1.0], [9.0], [11.0]])  # radii 1, means 0 and 10
    moved = Attract(0.5, sigma=0.6).fit_transform(X, [0, 0, 1, 1])
    np.testing.assert_allclose(moved.ravel(), [3.4, 5.4, 4.6, 6.6])  # means 1.2 apart
    again = Attract(0.5, sigma=0.6).fit_transform(moved, [0, 0, 1, 1])
    np.testing.assert_allclose(again, moved)


def test_attract_moves_classes_apart_that_overlap_more_than_sigma():
    X = np.array([[-1.0], [1.0], [-0.5], [1.5]])  # radii 1, means 0.5 apart
    shifts = Attract(1.0, sigma=1.0).fit(X, [0, 0, 1, 1]).shifts_
    np.testing.assert_allclose(shifts.ravel(), [-1.5, 1.5])


def test_the_sum_over_pairs_is_the_mean_times_their_number():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 3)), np.arange(40) % 5
    mean, total = Attract().fit(X, y), Attract(pairs="sum").fit(X, y)
    np.testing.assert_allclose(total.shifts_, 4 * mean.shifts_)


def test_coincident_means_do_not_pull_on_each_other():
    X = np.array([[-1.0, 0.1], [1.0, 0.1], [0.0, -0.9], [0.0, 1.1], [9.0, 0.1], [9.0, 0.1]])
    y = [0, 0, 1, 1, 2, 2]
    shifts = Attract(0.2, sigma=0.0).fit(X, y).shifts_
    np.testing.assert_allclose(shifts, [[0.9, 0], [0.9, 0], [-1.8, 0]], atol=1e-14)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e6 + 0.1])
def test_samples_on_their_class_mean_stay(value):
    X = np.full((9, 4), value)
    X[3:6] += [[-0.7], [0.0], [0.7]]  # the middle one is the mean, up to rounding
    X[6:] = value + 7.0
    y = [0] * 3 + [1] * 3 + [2] * 3
    moved = Spread().fit_transform(X, y)
    stay = [0, 1, 2, 4, 6, 7, 8]
    np.testing.assert_array_equal(moved[stay], X[stay])
    np.testing.assert_allclose(moved[[3, 5]] - X[[3, 5]], [[-0.5] * 4, [0.5] * 4], atol=1e-6)


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=str)
def test_classes_of_one_sample_move_without_nan(perturbation):
    X = np.array([[0.0, 0.0], [5.0, 1.0], [9.0, 2.0], [9.5, 2.5]])
    fitted = clone(perturbation)
    assert np.isfinite(fitted.fit_transform(X, ["a", "b", "c", "c"])).all()
    np.testing.assert_array_equal(fitted.radii_[:2], 0.0)
    np.testing.assert_array_equal(fitted.class_counts_, [1, 1, 2])
    np.testing.assert_array_equal(fitted.means_[:2], X[:2])


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=str)
def test_without_labels_rows_move_with_the_nearest_mean(perturbation):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 3)) + 2 * np.eye(3)[np.arange(30) % 3]
    fitted = clone(perturbation).fit(X, np.arange(30) % 3)
    new = rng.standard_normal((20, 3))
    distances = [[np.linalg.norm(x - mean) for mean in fitted.means_] for x in new]
    by_hand = fitted.transform(new, labels=np.argmin(distances, axis=1))
    np.testing.assert_array_equal(fitted.transform(new), by_hand)


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=str)
def test_labels_must_be_known_and_as_many_as_rows(perturbation):
    X = np.array([[0.0], [1.0], [5.0], [6.0]])
    fitted = clone(perturbation).fit(X, ["ant", "ant", "bee", "bee"])
    with pytest.raises(ValueError, match="must be among the classes seen in fit, got 'cat'"):
        fitted.transform(X, labels=["ant", "ant", "bee", "cat"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fitted.transform(X, labels=["ant"])
    with pytest.raises(ValueError, match="1d array"):
        fitted.transform(X, labels=[["ant", "bee"]] * 4)


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=str)
def test_metadata_routing_carries_labels_through_a_pipeline(perturbation):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 3)), np.array(["ant", "bee"] * 20)
    with config_context(enable_metadata_routing=True):
        step = clone(perturbation).set_transform_request(labels=True)
        pipe = make_pipeline(step, LogME()).fit(X, y)
        assert pipe.score(X, y, labels=y) == pipe[-1].score_
        assert pipe.score(X, y) != pipe[-1].score_


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=str)
def test_routed_labels_pass_through_fit_as_well(perturbation):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 3)), np.array(["ant", "bee"] * 20)
    with config_context(enable_metadata_routing=True):
        step = clone(perturbation).set_transform_request(labels=True)
        pipe = make_pipeline(step, LogME())
        assert (
            pipe.fit(X, y, labels=y)[-1].score_ == make_pipeline(step, LogME()).fit(X, y)[-1].score_
        )
        found = cross_validate(pipe, X, y, params={"labels": y}, cv=2)
    assert np.isfinite(found["test_score"]).all()


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=str)
def test_an_offset_does_not_hide_the_nearest_mean(perturbation):
    rng = np.random.default_rng(0)
    codes = np.arange(300) % 6
    X = rng.standard_normal((300, 20)) + 3 * rng.standard_normal((6, 20))[codes] + 3e8
    fitted = clone(perturbation).fit(X, codes)
    nearest = ((X[:, None] - fitted.means_) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(fitted.transform(X), fitted.transform(X, labels=nearest))


def test_a_grid_search_accepts_a_classifier_behind_the_perturbation():
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    X = rng.standard_normal((60, 5)) + 2 * (y == "bee")[:, None]
    grid = {"spread__force": [0.0, 1.0], "attract__alpha": [0.0, 0.3]}
    search = GridSearchCV(make_perturbed(LogisticRegression()), grid, cv=3).fit(X, y)
    assert search.best_score_ > 0.5


def test_the_recipe_leaves_out_what_is_none():
    names = [name for name, _ in make_perturbed(LogME()).steps]
    assert names == ["pca", "spread", "attract", "metric"]
    bare = make_perturbed(LogME(), n_components=None, force=None, alpha=None)
    assert [name for name, _ in bare.steps] == ["metric"]


def test_the_recipe_needs_a_metric():
    with pytest.raises(
        TypeError, match="`metric` of make_perturbed must be an estimator, got None"
    ):
        make_perturbed(None)


def test_the_recipe_passes_every_strength_on():
    pipe = make_perturbed(LogME(), n_components=7, force=2, unit="radius", alpha=0.1, sigma=0.4)
    params = pipe.get_params()
    names = [
        "pca__n_components",
        "spread__force",
        "spread__unit",
        "attract__alpha",
        "attract__sigma",
    ]
    assert [params[name] for name in names] == [7, 2, "radius", 0.1, 0.4]


def test_a_perturbed_score_is_the_metric_of_the_perturbed_features():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = np.eye(3, 9)[y] + 0.2 * rng.standard_normal((60, 9))
    projected = CappedPCA().fit_transform(X)
    spread = Spread(0.25, unit="radius").fit_transform(projected, y)
    moved = Attract(0.2, sigma=0.0).fit_transform(spread, y)
    score = make_perturbed(LogME()).fit(X, y)[-1].score_
    assert score == LogME().fit(moved, y).score_
    assert score != make_perturbed(LogME(), force=0.0).fit(X, y)[-1].score_


def test_the_recipe_perturbs_features_of_any_scale_alike():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = np.eye(3, 9)[y] + 0.2 * rng.standard_normal((60, 9))
    scores = [make_perturbed(LogME()).fit(X * scale, y)[-1].score_ for scale in (0.01, 1.0, 100.0)]
    np.testing.assert_allclose(scores, scores[0], rtol=1e-6)


@pytest.mark.parametrize("shape", [(60, 200), (150, 200), (300, 40)])
def test_capped_pca_keeps_the_variance_of_exact_components(shape):
    X = np.random.default_rng(0).standard_normal(shape) + 1e3
    projected = CappedPCA(n_components=30).fit_transform(X)
    exact = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)[:30]
    np.testing.assert_allclose(np.sum(projected**2), np.sum(exact**2), rtol=1e-6)


@pytest.mark.parametrize("solver", ["full", "covariance_eigh", "arpack", "randomized"])
def test_every_solver_takes_what_the_data_allow(solver):
    X = np.random.default_rng(0).standard_normal((20, 6))
    projected = CappedPCA(svd_solver=solver).fit_transform(X)
    assert projected.shape == (20, 5 if solver == "arpack" else 6)


@pytest.mark.parametrize("solver", ["auto", "arpack", "randomized"])
@pytest.mark.parametrize("X", [np.ones((6, 1)), np.eye(6, 1), np.full((6, 3), 0.1)], ids=str)
def test_every_solver_takes_one_feature_and_none_that_varies(solver, X):
    assert np.isfinite(CappedPCA(svd_solver=solver).fit_transform(X)).all()


@pytest.mark.parametrize("scale", [1e-25, 1e18])
def test_capped_pca_keeps_the_digits_of_float32(scale):
    X = np.random.default_rng(0).standard_normal((200, 30)) * np.arange(1, 31)
    exact = CappedPCA(3).fit_transform(X)
    narrow = CappedPCA(3).fit_transform((scale * X).astype(np.float32))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow.astype(float) / scale, exact, atol=1e-4)


def test_capped_pca_of_constant_features_is_zero():
    pca = CappedPCA()
    np.testing.assert_array_equal(pca.fit_transform(np.full((5, 3), 0.1)), np.zeros((5, 3)))
    assert pca.n_components_ == 3
    assert list(pca.get_feature_names_out()) == ["cappedpca0", "cappedpca1", "cappedpca2"]


def test_attract_with_a_thousand_classes_needs_no_cube():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((4000, 1024)), np.arange(4000) % 1000
    tracemalloc.start()
    try:
        Attract().fit_transform(X, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 260 * 2**20  # all pairs of means would take 8 GiB

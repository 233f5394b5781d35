"""What holds for every perturbation and every metric."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils import get_tags

from backends import over_backends, to_numpy
from discovery import METRICS, PERTURBATIONS, takes_features, with_variants
from skperturb import Attract, CappedPCA, Spread
from skperturb.metrics import ETran
from strategies import labelled_features, orthogonal_matrix, repeated_rows

# On such features SFDA warns that it is saturated: test_sfda.py is about that.
pytestmark = pytest.mark.filterwarnings("ignore:SFDA scored:UserWarning")

_FEATURE_METRICS = [metric for metric in METRICS if takes_features(metric)]
_ALL_METRICS = with_variants(_FEATURE_METRICS)
_ALL_PERTURBATIONS = with_variants(PERTURBATIONS)
_NAMES = np.array(["wasp", "ant", "", "Bee", "cat"])

every_metric = over_backends("metric", _ALL_METRICS)
every_perturbation = over_backends("perturbation", _ALL_PERTURBATIONS)

# With n <= d these separate anything, noise too, so that signal cannot score higher.
_SATURATES = {
    "HScore(shrinkage=None)": "its numerator spans all of the sample space",
    "SFDA()": "the samples of a class coincide in the directions that it leaves unregularised",
}
# With n <= d these count the directions a class cannot span, by log(1 / eps) each: n - n_c
# of them for noise and signal alike, and the spectrum decides by the little that is left.
_COUNTS_DIRECTIONS = {"TransRate()": "its determinants are of more directions than samples"}

# An iterative minimum is known until rounding of the risk hides the descent: its gradient
# is then about 1e-9, the Hessian that enters the score known to about 1e-7 of itself.
_ROUNDING = {"PACTranGaussian": 1e-6}


def assert_close(actual, expected, scale=1.0):
    np.testing.assert_allclose(actual, expected, rtol=1e-7, atol=1e-9 * scale)


def assert_same_score(metric, actual, expected):
    rtol = _ROUNDING.get(type(metric).__name__, 1e-7)
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=1e-9)


def _length(X):
    return np.linalg.norm(X, axis=1).max()


# ---------------------------------------------------------------- both


@every_metric
@given(data=labelled_features())
def test_renaming_the_classes_changes_no_score(metric, backend, data):
    X, codes = data
    score = backend.score(metric, X, codes)
    assert_same_score(metric, backend.score(metric, X, _NAMES[codes]), score)
    assert_same_score(metric, backend.score(metric, X, -7 * codes), score)


@every_metric
@given(data=labelled_features(), seed=st.integers(0, 99))
def test_the_order_of_the_rows_changes_no_score(metric, backend, data, seed):
    X, codes = data
    order = np.random.default_rng(seed).permutation(len(X))
    assert_same_score(
        metric, backend.score(metric, X[order], codes[order]), backend.score(metric, X, codes)
    )


@every_metric
@given(data=repeated_rows(), seed=st.integers(0, 99))
def test_the_order_of_repeated_rows_changes_no_score(metric, backend, data, seed):
    """Rounding must not choose among equal distances, variances or predictions."""
    X, codes = data
    order = np.random.default_rng(seed).permutation(len(X))
    assert_same_score(
        metric, backend.score(metric, X[order], codes[order]), backend.score(metric, X, codes)
    )


@every_metric
@given(data=labelled_features())
def test_a_second_call_gives_the_same_bits_and_writes_nothing(metric, backend, data):
    X, codes = data
    y = codes.copy()
    y.flags.writeable = False
    fitted = clone(metric).fit(backend.asarray(X), y)
    assert fitted.score_ == backend.score(metric, X, y) == fitted.score(backend.asarray(X), y)
    assert type(fitted.score_) is float
    np.testing.assert_array_equal(y, codes)


@every_perturbation
@given(data=labelled_features(min_count=1), seed=st.integers(0, 99))
def test_names_order_and_repetition_change_no_move(perturbation, backend, data, seed):
    X, codes = data
    codes.flags.writeable = False
    moved = backend.move(perturbation, X, codes)
    np.testing.assert_array_equal(moved, backend.move(perturbation, X, codes))
    assert_close(backend.move(perturbation, X, _NAMES[codes]), moved, _length(X))
    order = np.random.default_rng(seed).permutation(len(X))
    assert_close(backend.move(perturbation, X[order], codes[order]), moved[order], _length(X))


# ---------------------------------------------------------------- perturbations


@over_backends("perturbation", PERTURBATIONS)
@given(data=labelled_features(min_count=1))
def test_zero_strength_is_the_identity_to_the_last_bit(perturbation, backend, data):
    X, codes = data
    X[0, 0] = -0.0
    strength = next(iter(perturbation.get_params()))
    named = {"Spread": "force", "Attract": "alpha", "Repel": "step"}
    strength = named.get(type(perturbation).__name__, strength)
    fitted = clone(perturbation).set_params(**{strength: 0.0})
    given_X = backend.asarray(X)
    for moved in (fitted.fit_transform(given_X, codes), fitted.transform(given_X)):
        assert to_numpy(moved).tobytes() == X.tobytes()
        moved[0, 0] = 9.0  # in a copy
    assert to_numpy(given_X).tobytes() == X.tobytes()


@every_perturbation
@given(data=labelled_features(min_count=1))
def test_transform_with_labels_is_fit_transform(perturbation, backend, data):
    X, codes = data
    y = _NAMES[codes]
    moved = backend.move(perturbation, X, y)
    given_X = backend.asarray(X)
    later = clone(perturbation).fit(given_X, y).transform(given_X, labels=y)
    np.testing.assert_array_equal(to_numpy(later), moved)


@every_perturbation
@given(data=labelled_features(min_count=1))
def test_moves_commute_with_translation_and_rotation(perturbation, backend, data):
    X, codes = data
    moved = backend.move(perturbation, X, codes)
    shift = X.std() * np.arange(X.shape[1])
    assert_close(backend.move(perturbation, X + shift, codes), moved + shift, _length(X + shift))
    rotation = orthogonal_matrix(X.shape[1])
    rotated = backend.move(perturbation, X @ rotation, codes)
    assert_close(rotated, moved @ rotation, _length(X))


@over_backends(
    "perturbation",
    [each for each in _ALL_PERTURBATIONS if getattr(each, "unit", "radius") == "radius"],
)
@given(data=labelled_features(min_count=1), scale=st.sampled_from([1e-3, 0.3, 700.0]))
def test_relative_moves_commute_with_scaling(perturbation, backend, data, scale):
    X, codes = data
    moved = backend.move(perturbation, X, codes)
    assert_close(backend.move(perturbation, scale * X, codes), scale * moved, scale * _length(X))


@every_perturbation
@given(data=labelled_features(min_count=1))
def test_float32_stays_and_agrees_with_float64(perturbation, backend, data):
    X, codes = data
    X = X.astype(np.float32)
    moved = backend.move(perturbation, X, codes)
    exact = backend.move(perturbation, X.astype(np.float64), codes)
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, exact, rtol=1e-6, atol=1e-6 * _length(exact))


@given(data=labelled_features(min_count=1), force=st.floats(-3, 3))
def test_spread_moves_each_sample_by_force_on_the_line_from_its_mean(data, force):
    X, codes = data
    spread = Spread(force)
    moved = spread.fit_transform(X, codes)
    means = np.stack([X[codes == c].mean(axis=0) for c in np.unique(codes)])
    codes = np.unique(codes, return_inverse=True)[1]
    before, after = X - means[codes], moved - means[codes]
    distances = np.linalg.norm(before, axis=1)
    off_mean = distances > 1e-9 * _length(X)
    assert_close(
        (np.linalg.norm(after, axis=1))[off_mean], np.abs(distances + force)[off_mean], _length(X)
    )
    along = np.einsum("ij,ij->i", before, after)
    assert_close(along[off_mean], (distances * (distances + force))[off_mean], _length(X) ** 2)


@given(data=labelled_features(min_count=1))
def test_attract_moves_classes_as_blocks_and_keeps_the_mean_of_means(data):
    X, codes = data
    moved = Attract().fit_transform(X, codes)
    for c in np.unique(codes):
        steps = (moved - X)[codes == c]
        assert_close(steps, np.broadcast_to(steps[0], steps.shape), _length(X))
    means = [[rows[codes == c].mean(axis=0) for c in np.unique(codes)] for rows in (X, moved)]
    assert_close(np.mean(means[1], axis=0), np.mean(means[0], axis=0), _length(X))


@given(
    data=labelled_features(max_classes=2),
    alpha=st.floats(-0.4, 0.4),
    sigma=st.floats(0, 1),
    pairs=st.sampled_from(["mean", "sum"]),
)
def test_two_classes_come_closer_by_exactly_what_the_formula_says(data, alpha, sigma, pairs):
    X, codes = data
    gaps, radii = [], []
    for rows in (X, Attract(alpha, sigma=sigma, pairs=pairs).fit_transform(X, codes)):
        first, second = rows[codes == 0], rows[codes == 1]
        gaps.append(second.mean(axis=0) - first.mean(axis=0))
        radii.append(np.sqrt(first.var(axis=0).sum()) + np.sqrt(second.var(axis=0).sum()))
    distance = np.linalg.norm(gaps[0])
    closer = 2 * alpha * (distance - sigma * radii[0])
    assert_close(gaps[1], gaps[0] * (1 - closer / distance), _length(X))


@pytest.mark.parametrize("n_components", [1, 3, 64])
@given(data=repeated_rows(), seed=st.integers(0, 99))
def test_the_order_of_the_rows_changes_no_component(n_components, data, seed):
    X, _ = data
    order = np.random.default_rng(seed).permutation(len(X))
    projected, pca = CappedPCA(n_components).fit_transform(X), CappedPCA(n_components)
    assert_close(pca.fit_transform(X[order]), projected[order], _length(X))
    assert_close(pca.transform(X), projected, _length(X))


@given(data=labelled_features())
def test_capped_pca_projects_alike_in_fit_and_after(data):
    X, _ = data
    pca = CappedPCA(n_components=4)
    projected = pca.fit_transform(X)
    assert projected.shape == (len(X), min(4, *X.shape))
    np.testing.assert_allclose(projected, pca.transform(X), rtol=1e-6, atol=1e-6 * X.std())
    exact = np.sort(np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2)[::-1][:4].sum()
    np.testing.assert_allclose(np.sum(projected**2), exact, rtol=1e-3)


# ---------------------------------------------------------------- metrics


def _invariant(change):
    claiming = [metric for metric in _ALL_METRICS if change in get_tags(metric).invariances]
    return over_backends("metric", claiming)


@_invariant("rotation")
@given(data=labelled_features())
def test_rotation_changes_no_score_that_says_so(metric, backend, data):
    X, codes = data
    rotated = X @ orthogonal_matrix(X.shape[1])
    np.testing.assert_allclose(
        backend.score(metric, rotated, codes), backend.score(metric, X, codes), atol=1e-6
    )


@_invariant("translation")
@given(data=labelled_features())
def test_translation_changes_no_score_that_says_so(metric, backend, data):
    X, codes = data
    moved = X + 3.0 * X.std() * np.arange(X.shape[1])
    np.testing.assert_allclose(
        backend.score(metric, moved, codes), backend.score(metric, X, codes), atol=1e-6
    )


@_invariant("scale")
@given(data=labelled_features(), scale=st.sampled_from([1e-45, 1e-4, 3.0, 1e4, 1e45]))
def test_scale_changes_no_score_that_says_so(metric, backend, data, scale):
    X, codes = data
    np.testing.assert_allclose(
        backend.score(metric, scale * X, codes), backend.score(metric, X, codes), atol=1e-6
    )


@every_metric
@given(data=labelled_features())
def test_scores_stay_within_their_documented_bounds(metric, backend, data):
    X, codes = data
    low, high = get_tags(metric).bounds("classification", len(np.unique(codes)))
    assert low - 1e-9 <= backend.score(metric, X, codes) <= high + 1e-9


@pytest.mark.parametrize("metric", _ALL_METRICS, ids=str)
@given(
    seed=st.integers(0, 10**6),
    n_distinct=st.integers(1, 4),
    n_features=st.integers(1, 12),
    n_copies=st.integers(3, 30),
)
def test_few_distinct_rows_stay_within_the_bounds(metric, seed, n_distinct, n_features, n_copies):
    """Estimates that are exactly 0 there come out as rounding, which must not be divided by."""
    rng = np.random.default_rng(seed)
    X = np.tile(0.3 * rng.integers(0, 9, (n_distinct, n_features)), (n_copies, 1))
    X, codes = np.tile(X, (4, 1)), rng.permutation(np.arange(4 * len(X)) % 2)
    low, high = get_tags(metric).bounds("classification", 2)
    assert low - 1e-9 <= clone(metric).fit(X, codes).score_ <= high + 1e-9


@every_metric
@pytest.mark.parametrize("shape", [(120, 10), (60, 90)], ids=["n > d", "n < d"])
@given(seed=st.integers(0, 2**32 - 1))
def test_signal_scores_above_noise_of_the_same_shape(metric, backend, shape, seed):
    if isinstance(metric, ETran):  # its energy does not look at the labels
        metric = clone(metric).set_params(weight=0.0)
    rng = np.random.default_rng(seed)
    y = np.arange(shape[0]) % 3
    noise = rng.standard_normal(shape)
    signal = noise + 2.0 * rng.standard_normal((3, shape[1]))[y] / np.sqrt(shape[1] / 10)
    if str(metric) in _SATURATES and shape[0] < shape[1]:
        assert backend.score(metric, signal, y) >= backend.score(metric, noise, y) - 1e-9
    elif str(metric) in _COUNTS_DIRECTIONS and shape[0] < shape[1]:
        assert backend.score(metric, signal, y) == pytest.approx(
            backend.score(metric, noise, y), rel=0.1
        )
    else:
        assert backend.score(metric, signal, y) > backend.score(metric, noise, y)


@every_metric
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int32, np.uint8])
def test_narrow_types_are_computed_in_float64(metric, backend, dtype):
    backend.skip_without(dtype)
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = (rng.standard_normal((60, 5)) * 20 + 90 + 10 * y[:, None]).astype(dtype)
    assert backend.score(metric, X, y) == backend.score(metric, X.astype(np.float64), y)


@every_metric
@pytest.mark.parametrize("fill", ["zeros", "constant", "one row per class"])
def test_degenerate_features_get_a_finite_score(metric, backend, fill):
    y = np.arange(24) % 4
    X = {
        "zeros": np.zeros((24, 6)),
        "constant": np.full((24, 6), 3.7),
        "one row per class": np.repeat(np.eye(4, 6)[None], 6, axis=0).reshape(24, 6),
    }[fill]
    assert np.isfinite(backend.score(metric, X, y))

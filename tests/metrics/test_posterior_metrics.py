"""LEEP and NCE: metrics of source posteriors, their laws, oracles and published values."""

import math
from collections import Counter

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from discovery import METRICS, takes_features
from skperturb.metrics import LEEP, NCE

_METRICS = [metric for metric in METRICS if not takes_features(metric)]
_NAMES = np.array(["wasp", "ant", "", "Bee", "cat"])

every_metric = pytest.mark.parametrize("metric", _METRICS, ids=str)


@st.composite
def labelled_posteriors(draw):
    """Draw `(P, codes)`: rows that sum to 1, sharp or flat, some columns without mass."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_classes, n_source = draw(st.integers(2, 5)), draw(st.integers(1, 9))
    codes = np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=20)])
    rng.shuffle(codes)
    signal = draw(st.sampled_from([0.0, 2.0])) * rng.standard_normal((n_classes, n_source))
    logits = signal[codes] + rng.standard_normal((len(codes), n_source))
    if n_source > 2 and draw(st.booleans()):
        logits[:, 1] = -np.inf
    return softmax(draw(st.sampled_from([0.1, 1.0, 30.0, 2000.0])) * logits, axis=1), codes


def _score(metric, P, y):
    return clone(metric).fit(P, y).score_


def _naive_leep(P, y):
    """Sample by sample, source class by source class, from the definition."""
    n_samples, n_source = P.shape
    joint = Counter()
    for i in range(n_samples):
        for z in range(n_source):
            joint[y[i], z] += P[i, z] / n_samples
    mass = [sum(joint[c, z] for c in set(y.tolist())) for z in range(n_source)]
    logs = [
        math.log(sum(joint[y[i], z] / mass[z] * P[i, z] for z in range(n_source) if mass[z] > 0))
        for i in range(n_samples)
    ]
    return sum(logs) / n_samples


def _naive_nce(P, y):
    """H(Z) - H(Y, Z), from counted pairs."""
    pairs = list(zip(P.argmax(axis=1).tolist(), y.tolist(), strict=True))

    def entropy(things):
        return -sum(k / len(y) * math.log(k / len(y)) for k in Counter(things).values())

    return entropy([z for z, _ in pairs]) - entropy(pairs)


_ORACLES = {"LEEP()": _naive_leep, "NCE()": _naive_nce}


@every_metric
@given(data=labelled_posteriors())
def test_the_score_is_that_of_the_definition(metric, data):
    P, codes = data
    expected = _ORACLES[str(metric)](P, _NAMES[codes])
    np.testing.assert_allclose(_score(metric, P, _NAMES[codes]), expected, rtol=1e-9, atol=1e-12)


def test_three_samples_by_hand():
    P, y = [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]], ["a", "b", "b"]
    # P(a|first) = 2/3, P(b|first) = 1/3, P(b|second) = 1
    by_hand = (math.log(2 / 3) + math.log(1 / 6 + 1 / 2) + math.log(1)) / 3
    assert LEEP().fit(P, y).score_ == pytest.approx(by_hand)
    # the tie of the second row goes to the first column: {a, b}, {b}
    assert NCE().fit(P, y).score_ == pytest.approx(-2 / 3 * math.log(2))


def test_one_source_class_leaves_the_entropy_of_the_labels():
    P, y = np.ones((10, 1)), [0] * 4 + [1] * 6
    entropy = -(0.4 * math.log(0.4) + 0.6 * math.log(0.6))
    for metric in _METRICS:
        assert _score(metric, P, y) == pytest.approx(-entropy)


@pytest.mark.parametrize(
    ("metric", "implementation"),
    [(LEEP(), "leep/thuml"), (LEEP(), "leep/parc"), (NCE(), "nce/thuml")],
    ids=str,
)
def test_published_values_are_met(metric, implementation):
    names = cases_with(type(metric).__name__, implementation)
    # There their code counts labels from 0 and reads -1 as the last class.
    for name in set(names) - {"labels_negative"}:
        value = published(name, type(metric).__name__, implementation)
        assert _score(metric, case(name).probs, case(name).y) == pytest.approx(value, rel=1e-12)
    assert len(names) >= 8


def test_public_code_gives_nan_for_a_source_class_without_mass():
    zero_column = case("probs_zero_column")
    assert math.isnan(published("probs_zero_column", "LEEP", "leep/thuml"))
    kept = zero_column.probs[:, zero_column.probs.any(axis=0)]
    assert kept.shape[1] < zero_column.probs.shape[1]
    score = _score(LEEP(), zero_column.probs, zero_column.y)
    assert score == pytest.approx(_score(LEEP(), kept, zero_column.y), rel=1e-14)


# ---------------------------------------------------------------- laws


@every_metric
@given(data=labelled_posteriors(), seed=st.integers(0, 99))
def test_names_and_orders_change_nothing(metric, data, seed):
    P, codes = data
    score = _score(metric, P, codes)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(P)), rng.permutation(P.shape[1])
    for same in (
        _score(metric, P, _NAMES[codes]),
        _score(metric, P, -7 * codes),
        _score(metric, P[rows], codes[rows]),
        _score(metric, P[:, columns], codes),
    ):
        assert same == pytest.approx(score, rel=1e-9, abs=1e-12)


def test_a_tie_goes_to_the_first_column_in_any_order_of_the_rows():
    P = np.array([[0.5, 0.5, 0.0], [0.4, 0.2, 0.4], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    y = np.array([0, 0, 1, 1])
    for rows in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        assert NCE().fit(P[rows], y[rows]).score_ == 0.0
    assert NCE().fit(P[:, [1, 0, 2]], y).score_ == pytest.approx(-math.log(2) / 2)


@every_metric
@given(data=labelled_posteriors())
def test_a_second_call_gives_the_same_bits_and_writes_nothing(metric, data):
    P, codes = data
    before = P.copy()
    P.flags.writeable = codes.flags.writeable = False
    fitted = clone(metric).fit(P, codes)
    assert fitted.score_ == _score(metric, P, codes) == fitted.score(P, codes)
    assert type(fitted.score_) is float
    np.testing.assert_array_equal(P, before)


@every_metric
@given(data=labelled_posteriors())
def test_scores_stay_within_their_documented_bounds(metric, data):
    P, codes = data
    low, high = get_tags(metric).bounds("classification", len(np.unique(codes)))
    assert high == 0
    assert low - 1e-12 <= _score(metric, P, codes) <= high


@given(data=labelled_posteriors())
def test_one_hot_rows_make_both_equal_and_a_dead_column_changes_nothing(data):
    P, codes = data
    hard = np.eye(P.shape[1])[P.argmax(axis=1)]
    assert _score(LEEP(), hard, codes) == pytest.approx(_score(NCE(), hard, codes), abs=1e-12)
    for metric in _METRICS:
        wider = np.insert(P, P.shape[1], 0.0, axis=1)
        expected = pytest.approx(_score(metric, P, codes), rel=1e-12, abs=1e-14)
        assert _score(metric, wider, codes) == expected


@every_metric
def test_signal_scores_above_noise_of_the_same_shape(metric):
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    noise = rng.standard_normal((300, 6))
    signal = noise + 3.0 * np.eye(3, 6)[y]
    assert _score(metric, softmax(signal, axis=1), y) > _score(metric, softmax(noise, axis=1), y)


@every_metric
def test_perfect_and_useless_posteriors_reach_the_ends(metric):
    y = np.arange(12) % 4
    assert _score(metric, np.eye(4)[y], y) == 0.0
    assert _score(metric, np.full((12, 4), 0.25), y) == pytest.approx(-math.log(4))


# ---------------------------------------------------------------- as scikit-learn has it


@every_metric
def test_it_behaves_as_a_scikit_learn_estimator(metric):
    pd = pytest.importorskip("pandas")
    P, y = np.eye(3)[[0, 1, 2, 0, 1, 2]], [2, 5, 9, 2, 5, 9]
    assert clone(metric).get_params() == {}
    fitted = clone(metric).fit(pd.DataFrame(P, columns=["cat", "dog", "owl"]), y)
    assert fitted.n_features_in_ == 3
    assert list(fitted.feature_names_in_) == ["cat", "dog", "owl"]
    assert list(fitted.classes_) == [2, 5, 9]
    assert clone(metric).fit(P.tolist(), y) is not metric
    with pytest.raises(NotFittedError):
        clone(metric).score(P, y)
    with pytest.raises(ValueError, match="4 features, but"):
        clone(metric).fit(P, y).score(np.eye(4), [0, 1, 0, 1])


@every_metric
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_softmax_in_low_precision_is_taken(metric, dtype):
    rng = np.random.default_rng(0)
    P = softmax(4 * rng.standard_normal((200, 1000)), axis=1)
    y = np.arange(200) % 3
    assert _score(metric, P.astype(dtype), y) == pytest.approx(_score(metric, P, y), abs=1e-3)


@every_metric
@pytest.mark.parametrize(
    ("P", "y", "message"),
    [
        ([[0.5, 0.5], [1.5, -0.5]], [0, 1], r"for {} must be .* negative, got -0\.5 in row 1\."),
        ([[0.5, 0.5], [0.3, 0.4]], [0, 1], r"for {} must be .* sum to 1 .* 0\.7 in row 1\."),
        ([[1.0, 1.0], [0.5, 0.5]], [0, 1], r"for {} must be .* the sum 2 in row 0\. Pass"),
        ([[0.0, 0.0], [0.5, 0.5]], [0, 1], r"for {} must be .* the sum 0 in row 0\."),
        ([[0.5, np.nan], [0.5, 0.5]], [0, 1], "contains NaN"),
        ([[0.5, np.inf], [0.5, 0.5]], [0, 1], "contains infinity"),
        ([0.5, 0.5], [0, 1], "Expected 2D array, got 1D"),
        ([[0.5, 0.5], [0.5, 0.5]], None, "requires y to be passed"),
        ([[0.5, 0.5], [0.5, 0.5]], [0, 1, 1], "inconsistent numbers of samples"),
        ([[0.5, 0.5], [0.5, 0.5]], ["a", "a"], "{} needs at least 2 classes, got 1: .* a"),
        ([[0.5, 0.5], [0.5, 0.5]], [0.1, 0.7], "{} needs class labels, one per sample"),
    ],
)
def test_bad_input_is_refused_by_name(metric, P, y, message):
    with pytest.raises(ValueError, match=message.format(type(metric).__name__)):
        clone(metric).fit(P, y)

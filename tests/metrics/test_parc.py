"""PARC against pairs counted one by one, published values, and what ties do."""

import math

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given

from skperturb import CappedPCA
from skperturb.metrics import PARC
from skperturb.metrics._parc import pair_distances, standardise
from strategies import labelled_features


def _naive_correlation(a, b):
    a, b = a - a.mean(), b - b.mean()
    product = math.sqrt(a @ a) * math.sqrt(b @ b)
    return (a @ b) / product if product > 1e-12 else 0.0


def _naive_distances(rows):
    pairs = [(i, j) for i in range(len(rows)) for j in range(i)]
    return np.array([round(1 - _naive_correlation(rows[i], rows[j]), 9) for i, j in pairs])


def _naive_ranks(values):
    """Number of smaller values, and half of the equal ones."""
    return np.array([(values < v).sum() + (values == v).sum() / 2 for v in values])


def _naive_parc(rows, labels):
    ranks = [_naive_ranks(_naive_distances(each)) for each in (rows, labels)]
    return 100 * _naive_correlation(*ranks)


def _naive_projection(X):
    """Eigenvectors of the correlation matrix, in the order of their eigenvalues."""
    spread = X.std(axis=0) > 1e-9 * np.abs(X).max()
    Z = np.zeros_like(X)
    Z[:, spread] = (X[:, spread] - X[:, spread].mean(axis=0)) / X[:, spread].std(axis=0)
    vectors = np.linalg.eigh(Z.T @ Z)[1][:, ::-1]
    for vector in vectors.T:
        largest = next(v for v in vector if abs(v) > (1 - 1e-6) * np.abs(vector).max())
        vector *= np.sign(largest)
    rows = Z @ vectors
    # Directions without variance hold rounding, in rows on the mean nothing else.
    rows[:, np.abs(rows).max(axis=0) < 1e-9] = 0.0
    return rows


@given(data=labelled_features(max_samples=20, max_features=8))
def test_the_score_is_that_of_pairs_counted_one_by_one(data):
    X, codes = data
    names = np.array(["wasp", "ant", "", "Bee", "cat"])
    expected = _naive_parc(_naive_projection(X), np.eye(codes.max() + 1)[codes])
    assert PARC().fit(X, names[codes]).score_ == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("shape", [(15, 40), (30, 6), (12, 3)], ids=["n < d", "n > d", "thin"])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_features_themselves_are_compared_without_components(shape, scale):
    rng = np.random.default_rng(0)
    X = scale * (rng.standard_normal(shape) + 3.0)
    Y = (rng.random((shape[0], 4)) < 0.4).astype(int)
    Y[0], Y[1] = 0, 1
    expected = _naive_parc((X - X.mean(axis=0)) / X.std(axis=0), Y)
    assert PARC(n_components=None).fit(X, Y).score_ == pytest.approx(expected, rel=1e-9)


def test_four_samples_by_hand():
    X = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(pair_distances(X), [0, 1.5, 1.5, 1.5, 1.5, 1.5])
    # Standardised, the last two rows are closer to each other than to the first two: the
    # ranks of the pairs 01, 23 and the others are 1, 2 and 4.5; of the labels 1.5, 1.5, 4.5.
    by_hand = (2.5 * 2 + 1.5 * 2 + 4 * 1) / math.sqrt((2.5**2 + 1.5**2 + 4) * (2 * 2**2 + 4))
    score = PARC(n_components=None).fit(X, [0, 0, 1, 1]).score_
    assert score == pytest.approx(100 * by_hand)


def test_published_values_are_met_where_their_ties_are_ties():
    for name in ("labels_gap", "labels_onebased"):
        value = published(name, "PARC", "parc/parc_full")
        score = PARC(n_components=None).fit(case(name).X, case(name).y).score_
        assert score == pytest.approx(value, rel=1e-9)


def test_public_code_ranks_equal_label_distances_by_rounding():
    names = set(cases_with("PARC", "parc/parc_full"))
    # Labels that start at -1 become a wrong one-hot matrix there.
    gaps = {
        name: PARC(n_components=None).fit(case(name).X, case(name).y).score_
        - published(name, "PARC", "parc/parc_full")
        for name in names - {"labels_negative"}
    }
    assert len(gaps) >= 12
    assert max(map(abs, gaps.values())) < 3.0
    assert gaps["imbalanced"] == pytest.approx(-2.6285, abs=1e-3)
    assert gaps["separable"] == pytest.approx(2.2048, abs=1e-3)
    labels = case("imbalanced").y[:, None] == np.arange(5)
    exact = np.unique(pair_distances(labels.astype(float)))
    np.testing.assert_array_equal(exact, [0.0, 1.25])
    assert len(np.unique(1 - np.corrcoef(labels))) > 2


def test_public_code_standardises_the_components_and_not_the_features():
    scale_unit = case("scale_unit")
    value = published("scale_unit", "PARC", "parc/parc_32")
    assert PARC().fit(scale_unit.X, scale_unit.y).score_ == pytest.approx(42.6534, abs=1e-3)
    whitened = standardise(CappedPCA(32).fit_transform(scale_unit.X))
    theirs = PARC(n_components=None).fit(whitened, scale_unit.y).score_
    # One power iteration there, exact components here.
    assert value == pytest.approx(22.4712, abs=1e-3)
    assert theirs == pytest.approx(value, abs=1.0)


def test_samples_without_labels_are_no_nan():
    multilabel = case("multilabel")
    assert math.isnan(published("multilabel", "PARC", "parc/parc_full"))
    assert (multilabel.y.sum(axis=1) == 0).any()
    assert PARC().fit(multilabel.X, multilabel.y).score_ > 5.0


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_the_share_of_pairs_within_classes_limits_the_score(n_classes):
    rng = np.random.default_rng(0)
    y = np.arange(120) % n_classes
    X = 100.0 * rng.standard_normal((n_classes, 12))[y] + rng.standard_normal((120, 12))
    share = (120 / n_classes - 1) / 119
    limit = 100 * math.sqrt(3 * share * (1 - share))
    assert limit - 1.0 < PARC().fit(X, y).score_ <= limit + 1e-2


@pytest.mark.parametrize(
    "X",
    [np.zeros((8, 3)), np.full((8, 3), 3.7), np.arange(8.0)[:, None], np.full((8, 1), 1e-4)],
    ids=["zeros", "constant", "one feature", "one constant feature"],
)
def test_features_that_tell_no_pairs_apart_score_zero(X):
    assert PARC().fit(X, np.arange(8) % 2).score_ == 0.0


@pytest.mark.parametrize(
    ("n_components", "error", "message"),
    [
        (0, ValueError, r"`n_components` of PARC must be an integer of at least 1, got 0\."),
        (2.0, TypeError, r"`n_components` of PARC must be an integer of at least 1, got 2\.0\."),
        (np.nan, TypeError, r"`n_components` of PARC must be .* got nan\."),
    ],
)
def test_bad_parameters_are_refused(n_components, error, message):
    with pytest.raises(error, match=message):
        PARC(n_components=n_components).fit(np.eye(4), [0, 1, 0, 1])


def test_too_many_rows_are_refused():
    X, y = np.zeros((20_001, 1)), np.arange(20_001) % 2
    message = r"PARC .* at most 20000 rows, got 20001\. Score a stratified subsample"
    with pytest.raises(ValueError, match=message):
        PARC().fit(X, y)

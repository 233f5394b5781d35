"""CKAScore against the double sum over pairs of samples, and cases checked by hand."""

import numpy as np
import pytest
from hypothesis import given

from skperturb.metrics import CKAScore
from strategies import labelled_features


def _alignment(X, columns):
    """CKA from the n x n kernels and the centring matrix: HSIC over its maximum."""
    n_samples = len(X)
    H = np.eye(n_samples) - np.ones((n_samples, n_samples)) / n_samples
    K, L = H @ X @ X.T @ H, H @ columns @ columns.T @ H
    hsic = sum(K[i, j] * L[i, j] for i in range(n_samples) for j in range(n_samples))
    norms = np.sqrt(np.sum(K**2) * np.sum(L**2))
    return hsic / norms if norms > 0 else 0.0


def _score(X, y, **params):
    return CKAScore(**params).fit(X, y).score_


def test_features_that_are_the_labels_score_one():
    assert _score([[0.0], [1.0], [1.0]], ["ant", "bee", "bee"]) == pytest.approx(1.0)


def test_a_case_small_enough_to_check_by_hand():
    # Centred: x = (-1, 0, 1), t = (-1, -1, 2)/3 and -t. ||X'Y||^2 = 2, ||X'X|| = 2 and
    # ||Y'Y|| = 2 * 6/9, so 2 / (2 * 4/3) = 3/4, the squared correlation of x and t.
    assert _score([[1.0], [2.0], [3.0]], ["ant", "ant", "bee"]) == pytest.approx(0.75)


def test_one_feature_and_one_output_give_the_squared_correlation():
    x, t = np.random.default_rng(0).standard_normal((2, 30))
    expected = np.corrcoef(x, t)[0, 1] ** 2
    assert _score(x[:, None], t) == pytest.approx(expected, rel=1e-10)


@given(data=labelled_features(min_count=1))
def test_score_is_the_alignment_of_the_kernels_of_all_pairs(data):
    X, y = data
    columns = (y[:, None] == np.unique(y)).astype(float)
    expected = _alignment(X - X.mean(axis=0), columns)
    assert _score(X, y.astype(str)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("shape", [(40, 6), (12, 30), (5, 3)], ids=str)
@pytest.mark.parametrize("n_outputs", [2, 3, 20])
def test_outputs_and_labels_are_taken_as_they_are(shape, n_outputs):
    rng = np.random.default_rng(n_outputs)
    X = 3.0 + rng.standard_normal(shape)
    outputs = X[:, :1] + 10.0 * rng.standard_normal((shape[0], n_outputs))
    assert _score(X, outputs) == pytest.approx(_alignment(X, outputs), rel=1e-9)
    labels = (outputs > 0).astype(int)
    assert _score(X, labels) == pytest.approx(_alignment(X, labels), rel=1e-9)


def test_whole_numbers_are_classes_unless_the_task_says_otherwise():
    X = np.random.default_rng(0).standard_normal((30, 4))
    y = np.arange(30) % 4
    assert _score(X, y, task="regression") == pytest.approx(_alignment(X, y[:, None]), rel=1e-9)
    assert _score(X, y) != pytest.approx(_score(X, y, task="regression"))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 / 3])
def test_constant_features_score_zero(value):
    assert _score(np.full((1001, 3), value), np.arange(1001) % 2) == 0.0


def test_constant_targets_score_zero_and_constant_outputs_add_nothing():
    X = np.random.default_rng(0).standard_normal((50, 3))
    assert _score(X, np.full(50, 0.1), task="regression") == 0.0
    outputs = np.column_stack([X[:, 0], np.full(50, 1e6 / 3)])
    assert _score(X, outputs) == pytest.approx(_score(X, X[:, 0]))


@pytest.mark.parametrize("scale", [1e-50, 1e-4, 1e4, 1e50])
def test_no_scale_of_the_features_costs_digits(scale):
    rng = np.random.default_rng(0)
    X, t = rng.standard_normal((20, 5)), rng.standard_normal((20, 2))
    assert _score(scale * X, 1e4 * t) == pytest.approx(_score(X, t), rel=1e-12)


def test_the_wider_the_noise_the_higher_its_score():
    # The biased estimate: documented, and a reason to compare on the same rows only.
    rng = np.random.default_rng(0)
    y = np.arange(30) % 3
    narrow, wide = rng.standard_normal((30, 5)), rng.standard_normal((30, 500))
    assert _score(narrow, y) < _score(wide, y)


@pytest.mark.parametrize("task", ["multilabel", None, 1])
def test_an_unknown_task_is_an_error(task):
    with pytest.raises(ValueError, match="`task` of CKAScore must be 'auto' or"):
        _score(np.eye(4), [0, 1, 0, 1], task=task)

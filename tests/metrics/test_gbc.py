"""GBC against the loop over pairs, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.metrics import GBC
from strategies import labelled_features


@given(data=labelled_features(), covariance=st.sampled_from(["diagonal", "spherical"]))
def test_gbc_equals_the_loop_over_pairs(data, covariance):
    X, codes = data
    overlap = 0.0
    for i in np.unique(codes):
        for j in np.unique(codes):
            if i != j:
                first, second = X[codes == i], X[codes == j]
                variances = [first.var(axis=0), second.var(axis=0)]
                if covariance == "spherical":
                    variances = [np.full(X.shape[1], each.mean()) for each in variances]
                a, b = (np.diag(np.maximum(each, 1e-4)) for each in variances)
                pooled, gap = (a + b) / 2, first.mean(axis=0) - second.mean(axis=0)
                volume = np.linalg.slogdet(pooled)[1]
                volume -= (np.linalg.slogdet(a)[1] + np.linalg.slogdet(b)[1]) / 2
                overlap += np.exp(-gap @ np.linalg.solve(pooled, gap) / 8 - volume / 2)
    score = GBC(covariance=covariance).fit(X, codes).score_
    np.testing.assert_allclose(score, -overlap, rtol=1e-6, atol=1e-300)


@pytest.mark.parametrize("covariance", ["diagonal", "spherical"])
def test_gbc_of_two_gaussians_by_hand(covariance):
    X = np.array([[-1.0, -1.0], [1.0, 1.0], [2.0, 2.0], [6.0, 6.0]])  # variances 1 and 4
    overlap = np.exp(-((16 + 16) / 2.5 / 8) - 0.5 * 2 * np.log(2.5 / 2))
    score = GBC(covariance=covariance).fit(X, ["a", "a", "b", "b"]).score_
    assert score == pytest.approx(-2 * overlap, rel=1e-12)


def test_gbc_of_coincident_classes_is_its_lower_bound():
    X = np.tile([[-1.0], [1.0]], (4, 1))
    assert GBC().fit(X, np.repeat([0, 1, 2, 3], 2)).score_ == pytest.approx(-12.0)

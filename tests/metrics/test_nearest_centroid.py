"""NearestCentroidScore against Gaussian posteriors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.metrics import NearestCentroidScore
from strategies import labelled_features


@given(data=labelled_features(max_features=50), standardize=st.booleans())
def test_nearest_centroid_equals_gaussian_posteriors(data, standardize):
    X, codes = data
    means = np.stack([X[codes == c].mean(axis=0) for c in np.unique(codes)])
    codes = np.unique(codes, return_inverse=True)[1]
    if standardize:
        X, means = (each / np.sqrt(np.mean((X - means[codes]) ** 2)) for each in (X, means))
    density = np.exp(-((X[:, None] - means) ** 2).sum(axis=2) / 2) * np.bincount(codes) / len(X)
    far = density.sum(axis=1) == 0  # a density that underflows has no posterior to compare
    if not far.any():
        expected = np.mean(density[np.arange(len(X)), codes] / density.sum(axis=1))
        score = NearestCentroidScore(standardize=standardize).fit(X, codes).score_
        np.testing.assert_allclose(score, expected, rtol=1e-6)


def test_nearest_centroid_of_equal_rows_knows_only_the_priors():
    score = NearestCentroidScore(standardize=True).fit(np.full((4, 2), 0.1), [0, 0, 0, 1]).score_
    assert score == pytest.approx(0.75**2 + 0.25**2)

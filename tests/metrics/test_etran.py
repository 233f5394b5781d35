"""ETran: its two components against loops, hand-made cases, published energies."""

import math

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given
from hypothesis import strategies as st

from skperturb.metrics import ETran, NearestCentroidScore
from skperturb.metrics._etran import lowest_energy
from strategies import labelled_features

_GOLDEN = ("energy", "energy/etran_bot")


def naive_energy(X, fraction):
    energies = []
    for row in X:
        top = max(row)
        energies.append(top + math.log(math.fsum(math.exp(value - top) for value in row)))
    n_lowest = max(1, math.floor(fraction * len(X)))
    return math.fsum(sorted(energies)[:n_lowest]) / n_lowest


def naive_nearest(X, y):
    X = X - X.mean(axis=0)
    means = {c: X[y == c].mean(axis=0) for c in set(y)}
    total = 0.0
    for row, label in zip(X, y, strict=True):
        logits = {
            c: -np.sum((row - mean) ** 2) / 2 + math.log(np.mean(y == c))
            for c, mean in means.items()
        }
        total += 1 / math.fsum(
            math.exp(min(logit - logits[label], 700)) for logit in logits.values()
        )
    return total / len(X)


@given(
    data=labelled_features(min_count=1),
    fraction=st.sampled_from([0.005, 0.1, 0.33, 1.0]),
    weight=st.floats(0, 1),
)
def test_components_equal_those_of_loops(data, fraction, weight):
    X, codes = data
    y = np.array(["wasp", "ant", "", "Bee", "cat"])[codes]
    metric = ETran(energy_fraction=fraction, weight=weight).fit(X, y)
    energy, nearest = metric.components_
    assert energy == pytest.approx(naive_energy(X, fraction), rel=1e-9, abs=1e-12)
    assert nearest == pytest.approx(naive_nearest(X, y), rel=1e-6, abs=1e-12)
    assert metric.score_ == pytest.approx(weight * energy + (1 - weight) * nearest, rel=1e-12)
    assert metric.component_names_ == ["energy", "nearest"]


@pytest.mark.parametrize(("shape", "scale"), [((40, 90), 1e-4), ((300, 20), 1e4), ((250, 3), 1.0)])
def test_components_hold_for_wide_features_and_small_classes(shape, scale):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2, 3], [shape[0] - 11, 8, 2, 1])
    X = scale * (rng.standard_normal(shape) + rng.standard_normal((4, shape[1]))[y] + 3.0)
    expected = naive_energy(X, 0.005), naive_nearest(X, y)
    np.testing.assert_allclose(ETran().fit(X, y).components_, expected, rtol=1e-9)


def test_two_samples_a_class_by_hand():
    X = np.log([[1.0, 2.0], [3.0, 1.0], [2.0, 4.0], [5.0, 1.0]])
    metric = ETran(energy_fraction=0.5, weight=0.25).fit(X, [0, 0, 1, 1])
    # The rows sum to 3, 4, 6 and 6.
    assert metric.components_[0] == pytest.approx((math.log(3) + math.log(4)) / 2)
    nearest = NearestCentroidScore().fit(X, [0, 0, 1, 1]).score_
    assert metric.components_[1] == nearest
    assert metric.score_ == pytest.approx(math.log(12) / 8 + 0.75 * nearest)


def test_at_least_one_sample_counts():
    X = np.random.default_rng(0).standard_normal((20, 3))
    assert lowest_energy(X, 1e-9) == lowest_energy(X, 0.05) == pytest.approx(naive_energy(X, 0.05))


def test_the_energy_does_not_look_at_the_labels():
    X = case("small").X
    energies = {ETran().fit(X, y).components_[0] for y in (np.arange(60) % 2, np.arange(60) // 30)}
    assert len(energies) == 1


@pytest.mark.parametrize("name", cases_with(*_GOLDEN))
def test_published_energy_is_that_of_the_lower_half(name):
    X = case(name).X.astype(np.float64)
    # The public code computes in float32.
    assert lowest_energy(X, 0.5) == pytest.approx(published(name, *_GOLDEN), rel=1e-6)
    assert lowest_energy(X, 0.005) < published(name, *_GOLDEN)


@pytest.mark.parametrize("name", ["energy_fraction", "weight"])
@pytest.mark.parametrize(
    ("value", "error"),
    [(-0.1, ValueError), (1.1, ValueError), (np.nan, ValueError), ("a", TypeError)],
)
def test_parameters_must_be_shares(name, value, error):
    interval = r"\(0, 1\]" if name == "energy_fraction" else r"\[0, 1\]"
    with pytest.raises(error, match=rf"`{name}` of ETran must be a finite number in {interval}"):
        ETran(**{name: value}).fit(np.eye(4), [0, 0, 1, 1])


def test_an_energy_fraction_of_zero_is_an_error():
    with pytest.raises(ValueError, match="`energy_fraction` of ETran"):
        ETran(energy_fraction=0.0).fit(np.eye(4), [0, 0, 1, 1])

"""Repel: against a loop over pairs and steps, and cases that can be checked by hand."""

import math
import tracemalloc

import numpy as np
import pytest
from golden_values import case
from hypothesis import given
from hypothesis import strategies as st

from skperturb import Repel
from strategies import labelled_features


def naive_repel(X, y, *, step, sigma, stop, max_iter):
    """Moved rows and total forces, with means and radii of the moved rows every time."""
    X, classes, forces = X.copy(), np.unique(y), []
    for _ in range(max_iter):
        means = {c: X[y == c].mean(axis=0) for c in classes}
        radii = {c: math.sqrt(X[y == c].var(axis=0).sum()) for c in classes}
        pushed = {c: np.zeros(X.shape[1]) for c in classes}
        for i in classes:
            for j in classes:
                distance = np.linalg.norm(means[i] - means[j])
                if i != j and distance > 0:
                    overlap = max(sigma * (radii[i] + radii[j]) - distance, 0)
                    pushed[i] += overlap * (means[i] - means[j]) / distance
        forces.append(sum(np.linalg.norm(each) for each in pushed.values()))
        if forces[-1] <= stop * forces[0]:
            break
        for c in classes:
            X[y == c] += step**2 / 2 * pushed[c]
    return X, forces


def _length(X):
    return np.linalg.norm(X, axis=1).max()


@given(
    data=labelled_features(min_count=1),
    step=st.sampled_from([0.1, 0.5, 1.0]),
    sigma=st.sampled_from([0.3, 0.6, 2.0]),
    stop=st.sampled_from([0.2, 0.5, 0.97]),
)
def test_moves_and_forces_equal_those_of_a_loop(data, step, sigma, stop):
    X, codes = data
    repel = Repel(step, sigma=sigma, stop=stop, max_iter=5)
    moved = repel.fit_transform(X, codes)
    expected, forces = naive_repel(X, codes, step=step, sigma=sigma, stop=stop, max_iter=5)
    np.testing.assert_allclose(moved, expected, rtol=1e-7, atol=1e-9 * _length(X))
    np.testing.assert_allclose(repel.forces_, forces, rtol=1e-7, atol=1e-9 * _length(X))
    assert repel.n_iter_ == len(forces)


def test_two_classes_by_hand():
    # Radii 2 and 2, means 0 and 1: with sigma 1 they overlap by 3 and part by 3 t^2 / 2 each.
    X = np.array([[-2.0, 0.0], [2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]])
    repel = Repel(0.4, sigma=1.0, max_iter=1)
    moved = repel.fit_transform(X, ["ant", "ant", "bee", "bee"])
    np.testing.assert_allclose(moved[:, 0], X[:, 0] + 0.24 * np.array([-1, -1, 1, 1]))
    np.testing.assert_array_equal(moved[:, 1], 0.0)
    np.testing.assert_allclose(repel.shifts_, [[-0.24, 0.0], [0.24, 0.0]])
    np.testing.assert_allclose(repel.forces_, [6.0])


def test_two_classes_lose_the_share_t_squared_of_their_overlap_a_step():
    X = np.array([[-2.0], [2.0], [-1.0], [3.0]])
    repel = Repel(0.5, sigma=1.0, stop=0.0, max_iter=8).fit(X, [0, 0, 1, 1])
    np.testing.assert_allclose(repel.forces_, 6.0 * 0.75 ** np.arange(8))


@pytest.mark.parametrize(("stop", "n_iter"), [(1.0, 1), (0.8, 2), (0.5, 4), (0.4, 5), (0.0, 6)])
def test_steps_end_where_the_force_has_fallen_to_its_share(stop, n_iter):
    X = np.array([[-2.0], [2.0], [-1.0], [3.0]])
    repel = Repel(0.5, sigma=1.0, stop=stop).fit(X, [0, 0, 1, 1])
    assert repel.n_iter_ == n_iter
    n_steps = n_iter if n_iter == 6 else n_iter - 1
    np.testing.assert_allclose(repel.shifts_[1], 1.5 * (1 - 0.75**n_steps))


def test_classes_that_do_not_overlap_stay_to_the_last_bit():
    X = np.array([[-1.0, -0.0], [1.0, 0.0], [9.0, 0.0], [11.0, -0.0]])
    repel = Repel(1.0)
    moved = repel.fit_transform(X, [0, 0, 1, 1])
    assert moved.tobytes() == X.tobytes()
    assert not np.shares_memory(moved, X)
    assert repel.forces_.tolist() == [0.0]
    assert repel.n_iter_ == 1


def test_coincident_means_do_not_push_each_other():
    X = np.array([[-1.0], [1.0], [-3.0], [3.0], [2.0], [2.5]])
    repel = Repel(1.0, sigma=1.0, max_iter=1).fit(X, [0, 0, 1, 1, 2, 2])
    # Only the third class, around 2.25 with radius 0.25, pushes the others and is pushed.
    np.testing.assert_allclose(repel.shifts_[:, 0], [0.0, -0.5, 0.5])
    repel = Repel(1.0).fit(np.array([[-1.0], [1.0], [-3.0], [3.0]]), [0, 0, 1, 1])
    assert not repel.shifts_.any()


@given(data=labelled_features(min_count=1))
def test_classes_move_as_blocks_and_keep_their_radii_and_the_mean_of_means(data):
    X, codes = data
    repel = Repel(0.8, sigma=1.5)
    moved = repel.fit_transform(X, codes)
    for c, shift in zip(np.unique(codes), repel.shifts_, strict=True):
        rows = (moved - X)[codes == c]
        np.testing.assert_allclose(rows, np.tile(shift, (len(rows), 1)), atol=1e-9 * _length(X))
    np.testing.assert_allclose(repel.shifts_.mean(axis=0), 0.0, atol=1e-9 * _length(X))
    radii = Repel().fit(moved, codes).radii_
    np.testing.assert_allclose(radii, repel.radii_, rtol=1e-7, atol=1e-9 * _length(X))


def test_many_overlapping_classes_part():
    X, y = case("many_classes").X, case("many_classes").y
    repel = Repel(sigma=1.0).fit(X, y)
    assert (np.diff(repel.forces_) < 0).all()
    assert repel.forces_[-1] < 0.9 * repel.forces_[0]


def test_no_array_of_pairs_and_features_is_made():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 500))
    repel = Repel()
    tracemalloc.start()
    repel.fit(X, np.arange(600) % 300)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300 * 300 * 500 * 8 / 10


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"step": -0.1}, ValueError, r"`step` of Repel must be a finite number in \[0, 1\]"),
        ({"step": 1.5}, ValueError, r"`step` of Repel must be a finite number in \[0, 1\]"),
        ({"step": "a"}, TypeError, "`step` of Repel must be"),
        ({"sigma": -1.0}, ValueError, "`sigma` of Repel must be a finite number of at least 0"),
        ({"stop": 1.1}, ValueError, r"`stop` of Repel must be a finite number in \[0, 1\]"),
        ({"max_iter": 0}, ValueError, "`max_iter` of Repel must be an integer of at least 1"),
        ({"max_iter": 2.0}, TypeError, "`max_iter` of Repel must be an integer"),
    ],
)
def test_a_bad_parameter_is_named(params, error, message):
    with pytest.raises(error, match=message):
        Repel(**params).fit(np.eye(4), [0, 0, 1, 1])


def test_one_class_is_an_error():
    with pytest.raises(ValueError, match="Repel needs at least 2 classes, got 1"):
        Repel().fit(np.eye(3), ["ant"] * 3)

"""Laws of prediction, over histories that Hypothesis draws."""

from typing import NamedTuple

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from skperturb import AccuracyPredictor

_SEEDS = st.integers(0, 2**32 - 1)


class Drawn(NamedTuple):
    """A history and one more task of the same models."""

    tasks: list
    accuracies: list
    new: dict

    def fit(self, **params):
        """Learn from it."""
        return AccuracyPredictor(n_samples=50, **params).fit(self.tasks, self.accuracies)


@st.composite
def histories(draw):
    """Draw one to five tasks of three to seven models with one to three metrics, and gaps."""
    rng = np.random.default_rng(draw(_SEEDS))
    names = [f"model{i}" for i in range(draw(st.integers(3, 7)))]
    n_tasks, n_metrics = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    tasks = [
        {name: {f"m{j}": float(rng.standard_normal()) for j in range(n_metrics)} for name in names}
        for _ in range(n_tasks + 1)
    ]
    accuracies = []
    for _ in range(n_tasks):
        measured = [name for i, name in enumerate(names) if i < 2 or rng.random() < 0.8]
        accuracies.append({name: float(rng.uniform(0.2, 0.95)) for name in measured})
    return Drawn(tasks[:-1], accuracies, tasks[-1])


def shuffled(mapping, rng):
    """Return the mapping in another order."""
    names = list(mapping)
    rng.shuffle(names)
    return {name: mapping[name] for name in names}


@given(histories(), _SEEDS)
def test_reordering_models_and_tasks_changes_nothing(history, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(history.tasks))
    turned = Drawn(
        [shuffled(history.tasks[i], rng) for i in order],
        [shuffled(history.accuracies[i], rng) for i in order],
        shuffled(history.new, rng),
    )
    first = history.fit().posterior(history.new)
    second = turned.fit().posterior(turned.new)
    places = [second.names.index(name) for name in first.names]
    np.testing.assert_allclose(second.mean[places], first.mean, rtol=1e-4)
    np.testing.assert_allclose(second.std[places], first.std, rtol=1e-3)


@given(histories())
def test_predicting_twice_gives_the_same(history):
    predictor = history.fit()
    first, second = predictor.posterior(history.new), predictor.posterior(history.new)
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.probability_best(), second.probability_best())
    assert first.suggest(3) == second.suggest(3)


@given(histories(), st.floats(0.01, 1e6), st.floats(-1e3, 1e3))
def test_an_increasing_affine_function_of_a_score_says_the_same(history, slope, offset):
    def turn(task):
        return {name: row | {"m0": 10.0 + offset + slope * row["m0"]} for name, row in task.items()}

    assume(slope * 1e6 > abs(offset))  # or rounding takes the differences
    other = Drawn([turn(task) for task in history.tasks], history.accuracies, turn(history.new))
    # Scores that leave (0, 1) in all tasks or in none: in it a score may be an accuracy itself.
    assume(_same_levels(history, other))
    first, second = history.fit().predict(history.new), other.fit().predict(other.new)
    np.testing.assert_allclose(second, first, rtol=1e-3)


def _same_levels(first, second):
    return all(
        any(not 0 <= row["m0"] <= 1 for row in task.values())
        for each in (first, second)
        for task in [*each.tasks, each.new]
    )


@given(histories())
def test_a_model_without_history_has_a_wider_interval(history):
    # With metrics it need not: what is learned of a model goes together with what is learned of
    # the metrics, and where its scores turn round the errors add up.
    predictor = history.fit(effects="models")
    posterior = predictor.posterior(history.new | {"stranger": {}})
    # Before the unknown scale of the task, which widens what is far from its level.
    deviations = dict(
        zip(posterior.names, np.sqrt(np.diag(posterior._expectation.covariance)), strict=True)
    )
    seen = {name for row in history.accuracies for name in row}
    assert all(deviations[name] < deviations["stranger"] for name in seen)
    assert all(deviations[name] <= deviations["stranger"] * (1 + 1e-4) for name in history.new)


@given(histories(), st.floats(0.05, 0.95))
def test_a_measured_accuracy_never_widens_its_own_interval(history, value):
    predictor = history.fit()
    before = predictor.posterior(history.new)
    after = predictor.posterior(history.new, {"model1": value})
    place = before.names.index("model1")
    assert after.std[place] <= before.std[place]
    assert np.ptp(after.interval()[:, place]) <= np.ptp(before.interval()[:, place])


@given(histories(), st.floats(0.05, 0.95))
def test_draws_keep_to_what_is_measured(history, value):
    posterior = history.fit().posterior(history.new, {"model1": value})
    draws = posterior.sample()
    np.testing.assert_allclose(draws[:, posterior.names.index("model1")], value)
    assert ((draws > 0) & (draws < 1)).all()


@given(histories())
def test_probabilities_and_regrets_are_consistent(history):
    posterior = history.fit().posterior(history.new)
    likely = posterior.probability_best()
    assert np.isclose(likely.sum(), 1.0)
    assert (likely >= 0).all()
    assert posterior.expected_regret() >= 0
    assert sorted(posterior.suggest(99)) == sorted(history.new)
    everything = dict.fromkeys(history.new, 0.5) | {"model0": 0.6}
    done = history.fit().posterior(history.new, everything)
    assert done.expected_regret() == 0.0
    assert done.suggest() == []


@given(histories())
def test_shares_and_effects_are_finite(history):
    predictor = history.fit()
    assert np.isclose(sum(predictor.variance_shares_.values()), 1.0)
    assert np.isfinite(predictor.coef_).all()
    assert set(predictor.model_effects_) == set(history.new)
    mean, std = predictor.predict(history.new, return_std=True)
    assert ((mean > 0) & (mean < 1)).all()
    assert ((std > 0) & (std < 0.5)).all()


@given(histories())
def test_intervals_are_nested_and_hold_the_prediction(history):
    posterior = history.fit().posterior(history.new)
    wide, narrow = posterior.interval(0.95), posterior.interval(0.5)
    assert (wide[0] < narrow[0]).all()
    assert (narrow[1] < wide[1]).all()
    assert ((wide[0] < posterior.mean) & (posterior.mean < wide[1])).all()

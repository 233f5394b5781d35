"""Evaluation, by hand, by loops over pairs, and against published baselines."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.evaluation import (
    kendall_tau,
    pearson,
    regret_at_k,
    relative_accuracy_at_k,
    static_ranking,
    top_k_recall,
    weighted_kendall_tau,
)

_distinct = st.integers(2, 12).flatmap(
    lambda n: st.tuples(st.permutations(range(n)), st.permutations(range(n)))
)
correlations = pytest.mark.parametrize(
    "correlation", [weighted_kendall_tau, kendall_tau, pearson], ids=lambda each: each.__name__
)
choices = pytest.mark.parametrize(
    "choice", [relative_accuracy_at_k, top_k_recall, regret_at_k], ids=lambda each: each.__name__
)

every_function = pytest.mark.parametrize(
    "function",
    [weighted_kendall_tau, kendall_tau, pearson, relative_accuracy_at_k, top_k_recall, regret_at_k],
    ids=lambda each: each.__name__,
)


def naive_weighted_tau(accuracies, scores, ranked_by):
    """Sum over pairs, the weight being additive and hyperbolic in the given ranks."""
    ranks = np.argsort(np.argsort(-np.asarray(ranked_by)))
    agree = total = 0.0
    for i, j in itertools.combinations(range(len(scores)), 2):
        weight = 1 / (ranks[i] + 1) + 1 / (ranks[j] + 1)
        agree += weight * np.sign((accuracies[i] - accuracies[j]) * (scores[i] - scores[j]))
        total += weight
    return agree / total


@given(pair=_distinct)
def test_weighted_tau_is_the_mean_over_both_ways_to_weigh(pair):
    accuracies, scores = pair
    ways = [naive_weighted_tau(accuracies, scores, by) for by in (accuracies, scores)]
    assert weighted_kendall_tau(accuracies, scores) == pytest.approx(np.mean(ways))


@given(pair=_distinct)
def test_tau_counts_pairs(pair):
    accuracies, scores = map(np.array, pair)
    pairs = itertools.combinations(range(len(scores)), 2)
    signs = [np.sign((accuracies[i] - accuracies[j]) * (scores[i] - scores[j])) for i, j in pairs]
    assert kendall_tau(accuracies, scores) == pytest.approx(np.mean(signs))
    assert pearson(accuracies, scores) == pytest.approx(np.corrcoef(accuracies, scores)[0, 1])


@correlations
def test_correlations_know_perfect_reversed_and_tied_scores(correlation):
    accuracies = [0.9, 0.7, 0.5]
    assert correlation(accuracies, [3, 2, 1]) == pytest.approx(1.0)
    assert correlation(accuracies, [1, 2, 3]) == pytest.approx(-1.0)
    assert correlation(accuracies, [1, 1, 1]) == 0.0
    assert correlation([0.5, 0.5], [1, 2]) == 0.0
    assert correlation(accuracies, [np.nan] * 3) == 0.0


@correlations
def test_a_model_that_was_not_measured_is_left_out(correlation):
    assert correlation([0.9, np.nan, 0.7, 0.5], [3, 99, 2, 1]) == pytest.approx(1.0)


@correlations
def test_a_failed_model_ranks_last(correlation):
    assert correlation([0.9, 0.2, 0.1], [3.0, 2.0, np.nan]) > 0.5
    assert correlation([0.9, 0.2, 0.1], [np.nan, 2.0, 1.0]) < 0


@correlations
@given(pair=_distinct, seed=st.integers(0, 99))
def test_the_order_of_the_models_does_not_matter(correlation, pair, seed):
    accuracies, scores = (np.array(each) // 2 for each in pair)  # with ties
    order = np.random.default_rng(seed).permutation(len(scores))
    moved = correlation(accuracies[order], scores[order])
    assert moved == pytest.approx(correlation(accuracies, scores), abs=1e-12)


def test_trying_k_models_by_hand():
    accuracies, scores = [0.5, 0.8, 0.6, 0.4, np.nan], [9, 1, 7, 8, 99]
    assert relative_accuracy_at_k(accuracies, scores, 1) == pytest.approx(0.5 / 0.8)
    assert relative_accuracy_at_k(accuracies, scores, 3) == pytest.approx(0.6 / 0.8)
    assert regret_at_k(accuracies, scores, 1) == pytest.approx(0.3)
    assert regret_at_k(accuracies, scores, 4) == 0.0
    assert top_k_recall(accuracies, scores, 1) == 0.0
    assert top_k_recall(accuracies, scores, 3) == pytest.approx(2 / 3)
    assert top_k_recall(accuracies, scores, 99) == 1.0


def test_ties_earn_nothing():
    assert regret_at_k([0.5, 0.8], [1, 1]) == pytest.approx(0.3)
    assert regret_at_k([0.5, 0.8, 0.9], [2, 2, np.nan], k=2) == pytest.approx(0.1)
    assert top_k_recall([0.8, 0.8, 0.1], [1, 2, 3], k=2) == 0.5


@choices
@given(pair=_distinct, seed=st.integers(0, 99))
def test_a_choice_does_not_depend_on_the_order_of_the_models(choice, pair, seed):
    accuracies, scores = 1 + np.array(pair[0]), np.array(pair[1]) // 2
    order = np.random.default_rng(seed).permutation(len(scores))
    assert choice(accuracies[order], scores[order], 2) == choice(accuracies, scores, 2)


@choices
@pytest.mark.parametrize(
    ("k", "error"),
    [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError), (None, TypeError)],
)
def test_k_must_be_a_positive_integer(choice, k, error):
    with pytest.raises(error, match="`k` must be an integer of at least 1"):
        choice([0.5, 0.6], [1, 2], k)


@pytest.mark.parametrize("function", [weighted_kendall_tau, kendall_tau, pearson, regret_at_k])
def test_bad_arrays_raise(function):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        function([0.5, 0.6], [1, 2, 3])
    with pytest.raises(ValueError, match=r"must hold at least \d measured models, got 0"):
        function([np.nan, np.nan], [1, 2])
    with pytest.raises(ValueError, match=r"must be finite, or NaN where .* got infinity"):
        function([np.inf, 0.6], [1, 2])
    with pytest.raises(ValueError, match="1d array"):
        function([[0.5, 0.6]], [[1, 2]])


@pytest.mark.parametrize("names", [["a", "b", "c"], [0, 1, 2]])
@every_function
def test_series_that_name_the_models_in_another_order_raise(function, names):
    accuracies = pd.Series([0.9, 0.8, 0.7], index=names)
    scores = pd.Series([1.0, 2.0, 3.0], index=names[::-1])
    with pytest.raises(ValueError, match=r"same models in the same order.*\.reindex\(accuracies"):
        function(accuracies, scores)
    aligned = function(accuracies, scores.reindex(names))
    assert aligned == function([0.9, 0.8, 0.7], [3.0, 2.0, 1.0])
    assert function(accuracies.set_axis([7, 8, 9]), scores.reindex(names)) == aligned


@every_function
def test_what_is_masked_was_not_measured(function):
    masked = np.ma.masked_array([0.9, 0.1, 0.7], mask=[False, True, False])
    assert function(masked, [3.0, 9.0, 1.0]) == function([0.9, np.nan, 0.7], [3.0, 9.0, 1.0])


@every_function
def test_numbers_by_name_are_asked_for_as_an_array(function):
    with pytest.raises(TypeError, match=r"`scores` must be an array .*, got dict; take \[scores"):
        function([0.9, 0.8], {"a": 1.0, "b": 2.0})


def test_relative_accuracy_needs_a_positive_best():
    with pytest.raises(ValueError, match="must have a best above 0, got -1"):
        relative_accuracy_at_k([-1.0, -2.0], [1, 2])


def test_static_ranking_is_the_mean_rank_on_the_other_tasks():
    rng = np.random.default_rng(0)
    table = rng.integers(9, size=(5, 6)).astype(float)
    expected = np.zeros_like(table)
    for task, model in np.ndindex(*table.shape):
        shares = []
        for other in set(range(5)) - {task}:
            rivals = np.delete(table[other], model)
            beaten = (
                np.sum(rivals < table[other, model]) + np.sum(rivals == table[other, model]) / 2
            )
            shares.append(beaten / len(rivals))
        expected[task, model] = np.mean(shares)
    np.testing.assert_allclose(static_ranking(table), expected)


def test_static_ranking_with_gaps():
    table = [[0.9, 0.8, np.nan], [0.5, np.nan, 0.6], [np.nan, np.nan, 0.7], [0.3, 0.2, 0.1]]
    expected = [[0.5, 0.5, 0.5], [1.0, 0.25, 0.0], [2 / 3, 0.25, 0.5], [0.5, 0.0, 1.0]]
    np.testing.assert_allclose(static_ranking(table), expected)
    lonely = static_ranking([[0.1, 0.2, 0.3], [0.1, 0.2, np.nan]])
    assert np.isnan(lonely[0, 2])
    with pytest.raises(ValueError, match="at least 2 tasks"):
        static_ranking([[0.5, 0.6]])


def test_static_ranking_never_looks_at_its_own_task():
    rng = np.random.default_rng(0)
    table = rng.random((4, 5))
    changed = table.copy()
    changed[2] = rng.random(5)
    np.testing.assert_array_equal(static_ranking(changed)[2], static_ranking(table)[2])

"""Chance: what scores would be if the labels had nothing to do with the features."""

import numpy as np

from skperturb.selection._scores import round_scores

N_SHUFFLES = 20  # a score of chance alone is above all of them once in 21 times


def shuffled_order(n_rows, groups, seed):
    """Return whose label each row gets, `(n_rows,)`; the labels of a group stay side by side."""
    generator = np.random.default_rng(seed)
    if groups is None:
        return generator.permutation(n_rows)
    places = np.argsort(groups, kind="stable")
    rank_of_group = generator.permutation(groups.max() + 1)
    order = np.empty(n_rows, dtype=np.intp)
    order[places] = np.argsort(rank_of_group[groups], kind="stable")
    return order


def is_within_chance(scores, shuffled_scores):
    """
    Whether the best score of some models is one that shuffled labels reach as well.

    Of 21 orders of the labels that are exchangeable, the true one has the highest score in
    one case of 21.

    Parameters
    ----------
    scores : ndarray of shape (n_models,)
        Scores with the true labels.
    shuffled_scores : ndarray of shape (n_shuffles, n_models)
        Scores with the labels in other orders, the same for all models.
    """
    return bool(round_scores(scores.max()) <= round_scores(shuffled_scores.max()))

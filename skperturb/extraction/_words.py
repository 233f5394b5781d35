"""Words: which tokens they are made of, when a sentence may need several windows."""

from typing import NamedTuple

import numpy as np


class PlacedWords(NamedTuple):
    """The tokens of all words of a batch, in the order of the words."""

    tokens: np.ndarray  # place of each token among all tokens of all windows
    words: np.ndarray  # the word that it belongs to, ascending
    n_words: int


def locate_words(windows, owners, counts):
    """
    Return the tokens of each word.

    A word that lies in several windows is taken from the one that holds most of its tokens
    and, of these, where it has most context: where it is furthest from the ends.

    Parameters
    ----------
    windows : list of list of (int or None)
        For each token of each window, the word of the sentence that it belongs to. All
        windows are of one length.
    owners : list of int
        The sentence of each window.
    counts : list of int
        The words of each sentence.

    Returns
    -------
    placed : PlacedWords
        A word of which the tokenizer leaves nothing has no token.
    """
    first_word = np.concatenate([[0], np.cumsum(counts, dtype=np.intp)])
    best: dict[int, tuple] = {}
    for window, (word_ids, owner) in enumerate(zip(windows, owners, strict=True)):
        places_of_words = _places_of_words(word_ids)
        end = max((places[-1] for places in places_of_words.values()), default=0)
        for word, places in places_of_words.items():
            context = min(places[0], end - places[-1])
            found = (len(places), context), [window * len(word_ids) + place for place in places]
            index = int(first_word[owner]) + word
            if index not in best or found[0] > best[index][0]:
                best[index] = found
    return _as_arrays({index: tokens for index, (_, tokens) in best.items()}, int(first_word[-1]))


def _places_of_words(word_ids):
    """Return where the tokens of each word stand in a window."""
    places: dict[int, list[int]] = {}
    for place, word in enumerate(word_ids):
        if word is not None:
            places.setdefault(word, []).append(place)
    return places


def _as_arrays(tokens, n_words):
    ordered = sorted(tokens)
    flat = [token for index in ordered for token in tokens[index]]
    words = np.repeat(ordered, [len(tokens[index]) for index in ordered])
    return PlacedWords(np.array(flat, dtype=np.intp), words.astype(np.intp), n_words)


def pool_words(states, placed, how):
    """
    Return one vector per word.

    Parameters
    ----------
    states : ndarray of shape (n_tokens, d)
        The states of all tokens of all windows.
    placed : PlacedWords
        Which of them are a word's.
    how : "mean", "cls" or "last"
        Over all its tokens, the first or the last. A word without tokens is zero.
    """
    features = np.zeros((placed.n_words, states.shape[1]), dtype=np.float32)
    words, first, counts = np.unique(placed.words, return_index=True, return_counts=True)
    if how == "mean":
        np.add.at(features, placed.words, states[placed.tokens])
        features[words] /= counts[:, None]
    else:
        chosen = first if how == "cls" else first + counts - 1
        features[words] = states[placed.tokens[chosen]]
    return features

"""Pooling as pure functions: four numbers are enough to see what comes out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.extraction._pooling import is_causal, last_of_mask, mean_over_mask, pool_states
from skperturb.extraction._words import locate_words, pool_words

STATES = np.arange(12.0).reshape(2, 3, 2)
MASK = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])


def test_the_mean_leaves_padding_out():
    np.testing.assert_array_equal(mean_over_mask(STATES, MASK), [[1, 2], [8, 9]])


@pytest.mark.parametrize(
    ("mask", "expected"),
    [(MASK, [[2, 3], [10, 11]]), (MASK[:, ::-1], [[4, 5], [10, 11]])],
)
def test_the_last_token_whichever_side_is_padded(mask, expected):
    np.testing.assert_array_equal(last_of_mask(STATES, mask), expected)


@pytest.mark.parametrize(
    ("how", "expected", "words"),
    [
        ("mean", [[1, 2], [8, 9]], "mean over the attention mask"),
        ("cls", [[0, 1], [6, 7]], "first token"),
        ("last", [[2, 3], [10, 11]], "last token"),
    ],
)
def test_tokens_are_pooled_as_asked(how, expected, words):
    pooled, used = pool_states(STATES, MASK, how)
    np.testing.assert_array_equal(pooled, expected)
    assert used == words


def test_vectors_and_maps():
    vectors, used = pool_states(MASK, None, "mean")
    assert vectors is MASK
    assert used == "vector as the model gives it"
    pooled, used = pool_states(np.arange(8.0).reshape(1, 2, 2, 2), None, "mean")
    np.testing.assert_array_equal(pooled, [[1.5, 5.5]])
    assert used == "global average"


@pytest.mark.parametrize(
    ("shape", "how", "words"),
    [
        ((1, 2, 2, 2), "cls", "Feature maps have no tokens"),
        ((2,), "mean", "must give arrays of 2 to 4 dimensions, got shape"),
    ],
)
def test_what_cannot_be_pooled(shape, how, words):
    with pytest.raises(ValueError, match=words):
        pool_states(np.ones(shape), None, how)


@pytest.mark.parametrize(
    ("states_of", "causal"),
    [
        (lambda ids: np.cumsum(np.array(ids, dtype=float)[:, None], axis=0), True),
        (lambda ids: np.array(ids, dtype=float)[:, None] + np.sum(ids), False),
        (lambda ids: np.array(ids, dtype=float)[:, None], False),  # no token sees another
    ],
)
def test_a_decoder_is_known_by_what_its_tokens_see(states_of, causal):
    assert is_causal(states_of, [3, 1, 4, 5]) is causal


def _naive_words(windows, owners, counts):
    """Return the tokens of each word, by looking at all windows for every word."""
    found = []
    for sentence, count in enumerate(counts):
        for word in range(count):
            choices = []
            for window, (ids, owner) in enumerate(zip(windows, owners, strict=True)):
                places = [i for i, each in enumerate(ids) if each == word]
                if owner == sentence and places:
                    end = max(i for i, each in enumerate(ids) if each is not None)
                    context = min(places[0], end - places[-1])
                    choices.append((len(places), context, -window, places))
            best = max(choices, default=None)
            tokens = [] if best is None else [-best[2] * len(windows[0]) + i for i in best[3]]
            found.append(tokens)
    return found


@given(st.data())
def test_each_word_is_taken_from_the_window_that_shows_most_of_it(data):
    counts = data.draw(st.lists(st.integers(1, 8), min_size=1, max_size=3))
    width = data.draw(st.integers(2, 6))
    windows, owners = [], []
    for owner, count in enumerate(counts):
        pieces = [w for w in range(count) for _ in range(data.draw(st.integers(0, 3)))]
        step = data.draw(st.integers(1, width))
        for start in range(0, max(len(pieces), 1), step):
            window = pieces[start : start + width]
            if window:
                windows.append(window + [None] * (width - len(window)))
                owners.append(owner)
    if not windows:
        return
    placed = locate_words(windows, owners, counts)
    expected = _naive_words(windows, owners, counts)
    assert placed.n_words == sum(counts)
    assert placed.tokens.tolist() == [token for tokens in expected for token in tokens]
    states = np.random.default_rng(0).standard_normal((len(windows) * width, 2))
    for how, pool in (
        ("mean", lambda s: s.mean(0)),
        ("cls", lambda s: s[0]),
        ("last", lambda s: s[-1]),
    ):
        rows = [pool(states[tokens]) if tokens else np.zeros(2) for tokens in expected]
        np.testing.assert_allclose(pool_words(states, placed, how), rows, rtol=1e-5, atol=1e-6)

"""Words through transformers: a row per word, whatever the tokens and the length."""

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor, extract_features
from tiny_models import framework, save_bert, tiny_torch

transformers = framework("transformers")
torch = tiny_torch()
pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks, about themselves

SENTENCES = [["a", "gooders", "day"], ["bad"], ["good", "days", ",", "bad", "days"]]


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words") / "bert"
    return folder, *save_bert(folder)


def _states(bert, words):
    """Return the states of a sentence and the word of each token."""
    _, model, tokenizer = bert
    encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        return model(**encoded).last_hidden_state[0].numpy(), encoded.word_ids(0)


def _by_hand(bert, words, pool):
    states, ids = _states(bert, words)
    tokens = [[i for i, word in enumerate(ids) if word == k] for k in range(len(words))]
    return np.stack([pool(states[places]) for places in tokens])


@pytest.mark.parametrize(
    ("pooling", "pool"),
    [("auto", lambda s: s.mean(0)), ("cls", lambda s: s[0]), ("last", lambda s: s[-1])],
)
def test_a_word_is_pooled_over_its_tokens(bert, pooling, pool):
    found = FeatureExtractor(bert[0], pooling=pooling, batch_size=2).transform(SENTENCES)
    expected = np.concatenate([_by_hand(bert, words, pool) for words in SENTENCES])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert len(found) == 9


def test_a_long_sentence_loses_no_word(bert):
    words = ["a", "good", "bad", "day"] * 30
    found = FeatureExtractor(bert[0]).transform([words, ["good"]])
    assert found.shape == (121, 16)
    assert (np.abs(found).sum(1) > 0).all()
    # The first words lie in the first window only.
    _, model, tokenizer = bert
    encoded = tokenizer(words, is_split_into_words=True, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        states = model(**encoded).last_hidden_state[0, 1:11]
    np.testing.assert_allclose(found[:10], states, rtol=1e-5, atol=1e-5)


def test_groups_are_sentences(bert, tmp_path):
    found = extract_features([bert[0]], SENTENCES, out=tmp_path, y=list("abcabcabc"), verbose=0)
    assert found.groups.tolist() == [0, 0, 0, 1, 2, 2, 2, 2, 2]
    assert found.rows == ["0"] * 3 + ["1"] + ["2"] * 5
    (path,) = found.paths.values()
    expected = FeatureExtractor(bert[0]).transform(SENTENCES)
    np.testing.assert_allclose(np.load(path), expected, atol=2e-3)

"""Verdict: one sentence that says no more than the resamples do."""

import numpy as np
import pytest

from skperturb import ModelSelector
from skperturb.metrics import LogME
from skperturb.selection._verdict import sentence, verdict


def _said(chances, names="abcdefgh", level=0.95):
    """Return the sentence for a table of P(row beats column), given above the diagonal."""

    def better(a, b):
        return chances[a + b] if a + b in chances else 1 - chances[b + a]

    return sentence(verdict(list(names), better, level), level, n_draws=1000)


@pytest.mark.parametrize(
    ("names", "chances", "expected"),
    [
        ("a", {}, "a is the only model that could be scored."),
        ("ab", {"ab": 0.987}, "a beats b (P >= 0.98)."),
        ("ab", {"ab": 0.54}, "a and b cannot be told apart (P = 0.54)."),
        (
            "abc",
            {"ab": 0.99, "ac": 0.97, "bc": 0.5},
            "a beats the other 2 models (P >= 0.97).",
        ),
        (
            "abcd",
            {"ab": 0.54, "ac": 1.0, "ad": 0.98, "bc": 0.97, "bd": 1.0},
            "a and b cannot be told apart (P = 0.54); both beat the other 2 (P >= 0.97).",
        ),
        (
            "abc",
            {"ab": 0.9, "ac": 0.96, "bc": 0.6},
            "a and b cannot be told apart (P = 0.90); a beats c (P >= 0.95).",
        ),
        (
            "abcd",
            {"ab": 0.6, "ac": 0.7, "ad": 1.0, "bd": 1.0, "cd": 0.99},
            "a, b and c cannot be told apart (P <= 0.70 for the first to beat another); "
            "all beat d (P >= 0.99).",
        ),
        (
            "abcde",
            {"ab": 0.6, "ac": 0.7, "ad": 0.8, "ae": 0.5},
            "a, b, c and 2 others cannot be told apart (P <= 0.80 for the first to beat another).",
        ),
    ],
)
def test_sentences(names, chances, expected):
    assert _said(chances, names) == expected


def test_a_selector_says_it():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 40)
    sets = {
        "sharp": rng.standard_normal((80, 5)) + 3 * y[:, None],
        "blind": rng.standard_normal((80, 5)),
    }
    selector = ModelSelector(LogME(), n_bootstraps=20).fit(sets, y)
    assert selector.summary() == "sharp beats blind (P >= 0.95)."  # 20 of 20
    unsure = ModelSelector(LogME()).fit(sets, y).summary()
    assert unsure == "sharp has the best score of 2 models; how sure that is was not measured."

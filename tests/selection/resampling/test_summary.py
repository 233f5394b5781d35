"""Verdict: one sentence that says no more than the resamples do."""

import numpy as np
import pytest

from skperturb import ModelSelector
from skperturb.metrics import LogME
from skperturb.selection.resampling.summary import describe_top_group, find_top_group


class Whole(LogME):
    """LogME that wants all 60 rows."""

    def _score(self, X, target):
        if len(X) < 60:
            msg = "too few rows"
            raise ValueError(msg)
        return super()._score(X, target)


def _said(chances, names="abcdefgh", level=0.95):
    """Return the sentence for a table of P(row beats column), given above the diagonal."""

    def better(a, b):
        return chances[a + b] if a + b in chances else 1 - chances[b + a]

    return describe_top_group(find_top_group(list(names), better, level), level, n_resamples=1000)


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
            "a cannot be told from b and c (P <= 0.70); all of them beat d (P >= 0.99).",
        ),
        (
            "abcde",
            {"ab": 0.6, "ac": 0.7, "ad": 0.8, "ae": 0.5},
            "a cannot be told from b, c, d and e (P <= 0.80).",
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
    selector = ModelSelector(LogME(), n_resamples=20).fit(sets, y)
    assert selector.summary() == "sharp beats blind (P >= 0.95)."  # 20 of 20
    unsure = ModelSelector(LogME()).fit(sets, y).summary()
    assert unsure == "sharp has the first place of 2 models; how sure that is was not measured."
    few = ModelSelector(LogME(), n_resamples=2).fit(sets, y).summary()
    assert few.endswith("how sure that is cannot be said at 0.95 from 2 resamples.")
    twins = {"a": sets["sharp"], "b": sets["sharp"]}
    shared = ModelSelector(LogME()).fit(twins, y).summary()
    assert shared.startswith("a shares the first place of 2 models with b;")
    one = ModelSelector(LogME(), n_resamples=20).fit({"a": sets["sharp"]}, y).summary()
    assert one == "a is the only model that could be scored."
    equal = ModelSelector(LogME(), n_resamples=20).fit(twins, y)
    assert equal.probability_better("a", "b") == 0.5
    assert equal.summary() == "a and b cannot be told apart (P = 0.50)."


def test_what_the_resamples_could_not_score_is_not_claimed():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    sets = {name: rng.standard_normal((60, 4)) for name in "ab"}
    said = ModelSelector(Whole(), n_resamples=20).fit(sets, y).summary()
    assert said.endswith("cannot be said, because not all resamples could be scored.")

"""Summary: sentences that say no more than the resamples do, and what a score is worth."""

import numpy as np
import pytest

from skperturb import ModelSelector
from skperturb.metrics import LogME
from skperturb.selection.resampling.summary import describe_ranking, describe_unsure

_TOO = "on other rows of this task too (95 % confidence)."


class Whole(LogME):
    """LogME that wants all 60 rows."""

    def _score(self, X, target):
        if len(X) < 60:
            msg = "too few rows"
            raise ValueError(msg)
        return super()._score(X, target)


@pytest.mark.parametrize(
    ("names", "surpassed", "expected"),
    [
        ("a", "", "a is the only model that could be scored."),
        ("ab", "b", f"a has the highest score of 2 models, {_TOO}"),
        ("abc", "cb", f"a has the highest score of 3 models, {_TOO}"),
        (
            "ab",
            "",
            "a has the highest score of 2 models, but b cannot be told from it (95 % confidence).",
        ),
        (
            "abc",
            "c",
            "a has the highest score of 3 models, but b cannot be told from it; the other scores "
            f"lower, {_TOO}",
        ),
        (
            "abcde",
            "de",
            "a has the highest score of 5 models, but b and c cannot be told from it; the other 2 "
            f"score lower, {_TOO}",
        ),
        (
            "abcde",
            "",
            "a has the highest score of 5 models, but none of the others can be told from it "
            "(95 % confidence).",
        ),
        (
            "abcdefg",
            "g",
            "a has the highest score of 7 models, but b, c, d and 2 others cannot be told from "
            f"it; the other scores lower, {_TOO}",
        ),
    ],
)
def test_sentences(names, surpassed, expected):
    assert describe_ranking(list(names), set(surpassed), 0.95, n_metrics=1) == expected


def test_several_metrics_rank_by_their_mean_rank():
    said = describe_ranking(list("abc"), {"c"}, 0.9, n_metrics=2)
    assert said == (
        "a has the best mean rank of 3 models by 2 metrics, but b cannot be told from it; the "
        "other ranks lower, on other rows of this task too (90 % confidence)."
    )
    unsure = describe_unsure(["a"], 3, "was not measured", n_metrics=2)
    assert unsure == (
        "a has the best mean rank of 3 models by 2 metrics; how sure that is was not measured."
    )


def test_a_selector_says_it_and_what_it_is_worth():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 40)
    sets = {
        "sharp": rng.standard_normal((80, 5)) + 3 * y[:, None],
        "blind": rng.standard_normal((80, 5)),
    }

    def say(pool, **params):
        said, _, worth = (
            ModelSelector(LogME(), **params).fit(pool, y).summary().partition(" A score ")
        )
        assert worth.startswith("is no accuracy: in our study the order by this one agreed with ")
        return said

    assert say(sets, n_resamples=20) == f"sharp has the highest score of 2 models, {_TOO}"
    unsure = say(sets)
    assert unsure == "sharp has the highest score of 2 models; how sure that is was not measured."
    few = say(sets, n_resamples=2)
    assert few.endswith("how sure that is cannot be said at 0.95 from 2 resamples.")
    twins = {"a": sets["sharp"], "b": sets["sharp"]}
    assert say(twins).startswith("a and b share the highest score of 2 models; how sure")
    one = say({"a": sets["sharp"]}, n_resamples=20)
    assert one == "a is the only model that could be scored."
    equal = ModelSelector(LogME(), n_resamples=20).fit(twins, y)
    assert equal.probability_better("a", "b") == 0.5
    assert "but b cannot be told from it" in equal.summary()


def test_the_level_is_that_of_the_fit():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    sets = {name: rng.standard_normal((60, 4)) for name in "ab"}
    selector = ModelSelector(LogME(), n_resamples=20, confidence_level=0.9).fit(sets, y)
    assert "(90 % confidence)" in selector.set_params(confidence_level=0.5).summary()


def test_what_the_resamples_could_not_score_is_not_claimed():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    sets = {name: rng.standard_normal((60, 4)) for name in "ab"}
    said = ModelSelector(Whole(), n_resamples=20).fit(sets, y).summary()
    assert "cannot be said, because not all resamples could be scored." in said

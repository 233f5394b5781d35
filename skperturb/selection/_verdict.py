"""Verdict: a ranking in one sentence."""

from typing import NamedTuple

import numpy as np

_NAMED = 3  # names in a row that a reader still takes in


class Verdict(NamedTuple):
    """Models that cannot be told from the best, and the others, best first.

    `p_together` is how sure it is that the best beats the one it is least sure to beat
    among its equals, `p_apart` the same for all pairs of an equal and another; None
    where there is no such pair.
    """

    together: list
    apart: list
    p_together: float | None
    p_apart: float | None


def verdict(ranking, probability_better, level):
    """Part the models into those that the best does not beat at `level`, and the rest."""
    best, *others = ranking
    chances = {name: probability_better(best, name) for name in others}
    together = [name for name in others if chances[name] < level]
    apart = [name for name in others if chances[name] >= level]
    pairs = [probability_better(a, b) for a in [best, *together] for b in apart]
    return Verdict(
        [best, *together],
        apart,
        max((chances[name] for name in together), default=None),
        min(pairs, default=None),
    )


def sentence(found, level, n_draws):
    """Say the verdict in words, and no probability that so many draws cannot show."""
    shown = n_draws / (n_draws + 1)
    group, rest = found.together, found.apart
    if len(group) == 1 and not rest:
        return f"{group[0]} is the only model that could be scored."
    if len(group) == 1:
        return (
            f"{group[0]} beats {_rest(rest, alone=True)} ({_at_least(min(found.p_apart, shown))})."
        )
    equals = f"{_enumerated(group)} cannot be told apart ({_chance(group, found.p_together)})"
    if not rest:
        return f"{equals}."
    if found.p_apart >= level:
        both = "both" if len(group) == 2 else "all"
        return f"{equals}; {both} beat {_rest(rest)} ({_at_least(min(found.p_apart, shown))})."
    return f"{equals}; {group[0]} beats {_rest(rest)} ({_at_least(min(level, shown))})."


def unsure_sentence(ranking):
    """Say who is first where no resample was drawn."""
    return (
        f"{ranking[0]} has the best score of {len(ranking)} models; "
        "how sure that is was not measured."
    )


def _chance(group, p):
    return f"P = {p:.2f}" if len(group) == 2 else f"P <= {p:.2f} for the first to beat another"


def _at_least(p):
    """Say a probability from below: no rounding makes it more than it is."""
    return f"P >= {np.floor(100 * p) / 100:.2f}"


def _rest(rest, alone=False):
    if len(rest) == 1:
        return rest[0]
    return f"the other {len(rest)} models" if alone else f"the other {len(rest)}"


def _enumerated(names):
    if len(names) > _NAMED + 1:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} others"
    return f"{', '.join(names[:-1])} and {names[-1]}"

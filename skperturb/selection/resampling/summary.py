"""Summary: a ranking in one sentence, which says no more than the resamples do."""

from typing import NamedTuple

import numpy as np

_NAMED = 3  # names in a row that a reader still takes in


class TopGroup(NamedTuple):
    """Models that the best does not beat, and those that it does, best first.

    `p_together` is how sure it is that the best beats the one of its equals that it is
    surest to beat, `p_apart` how sure that best and equals beat the others, for the pair
    of which it is least sure; None where there is no such pair.
    """

    best: str
    equals: list
    others: list
    p_together: float | None
    p_apart: float | None


def find_top_group(ranking, probability_better, level):
    """Part the models into those that the best does not beat at `level`, and the rest."""
    best, *rest = ranking
    chances = {name: probability_better(best, name) for name in rest}
    equals = [name for name in rest if chances[name] < level]
    others = [name for name in rest if chances[name] >= level]
    pairs = [probability_better(a, b) for a in [best, *equals] for b in others]
    p_together = max((chances[name] for name in equals), default=None)
    return TopGroup(best, equals, others, p_together, min(pairs, default=None))


def describe_top_group(group, level, n_resamples):
    """Say in words who is in the group, and no probability that so many draws cannot show."""
    best, equals, others = group.best, group.equals, group.others
    # Even what held on all resamples is no certainty.
    shown = n_resamples / (n_resamples + 1)
    if not equals and not others:
        return f"{best} is the only model that could be scored."
    if not equals:
        return f"{best} beats {_rest(others, alone=True)} ({_at_least(group.p_apart, shown)})."
    if len(equals) == 1:
        said = f"{best} and {equals[0]} cannot be told apart (P = {group.p_together:.2f})"
    else:
        said = f"{best} cannot be told from {join_names(equals)} (P <= {group.p_together:.2f})"
    if not others:
        return f"{said}."
    if group.p_apart >= level:
        both = "both" if len(equals) == 1 else "all of them"
        return f"{said}; {both} beat {_rest(others)} ({_at_least(group.p_apart, shown)})."
    return f"{said}; {best} beats {_rest(others)} ({_at_least(level, shown)})."


def describe_unsure(names, n_models, why):
    """Say who is first, and why that is all that can be said."""
    if n_models == 1:
        return f"{names[0]} is the only model that could be scored."
    share = "shares" if len(names) > 1 else "has"
    who = f"{names[0]} {share} the first place of {n_models} models"
    others = f" with {join_names(names[1:])}" if len(names) > 1 else ""
    return f"{who}{others}; how sure that is {why}."


def _at_least(p, shown):
    """Say a probability from below: no rounding makes it more than it is."""
    return f"P >= {np.floor(100 * min(p, shown) + 1e-9) / 100:.2f}"


def _rest(others, alone=False):
    if len(others) == 1:
        return others[0]
    return f"the other {len(others)} models" if alone else f"the other {len(others)}"


def join_names(names):
    """Say names in a row, the first three where there are many."""
    if len(names) > _NAMED + 1:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} others"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))

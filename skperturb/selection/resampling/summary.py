"""Summary: a ranking in one sentence, which says no more than the resamples do."""

_NAMED = 3  # names in a row that a reader still takes in


def describe_ranking(ranking, surpassed, level, n_metrics):
    """Say who is first, and which models it is ahead of on other rows too."""
    best, *others = ranking
    if not others:
        return f"{best} is the only model that could be scored."
    equals = [name for name in others if name not in surpassed]
    first = f"{best} has the {_first_place(len(ranking), n_metrics)}"
    confidence = f"({100 * level:g} % confidence)"
    if not equals:
        return f"{first}, on other rows of this task too {confidence}."
    if len(equals) == len(others) > 1:
        return f"{first}, but none of the others can be told from it {confidence}."
    doubt = f"{first}, but {join_names(equals)} cannot be told from it"
    if len(equals) == len(others):
        return f"{doubt} {confidence}."
    behind = _name_rest(len(others) - len(equals), n_metrics)
    return f"{doubt}; {behind}, on other rows of this task too {confidence}."


def describe_unsure(names, n_models, why, n_metrics):
    """Say who is first, and why that is all that can be said."""
    if n_models == 1:
        return f"{names[0]} is the only model that could be scored."
    first = _first_place(n_models, n_metrics)
    if len(names) > 1:
        return f"{join_names(names)} share the {first}; how sure that is {why}."
    return f"{names[0]} has the {first}; how sure that is {why}."


def explain_unsure(n_resamples, level, is_unscored):
    """Say why the first cannot be compared with the others, None if it can."""
    if is_unscored:
        return "cannot be said, because not all resamples could be scored"
    # So few resamples of so many models do not know which differences are small by chance.
    if n_resamples < level * (n_resamples + 1):
        return f"cannot be said at {level:g} from {n_resamples} resamples"
    return None


def join_names(names):
    """Say names in a row, the first three where there are many."""
    if len(names) > _NAMED + 1:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} others"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _first_place(n_models, n_metrics):
    if n_metrics == 1:
        return f"highest score of {n_models} models"
    return f"best mean rank of {n_models} models by {n_metrics} metrics"


def _name_rest(n_behind, n_metrics):
    verb = "score" if n_metrics == 1 else "rank"
    return f"the other {verb}s lower" if n_behind == 1 else f"the other {n_behind} {verb} lower"

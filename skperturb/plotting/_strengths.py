"""Strengths: the scores of a pool while one parameter of a pipeline varies."""

from numbers import Real

import numpy as np
from sklearn.base import clone

from skperturb.selection import ModelSelector


def check_strengths(param_range):
    """Return the strengths as a list, or say what they must be."""
    strengths = list(param_range) if np.iterable(param_range) else [param_range]
    real = all(map(_is_real, strengths))
    if not (real and np.isfinite(strengths).all() and len(set(strengths)) == len(strengths) >= 2):
        msg = (
            "`param_range` of PerturbationDisplay must be at least 2 different finite numbers, "
            f"got {param_range!r}."
        )
        raise ValueError(msg)
    return strengths


def _is_real(value):
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def score_strengths(pipeline, param_name, strengths, feature_sets, y, **settings):
    """Return the names of the models and their scores, `(n_strengths, n_models)`.

    One selector takes the pipeline with each strength as one of its metrics: every
    feature set is opened once. The steps of the pipeline are computed once where the
    parameter is one of the metric, and for each strength where it is one of the steps.
    """
    _check_parameter(pipeline, param_name)
    metrics = {
        str(strength): clone(pipeline).set_params(**{param_name: strength})
        for strength in strengths
    }
    selector = ModelSelector(metrics, diagnostics=None, **settings).fit(feature_sets, y)
    # NaN whatever `error_score` is: a number would be drawn as a score.
    return selector.names_, np.where(selector.failed_, np.nan, selector.scores_).T


def name_metric(pipeline):
    """Return the class of the metric that a pipeline ends in."""
    return type(pipeline.steps[-1][1] if hasattr(pipeline, "steps") else pipeline).__name__


def _check_parameter(pipeline, param_name):
    if isinstance(pipeline, type) or not (
        hasattr(pipeline, "set_params") and hasattr(pipeline, "fit")
    ):
        msg = (
            "`pipeline` of PerturbationDisplay must be an estimator, such as "
            f"make_perturbed(LogME()), got {pipeline!r}."
        )
        raise TypeError(msg)
    params = pipeline.get_params()
    if param_name not in params:
        numbers = [name for name in sorted(params) if _is_real(params[name])]
        msg = (
            "`param_name` of PerturbationDisplay must be a parameter of the pipeline, got "
            f"{param_name!r}; those that are numbers are {', '.join(map(repr, numbers))}."
        )
        raise ValueError(msg)

"""Hypotheses: the gains that `PLAN.md` fixed before they were computed."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from study.dataset import ALL_TUNED, FINE_TUNED, PROBED
from study.figures import by_family, draw_taus, interval, student_interval, taus

DRAWS = 2000
_KNN = [("KNNScore", "PCA", "attract 0.5")]
_CENTROID = {
    "as they are": [("NearestCentroid", "raw", "raw, spread 2 R")],
    "64 components": [("NearestCentroid", "PCA", "spread 2 R")],
}
_LDA = [("LDAScore", "raw", "raw, spread 1 R")]
_LOCAL = [*_KNN, *_CENTROID["as they are"], *_CENTROID["64 components"], *_LDA]
# The two of the centroids count as one.
_WEIGHTS = [1 / 3, 1 / 6, 1 / 6, 1 / 3]
_LINEAR = [
    (metric, "PCA", setting)
    for metric in ("LogME", "HScore", "RidgeProbe")
    for setting in ("attract 0.5", "spread 2 R", "spread 1 R")
]


class Claim(NamedTuple):
    """Gains of perturbations, (metric, before, after), weighed; what is subtracted; the truth."""

    name: str
    words: str
    gains: list
    weights: list | None = None
    less: list | None = None


CLAIMS = [
    Claim("H1", "k-NN, 64 components, Attract 0.5", _KNN),
    Claim("H2a", "nearest centroid, as they are, Spread 2 R", _CENTROID["as they are"]),
    Claim("H2b", "nearest centroid, 64 components, Spread 2 R", _CENTROID["64 components"]),
    Claim("H3", "LDA, as they are, Spread 1 R", _LDA),
    Claim("H4", "mean of these local metrics", _LOCAL, _WEIGHTS),
    Claim("H5", "linear metrics, 64 components, the same perturbations", _LINEAR),
    Claim("H5b", "local less linear", _LOCAL, _WEIGHTS, _LINEAR),
]


def hypotheses_table(images, texts):
    """Return every claim by every truth, and by the parts of it that the plan names."""
    parts = [
        (f"{FINE_TUNED}, images", images, FINE_TUNED),
        (f"{FINE_TUNED}, with flagged encoders", images, ALL_TUNED),
        (f"{FINE_TUNED}, without sign", images.part(["sign"]), FINE_TUNED),
        (f"{PROBED}, images", images, PROBED),
        (f"{PROBED}, text", texts, PROBED),
        (f"{PROBED}, text without domain4", texts.part(["domain4"]), PROBED),
    ]
    rows = [
        (claim.name, claim.words, title, *judge(study, truth, claim))
        for title, study, truth in parts
        if truth in study.accuracies
        for claim in CLAIMS
    ]
    columns = ["", "gain of", "truth", "gain", "low", "high", "t low", "t high", "by task", "is"]
    return pd.DataFrame(rows, columns=columns)


def judge(study, truth, claim):
    """Return gain, both intervals, the gains by task, and what the plan calls that."""
    per_task = _combine(claim, lambda name: taus(study.accuracies[truth], study.scores[name]))
    draws = _combine(claim, lambda name: draw_taus(study, truth, study.scores[name], DRAWS))
    units = by_family(per_task, study.families)
    low, high = interval(draws)
    t_low, t_high = student_interval(units)
    known = [
        f"{task} {gain:+.2f}"
        for task, gain in zip(study.tasks, per_task, strict=True)
        if not np.isnan(gain)
    ]
    verdict = _verdict(np.minimum(low, t_low), np.maximum(high, t_high))  # NaN stays
    return units.mean(), low, high, t_low, t_high, ", ".join(known), verdict


def _combine(claim, value):
    """Return the weighed gains of a claim, less those that it is compared with."""
    own = np.average([_gain(each, value) for each in claim.gains], axis=0, weights=claim.weights)
    if claim.less is None:
        return own
    return own - np.mean([_gain(each, value) for each in claim.less], axis=0)


def _gain(gain, value):
    metric, before, after = gain
    return value((metric, after)) - value((metric, before))


def _verdict(low, high):
    if np.isnan(low):
        return "one task"
    if low > 0:
        return "gain"
    if high < 0:
        return "loss"
    return "not certain" if high > 0.05 else "not certain; above .05 excluded"

"""Scoring: what a metric, or any scikit-learn model, says of some rows of one feature set."""

import pickle
import time
from collections import Counter, defaultdict
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import Pipeline

from skperturb._memoize import use_memo
from skperturb.selection._metrics import is_pool_metric, is_predictor, last_step


def find_shared_steps(metrics):
    """Name what stands before the end of each pipeline, where several metrics have the same.

    Returns `{metric name: key}`; metrics of equal key see the same features. Those that no
    step stands before have the key "".
    """
    keys = {name: _steps_key(metric) for name, metric in metrics.items()}
    counts = Counter(keys.values())
    return {name: key for name, key in keys.items() if key is not None and counts[key] > 1}


def score_metric(name, features, target, setup, shared):
    """Return the score of one metric on some rows, and the number of features that it saw.

    `features` are ResampleFeatures. A pool metric's score waits for the whole pool: of it,
    return the components.
    """
    memo_of_rows = features.memo
    metric, features = shared.take(name, setup.metrics[name], features)
    if is_predictor(metric):
        return _cross_validate(metric, features, target, setup), None
    metric, features, memo = shared.fit_steps(name, metric, features, target.y)
    with use_memo(memo if memo_of_rows is None else memo_of_rows):
        scored = last_step(clone(metric).fit(features, target.y))
    width = getattr(scored, "n_features_in_", None)
    if is_pool_metric(scored):
        return scored.components_, width
    if not hasattr(scored, "score_"):
        msg = (
            f"{type(scored).__name__} has no `score_` after fit; ModelSelector takes metrics, "
            "classifiers and regressors."
        )
        raise TypeError(msg)
    return _check_finite(scored.score_), width


def _cross_validate(model, features, target, setup):
    """Return the mean score of a classifier or regressor over the folds of the target."""
    splitter = make_splitter(model, target, setup.cv, setup.seed)
    # Split here: how cross_val_score takes groups depends on a switch of scikit-learn.
    folds = list(splitter.split(features, target.y, target.groups))
    scores = cross_val_score(
        model, features, target.y, cv=folds, scoring=setup.scoring, error_score="raise"
    )
    return _check_finite(scores.mean())


def make_splitter(model, target, cv, seed):
    """Return `cv` if it is a splitter; of a number, folds that keep classes and groups."""
    if hasattr(cv, "split"):
        return cv
    stratified = is_classifier(model) and target.task == "classification"
    if target.groups is None:
        kind = StratifiedKFold if stratified else KFold
    else:
        kind = StratifiedGroupKFold if stratified else GroupKFold
    return kind(cv, shuffle=True, random_state=seed)


def _check_finite(score):
    if not np.isfinite(score):
        msg = f"The score must be finite, got {score}."
        raise ValueError(msg)
    return float(score)


def _steps_key(metric):
    """Return a digest of all steps of a pipeline but the last; None if it cannot share any."""
    if is_predictor(metric):
        return None
    if not isinstance(metric, Pipeline) or len(metric) < 2:
        return ""
    try:
        # Cloned, so that only parameters make steps equal, and nothing that they have learned.
        return joblib.hash([clone(step, safe=False) for _, step in metric.steps[:-1]])
    except (pickle.PicklingError, AttributeError, TypeError):
        return None  # what cannot be pickled cannot be compared


class _Branch(NamedTuple):
    """Features behind steps that several metrics share, and a memo for all that see them."""

    features: Any
    memo: dict


class SharedWork:
    """What several metrics have in common on the same rows: steps of pipelines, and results."""

    def __init__(self, shared_steps):
        self._keys = shared_steps
        self._branches: dict = {}
        self._seconds: dict = defaultdict(float)

    def take(self, name, metric, features):
        """Return what is left of a metric, and the features that it sees, once these are made."""
        start = time.perf_counter()
        left, seen = features.of(metric)
        if self._keys.get(name):
            self._seconds[name] += time.perf_counter() - start
        return left, seen

    def fit_steps(self, name, metric, features, y):
        """Return what is left of a metric behind shared steps, what it sees, and a memo or None."""
        key = self._keys.get(name)
        if key is None:
            return metric, features, None
        has_steps = isinstance(metric, Pipeline)  # not where those before the metric are done
        if key not in self._branches:
            start = time.perf_counter()
            moved = clone(metric[:-1]).fit_transform(features, y) if has_steps else features
            self._branches[key] = _Branch(moved, TimedMemo())
            self._seconds[name] += time.perf_counter() - start
        branch = self._branches[key]
        branch.memo.user = name
        return metric[-1] if has_steps else metric, *branch

    def settle(self, seconds):
        """Return the seconds of each metric without what others used too, and those seconds."""
        for branch in self._branches.values():
            for name, spent in branch.memo.shared_seconds():
                self._seconds[name] += spent
        own = {name: max(each - self._seconds[name], 0.0) for name, each in seconds.items()}
        return own, sum(self._seconds.values())


class TimedMemo(dict):
    """A memo that knows how long each result took, who computed it, and who else used it."""

    def __init__(self):
        super().__init__()
        self.user = None
        self._started: list = []
        self._seconds: dict = {}
        self._users: dict = defaultdict(list)

    def __contains__(self, key):
        found = super().__contains__(key)
        # A miss is where `memoize` begins to compute.
        if not found:
            self._started.append((key, time.perf_counter(), []))
        return found

    def __setitem__(self, key, value):
        """Keep a result, and the time since it was first missed, less that of results within."""
        super().__setitem__(key, value)
        while self._started:
            started_key, start, within = self._started.pop()
            if started_key == key:  # others above it had ended in an error
                elapsed = time.perf_counter() - start
                self._seconds[key] = elapsed - sum(within)
                if self._started:
                    self._started[-1][2].append(elapsed)
                return

    def __getitem__(self, key):
        # `memoize` reads every result here, the one that it has just computed as well.
        self._users[key].append(self.user)
        return super().__getitem__(key)

    def shared_seconds(self):
        """Yield who computed a result and how long it took, for those that others used too."""
        for key, users in self._users.items():
            if len(set(users)) > 1:
                yield users[0], self._seconds.get(key, 0.0)

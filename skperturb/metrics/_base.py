"""BaseMetric: what every metric shares. Validate, then one private hook, `_score`."""

from abc import ABCMeta, abstractmethod
from typing import Any, ClassVar

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from skperturb._array_api import detached, floats_of, is_tensor, learned_beside, on_host
from skperturb._validation import check_magnitude, check_option, checked_arrays
from skperturb.metrics._tags import MetricTags, unbounded
from skperturb.metrics._target import make_target

_REGRESSION_HINT = " Metrics that take regression targets: CKAScore, KNNScore, LogME, RidgeProbe."


class BaseMetric(BaseEstimator, metaclass=ABCMeta):
    """
    Base of all transferability metrics.

    A metric is an estimator that learns nothing to predict with: `fit` computes one
    number, larger is better, and stores it as `score_`. A subclass checks its parameters
    in `_check_parameters` and computes in `_score`, both free of validation of `X`.

    Examples
    --------
    >>> from skperturb.metrics import BaseMetric
    >>> class FurthestMeans(BaseMetric):
    ...     def _check_parameters(self):
    ...         pass
    ...     def _score(self, X, target):
    ...         means = target.columns.T @ X / target.counts[:, None]
    ...         return max(abs(a - b).max() for a in means for b in means), {}
    >>> FurthestMeans().fit([[0.0], [2.0], [7.0]], ["ant", "ant", "bee"]).score_
    6.0
    """

    # Pipeline.score offers its `sample_weight` to the last step even where it is None.
    __metadata_request__score: ClassVar = {"sample_weight": None}

    _input = "features"
    _tasks: tuple = ("classification",)
    # Whether `_score` takes float32 as it is and computes in float64 block by block, which
    # saves a copy of the features.
    _takes_float32 = False
    # What `_score` returns, computed from a tensor on its device, where the metric can.
    _tensor_score: Any = None

    def fit(self, X, y=None):
        """
        Compute the score of features for a target.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features, at least 2 samples. Computed in float64; never written to.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels of any type or, where the metric takes them, label indicators
            or regression targets.

        Returns
        -------
        self : object
            The metric, with the attribute `score_`.
        """
        self._check_parameters()
        X, target = self._validate(X, y, reset=True)
        score, learned = self._checked_score(X, target)
        if target.classes is not None:
            self.classes_ = target.classes
        elif hasattr(self, "classes_"):
            del self.classes_  # of an earlier fit, to labels
        for name, value in learned.items():
            setattr(self, name, value)
        if is_tensor(X):
            learned_beside(self, X)
        self.score_ = score
        return self

    def score(self, X, y=None):
        """
        Compute the score of the data that are given here.

        Nothing learned in `fit` enters: for the data of `fit` the result is `score_`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features, as many as in `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target.

        Returns
        -------
        score : float
            The score, larger is better.
        """
        check_is_fitted(self)
        self._check_parameters()
        return self._checked_score(*self._validate(X, y, reset=False))[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = self._tasks != ("classification",)
        tags.array_api_support = self._tensor_score is not None
        return MetricTags.extend(
            tags,
            input=self._input,
            tasks=self._tasks,
            invariances=self._invariances,
            bounds=self._bounds,
            wide=self._wide,
        )

    def _validate(self, X, y, *, reset):
        """Return `X` as float64, or float32 where it is taken, and `y` as a Target."""
        self._check_library(X)
        dtype = floats_of(X) if self._takes_float32 else np.float64
        arrays = checked_arrays(detached(X), on_host(y), dtype, estimator=self)
        validate_data(self, X, y, skip_check_array=True, reset=reset)  # names and number
        X, y = arrays
        check_magnitude(self, X)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        task = getattr(self, "task", "auto")
        return X, make_target(self, y, task=task, tasks=self._tasks, hint=_REGRESSION_HINT)

    def _check_library(self, X):
        """Raise for a tensor unless the metric takes tensors."""
        if is_tensor(X) and self._tensor_score is None:
            msg = (
                f"{type(self).__name__} must have NumPy arrays as features, got a tensor of "
                f"{type(X).__module__.split('.')[0]}. Convert it (of PyTorch by X.cpu().numpy()), "
                "or take a metric that has the tag `array_api_support`."
            )
            raise TypeError(msg)

    def _checked_score(self, X, target):
        """Return the score, which must be finite, and what was learned."""
        if is_tensor(X):
            score, learned = self._tensor_score(X, target)
        else:
            # Some estimators of scikit-learn refuse what they take otherwise while it is on.
            with config_context(array_api_dispatch=False):
                score, learned = self._score(X, target)
        if not np.isfinite(score):
            msg = f"{type(self).__name__} must give a finite score, got {score}."
            raise ValueError(msg)
        return float(score), learned

    @property
    def _invariances(self):
        """Changes of the features that leave the score as it is."""
        return frozenset()

    @property
    def _wide(self):
        """Whether features that outnumber the samples are scored as soundly as others."""
        return True

    @staticmethod
    def _bounds(n_classes):
        """Lowest and highest score for that many classes."""
        return unbounded(n_classes)

    def _check_task(self, *options):
        check_option(self, "task", ("auto", *options))

    @abstractmethod
    def _check_parameters(self):
        """Raise unless every parameter is what it must be."""

    @abstractmethod
    def _score(self, X, target):
        """Return the score, and a dict of the fitted attributes that explain it."""

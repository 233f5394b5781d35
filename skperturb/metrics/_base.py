"""BaseMetric: what every metric shares. Validate, then one hook, `_score`."""

from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from skperturb._backend import detach, is_tensor, move_fitted_to_device
from skperturb._row_subset import RowSubset
from skperturb._threads import with_limited_threads
from skperturb._validation import (
    check_finite,
    check_option,
    label_array,
    to_float64,
    validate_arrays,
)
from skperturb.metrics._tags import MetricTags
from skperturb.metrics._target import make_target


class BaseMetric(BaseEstimator, metaclass=ABCMeta):
    """
    Base of all transferability metrics.

    A metric is an estimator that learns nothing to predict with: `fit` computes one
    number, larger is better, and stores it as `score_`. A subclass checks its parameters
    in ``_check_parameters(self)`` and computes in ``_score(self, X, target)``, both free of
    validation of `X` and `y`. What else it declares of itself, such as the targets it takes
    and the bounds of its score, stands in its tags, see :class:`MetricTags`.

    See Also
    --------
    skperturb.metrics.extending : What else a metric of your own can use.

    Notes
    -----
    ``_score`` gets `X` as a float64 array of shape (n_samples, n_features) and a
    :class:`~skperturb.metrics.extending.Target`; it never writes to `X`. It returns the score
    and a dict of other attributes for `fit` to store. With the tag `array_api_support` it
    gets `X` as it came instead: an array of any real type, or a tensor of another library
    on its device, to be read in blocks.

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

    @with_limited_threads
    def fit(self, X, y=None):
        """
        Compute the score of features for a target.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features, at least 2 samples, of any real type. Computed in float64; never written
            to.
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
        score, fitted = self._compute_score(X, target)
        if target.classes is not None:
            self.classes_ = target.classes
        elif hasattr(self, "classes_"):
            del self.classes_  # of an earlier fit, to labels
        for name, value in fitted.items():
            setattr(self, name, value)
        if is_tensor(X):
            move_fitted_to_device(self, X)
        self.score_ = score
        return self

    @with_limited_threads
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
        return self._compute_score(*self._validate(X, y, reset=False))[0]

    def get_metadata_routing(self):
        """
        Return what is routed to `fit` and `score`: nothing.

        Returns
        -------
        routing : MetadataRequest
            A request of scikit-learn's metadata routing.
        """
        routing = super().get_metadata_routing()
        # Pipeline.score offers its `sample_weight` to the last step even where it is None.
        routing.score.add_request(param="sample_weight", alias=None)
        return routing

    def __sklearn_tags__(self):
        tags = MetricTags.extend(super().__sklearn_tags__())
        tags.target_tags.required = True
        return tags

    def _validate(self, X, y, *, reset):
        """Return the features, as `_score` takes them, and `y` as a Target."""
        tags = get_tags(self)
        if isinstance(X, RowSubset):
            return self._validate_subset(X, y, tags)
        if is_tensor(X) and not tags.array_api_support:
            msg = (
                f"{type(self).__name__} must have NumPy arrays as features, got a tensor of "
                f"{type(X).__module__.split('.')[0]}. Convert it (of PyTorch by X.cpu().numpy()), "
                "or take a metric that has the tag `array_api_support`."
            )
            raise TypeError(msg)
        arrays = validate_arrays(detach(X), label_array(y), estimator=self)
        validate_data(self, X, y, skip_check_array=True, reset=reset)  # names and number
        X, y = arrays
        check_finite(self, X)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        target = make_target(self, y, tasks=tags.tasks)
        return X if tags.array_api_support else to_float64(X), target

    def _validate_subset(self, X, y, tags):
        """Return what `_validate` does; the features were looked at when all rows were."""
        validate_data(self, X, y, skip_check_array=True, reset=True)
        target = make_target(self, y, tasks=tags.tasks)
        if tags.row_subsets:
            return X, target
        return np.asarray(X, dtype=None if tags.array_api_support else np.float64), target

    def _compute_score(self, X, target):
        """Return the score, which must be finite, and what else is to be stored."""
        # Some estimators of scikit-learn refuse arrays that they take otherwise while it is on.
        with config_context(**({} if is_tensor(X) else {"array_api_dispatch": False})):
            score, fitted = self._score(X, target)
        if not np.isfinite(score):
            msg = f"{type(self).__name__} must give a finite score, got {score}."
            raise ValueError(msg)
        return float(score), fitted

    def _check_task(self, *options):
        check_option(self, "task", ("auto", *options))

    @abstractmethod
    def _check_parameters(self):
        """Raise unless every parameter is what it must be."""

    @abstractmethod
    def _score(self, X, target):
        """Return the score, and a dict of the fitted attributes that explain it."""

"""What every perturbation shares: how it is fitted, and by which labels rows move."""

from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from skperturb._array_api import (
    check_same_place,
    detached,
    floats_of,
    is_tensor,
    learned_beside,
    on_host,
)
from skperturb._blocks import row_blocks
from skperturb._classes import class_moments, class_radii
from skperturb._tensor_classes import class_moments as tensor_moments
from skperturb._validation import check_labels, check_magnitude
from skperturb.perturbation import _tensor_moves


class BasePerturbation(OneToOneFeatureMixin, TransformerMixin, BaseEstimator, metaclass=ABCMeta):
    """Learn the classes of labelled samples; move rows with the class they belong to.

    A subclass checks its parameters in `_check_parameters`, prepares what all rows of a
    class share in `_fit_classes`, and moves rows in `_perturb`.
    """

    def fit(self, X, y=None):
        """
        Learn the mean and the radius of every class.

        Note that ``fit(X, y).transform(X)`` does not equal ``fit_transform(X, y)``: the
        former has no labels and moves each row with the class of the nearest mean.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Class labels of any type, at least 2 classes.

        Returns
        -------
        self : object
            The fitted perturbation.
        """
        self._fit(X, y)
        return self

    def fit_transform(self, X, y=None, labels=None):
        """
        Learn the classes, and move every row with the class of its true label.

        This is the operation of the paper, and what a metric behind the perturbation in
        ``Pipeline.fit(X, y)`` sees. Note that it does not equal
        ``fit(X, y).transform(X)``, which has no labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Class labels of any type, at least 2 classes.
        labels : array-like of shape (n_samples,), default=None
            Ignored, since `y` has the labels. It is here because scikit-learn routes
            what `transform` asks for to this method as well.

        Returns
        -------
        X_perturbed : ndarray of shape (n_samples, n_features)
            The moved rows, float32 where `X` is float32 and float64 otherwise.
        """
        return self._perturb(*self._fit(X, y))

    def transform(self, X, labels=None):
        """
        Move rows with the class of their label or, without labels, of the nearest mean.

        Without `labels` this is an inductive extension of `fit_transform`, needed where
        a pipeline scores unlabelled rows: each row counts to the class whose fitted,
        unperturbed mean is nearest. With ``labels=y`` it does what `fit_transform` did.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        labels : array-like of shape (n_samples,), default=None
            Class of each row, where known; every label must have been seen in `fit`.

        Returns
        -------
        X_perturbed : ndarray of shape (n_samples, n_features)
            The moved rows, float32 where `X` is float32 and float64 otherwise.
        """
        check_is_fitted(self)
        X = validate_data(self, detached(X), dtype=floats_of(X), reset=False)
        check_same_place(self, "means_", X, "transform")
        check_magnitude(self, X)
        if labels is not None:
            codes = self._encode(on_host(labels), X)
        elif is_tensor(X):
            codes = _tensor_moves.nearest(X, on_host(self.means_))
        else:
            # Distances are expanded squares: a common offset would cost their digits.
            origin = self.means_.mean(axis=0)
            codes = pairwise_distances_argmin(X - origin, self.means_ - origin)
        return self._perturb(X, codes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.array_api_support = True
        return tags

    def _fit(self, X, y):
        """Validate, learn the classes, and return the rows with their codes."""
        self._check_parameters()
        X, y = validate_data(
            self, detached(X), on_host(y), dtype=floats_of(X), ensure_min_samples=2
        )
        check_magnitude(self, X)
        self.classes_, codes = check_labels(self, y)
        self.class_counts_ = np.bincount(codes)
        moments_of = tensor_moments if is_tensor(X) else class_moments
        self.means_, variances = moments_of(X, codes, self.class_counts_)
        self.radii_ = class_radii(variances)
        self._fit_classes()
        if is_tensor(X):
            learned_beside(self, X)
        return X, codes

    def _encode(self, labels, X):
        """Turn labels into codes of the fitted classes."""
        labels = column_or_1d(labels)
        check_consistent_length(X, labels)
        unseen = set(labels.tolist()) - set(self.classes_.tolist())
        if unseen:
            msg = (
                f"`labels` of {type(self).__name__}.transform must be among the classes "
                f"seen in fit, got {min(unseen, key=str)!r}; fit again with that class."
            )
            raise ValueError(msg)
        return np.searchsorted(self.classes_, labels)

    @abstractmethod
    def _check_parameters(self):
        """Raise unless every parameter is what it must be."""

    @abstractmethod
    def _fit_classes(self):
        """Prepare from the class statistics what all rows of a class share."""

    @abstractmethod
    def _perturb(self, X, codes):
        """Return a moved copy of `X`, row i with class `codes[i]`."""


class BaseBlockPerturbation(BasePerturbation):
    """Move every class as one block, by the `shifts_` that `_fit_classes` finds."""

    def _perturb(self, X, codes):
        shifts = on_host(self.shifts_)
        if not shifts.any():
            return _tensor_moves.copied(X)  # adding zero would turn -0.0 into 0.0
        if is_tensor(X):
            return _tensor_moves.shift(X, codes, shifts)
        moved = np.empty_like(X)
        for block in row_blocks(*X.shape):
            moved[block] = X[block] + shifts[codes[block]]
        return moved

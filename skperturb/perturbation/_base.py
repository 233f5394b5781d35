"""What every perturbation shares: how it is fitted, and by which labels rows move."""

from abc import ABCMeta, abstractmethod
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from skperturb._backend import (
    check_same_device,
    detach,
    get_backend,
    is_tensor,
    move_fitted_to_device,
    output_dtype,
    take_rows,
    to_numpy,
)
from skperturb._chunked import ChunkedMatrix
from skperturb._class_stats import class_moments, class_radii
from skperturb._threads import with_limited_threads
from skperturb._validation import (
    check_finite,
    check_labels,
    check_real_numbers,
    check_unmasked,
    label_array,
)


class BasePerturbation(OneToOneFeatureMixin, TransformerMixin, BaseEstimator, metaclass=ABCMeta):
    """Learn the classes of labelled samples; move rows with the class they belong to.

    A subclass checks its parameters in `_check_parameters`, prepares what all rows of a
    class share in `_fit_classes`, and moves rows in `_perturb`.
    """

    @with_limited_threads
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

    @with_limited_threads
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

    @with_limited_threads
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
        X = self._validate(X, reset=False)
        check_same_device(self, "means_", X, "transform")
        codes = nearest_class(X, self.means_) if labels is None else self._encode(labels, X)
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
        X, y = self._validate(X, label_array(y), reset=True, ensure_min_samples=2)
        self.classes_, codes = check_labels(self, y)
        self.class_counts_ = np.bincount(codes)
        means, variances = class_moments(X, codes, len(self.classes_))
        self.means_, self.radii_ = to_numpy(means), class_radii(variances)
        self._fit_classes()
        if is_tensor(X):
            move_fitted_to_device(self, X)
        return X, codes

    def _validate(self, X, *y, reset, **checks):
        """Return the features, of any real type, and the labels where they are given."""
        check_unmasked(X, f"Features for {type(self).__name__}")
        # Whether they are finite is left to `check_finite`, which reads them in blocks.
        checks |= {"dtype": "numeric", "order": "C", "ensure_all_finite": False}
        validated = validate_data(self, detach(X), *y, reset=reset, **checks)
        X = validated[0] if y else validated
        check_real_numbers(self, X)
        check_finite(self, X)
        return validated

    def _encode(self, labels, X):
        """Turn labels into codes of the fitted classes."""
        labels = column_or_1d(label_array(labels, "labels"))
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
        if not to_numpy(self.shifts_).any():
            return copy_rows(X)  # adding zero would turn -0.0 into 0.0
        # An offset is subtracted from a block while it is read, in one pass.
        offsets = -self.shifts_
        return move_rows(X, codes, lambda read, idx: read(take_rows(offsets, idx)))


def move_rows(X, codes, move):
    """Copy of `X` whose rows are `move(read, codes)` of blocks of them.

    `read` returns the rows of a block, less the offset `(n_rows, n_features)` that it is given.
    """
    backend = get_backend(X)
    slices = backend.row_slices(*X.shape)
    blocks = (move(partial(backend.to_compute, X[block, ...]), codes[block]) for block in slices)
    return backend.stack_rows(blocks, X.shape, output_dtype(X))


def copy_rows(X):
    """Copy of `X` in the type that moved rows have."""
    xp = get_backend(X).xp
    return xp.asarray(X, dtype=output_dtype(X), copy=True)


def nearest_class(X, means):
    """Code of the class with the nearest mean for each row, `(n_samples,)`, on the host."""
    backend, xp = get_backend(X), get_backend(X).xp
    # Distances are expanded squares: a common offset would cost their digits.
    origin = xp.sum(means, axis=0) / means.shape[0]
    means = means - origin
    half_norms_sq = xp.sum(means**2, axis=1) / 2
    codes = [
        to_numpy(xp.argmin(half_norms_sq - backend.matmul(rows, means.T), axis=1))
        for rows in ChunkedMatrix(X, offset=origin).iter_rows(for_products=True)
    ]
    return np.concatenate(codes)

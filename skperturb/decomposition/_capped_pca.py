"""CappedPCA: principal components, as many as asked for and no more than the data have."""

import numpy as np
from scipy import sparse
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.decomposition import PCA
from sklearn.utils.sparsefuncs import mean_variance_axis
from sklearn.utils.validation import check_is_fitted, validate_data

from skperturb._backend import (
    check_same_device,
    detach,
    get_backend,
    is_tensor,
    move_fitted_to_device,
    output_dtype,
)
from skperturb._chunked import ChunkedMatrix, column_means
from skperturb._threads import with_limited_threads
from skperturb._validation import (
    check_finite,
    check_integer,
    check_option,
    check_real_numbers,
    check_unmasked,
)
from skperturb.decomposition._canonical_axes import rotate_to_canonical
from skperturb.decomposition._gram_pca import Components, as_pca, leading_components

_SOLVERS = ("auto", "full", "covariance_eigh", "arpack", "randomized")


def exact_solver(n_samples, n_features):
    """Name the faster of the two exact solvers for that shape.

    "covariance_eigh" decomposes a square of side n_features, "full" pays for the shorter
    side; measured, they meet where there are twice as many features as samples.
    """
    return "covariance_eigh" if n_features <= 2 * n_samples else "full"


class CappedPCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """
    Project on the leading principal components, as many as the data allow.

    scikit-learn's :class:`~sklearn.decomposition.PCA` refuses more components than there
    are samples or features. A pool of models has narrow feature sets among wide ones;
    here the same estimator serves all of them.

    Parameters
    ----------
    n_components : int, default=64
        Number of components to keep, at least 1; lowered to
        ``min(n_components, n_samples, n_features)``, less by one for "arpack".
    svd_solver : {"auto", "full", "covariance_eigh", "arpack", "randomized"}, default="auto"
        "auto" decomposes the Gram matrix of the shorter side (see Notes), and takes "arpack" for
        sparse features of more than `n_components` columns; it never randomises. The others are
        passed on to PCA.
    random_state : int, RandomState instance or None, default=0
        Seed of the "arpack" and "randomized" solvers.

    Attributes
    ----------
    n_components_ : int
        Number of components kept.
    mean_ : ndarray of shape (n_features,)
        Mean of the features seen in `fit`.
    pca_ : PCA
        The fitted scikit-learn estimator, of the centred features (of sparse ones, as they
        are).
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    make_perturbed : A metric behind CappedPCA, Spread and Attract.

    Notes
    -----
    ``fit_transform(X)`` equals ``fit(X).transform(X)``; both are computed in float64. The
    authors of Spread and Attract use a randomised decomposition with one power iteration.
    scikit-learn's own "auto" also randomises above 500 samples and features: of 700 x
    1,792 standard normal numbers its 64 components keep 98 % of the variance that the
    exact ones keep. A ranking should not depend on that,
    nor on the order of the rows: components of equal variance, as of one-hot features, are any
    axes of the space that they span, and here those nearest to the features in their order.
    (Solvers other than "auto" leave open which of them are kept.)

    "auto" finds the space of the components from the eigenvectors of the Gram matrix of the
    shorter side, and the components within it from the projected rows. Where the last
    component has less than 1e-11 of the variance of the first, or a device has no double
    precision, an exact solver of scikit-learn takes over, on a copy of the features in
    float64. Otherwise features of any type are read in blocks: the extra memory is that
    matrix and the projections. Sparse features are not made dense unless they are no wider than
    the projections; tensors, under
    scikit-learn's ``array_api_dispatch``, are computed on their device, without "arpack".

    Examples
    --------
    >>> import numpy as np
    >>> from skperturb import CappedPCA
    >>> X = np.random.default_rng(0).standard_normal((100, 8))
    >>> CappedPCA(n_components=64).fit_transform(X).shape
    (100, 8)
    """

    def __init__(self, n_components=64, *, svd_solver="auto", random_state=0):
        self.n_components = n_components
        self.svd_solver = svd_solver
        self.random_state = random_state

    @with_limited_threads
    def fit(self, X, y=None):
        """
        Find the principal components.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features, at least 2 samples.
        y : None
            Ignored; here for pipelines.

        Returns
        -------
        self : object
            The fitted projection.
        """
        self._fit(X)
        return self

    @with_limited_threads
    def fit_transform(self, X, y=None):
        """
        Find the principal components, and project on them.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features, at least 2 samples.
        y : None
            Ignored; here for pipelines.

        Returns
        -------
        X_projected : ndarray of shape (n_samples, `n_components_`)
            The projections, float32 where `X` is float32 and float64 otherwise.
        """
        return self._fit(X)

    def _fit(self, X):
        """Find the components, and return the projections."""
        check_integer(self, "n_components", low=1)
        solver = check_option(self, "svd_solver", _SOLVERS)
        X = self._validate(X, reset=True)
        if sparse.issparse(X):
            self._check_sparse_solver()
            if X.shape[1] > self.n_components:
                return self._fit_sparse(X)
            X = X.toarray()  # no wider than its projections, and ARPACK would leave one out
        self.mean_ = column_means(X)
        self.n_components_ = min(self.n_components, *X.shape)
        centered = ChunkedMatrix(X, offset=self.mean_)
        found = leading_components(centered, self.n_components_) if solver == "auto" else None
        if found is None:
            self._fit_exactly(centered.rows(), solver)
            return self._project(X)
        self.pca_ = as_pca(found, len(centered))
        if is_tensor(X):
            move_fitted_to_device(self.pca_, X)
        return get_backend(X).xp.astype(found.projected, output_dtype(X), copy=False)

    def _fit_exactly(self, centered, solver):
        """Find the components by one of scikit-learn's solvers, from a copy of the features."""
        # Centred here: "covariance_eigh" subtracts the mean from the products instead,
        # and loses the digits of features whose mean is far larger than their spread.
        if is_tensor(centered):
            solver = self._solver_of_tensors(solver)
        elif solver == "arpack" and min(centered.shape) > 1 and centered.any():
            # ARPACK finds all components but one, and none of nothing.
            self.n_components_ = min(self.n_components_, min(centered.shape) - 1)
        elif solver in ("auto", "arpack"):
            solver = exact_solver(*centered.shape)
        self.pca_ = PCA(
            self.n_components_,
            svd_solver=solver,
            power_iteration_normalizer="QR" if is_tensor(centered) else "auto",
            random_state=self.random_state,
        )
        # Constant features have no variance to take shares of: 0/0 in a ratio we do not use.
        with np.errstate(invalid="ignore"):
            self.pca_.fit(centered)
        rotate_to_canonical(self.pca_)

    @staticmethod
    def _solver_of_tensors(solver):
        if solver == "arpack":
            msg = "`svd_solver` of CappedPCA must not be 'arpack' for tensors; leave it at 'auto'."
            raise ValueError(msg)
        return "full" if solver == "auto" else solver

    def _check_sparse_solver(self):
        if self.svd_solver not in ("auto", "arpack"):
            msg = (
                "`svd_solver` of CappedPCA must be 'auto' or 'arpack' for sparse features, got "
                f"{self.svd_solver!r}."
            )
            raise ValueError(msg)

    def _fit_sparse(self, X):
        """Find the components of wide sparse features, which scikit-learn centres implicitly."""
        self.n_components_ = max(1, min(self.n_components, min(X.shape) - 1))
        if not mean_variance_axis(X, axis=0)[1].any():
            return self._fit_first_axes(X)  # ARPACK refuses them
        self.pca_ = PCA(self.n_components_, svd_solver="arpack", random_state=self.random_state)
        self.pca_.fit(X)
        rotate_to_canonical(self.pca_)
        self.mean_ = self.pca_.mean_
        return self._project(X)

    def _fit_first_axes(self, X):
        """Take the first features for components: of equal rows, any are."""
        means, variances = mean_variance_axis(X, axis=0)
        n_samples, dtype = X.shape[0], output_dtype(X)
        variances = np.asarray(variances, np.float64) * n_samples / (n_samples - 1)
        axes = np.eye(self.n_components_, X.shape[1], dtype=dtype)
        found = Components(axes, None, variances[: self.n_components_], float(variances.sum()))
        self.pca_, self.mean_ = as_pca(found, n_samples), means.astype(dtype)
        return self._project(X)

    def _validate(self, X, *, reset):
        """Return the features, of any real type, and raise unless they can be decomposed."""
        check_unmasked(X, f"Features for {type(self).__name__}")
        X = validate_data(
            self,
            detach(X),
            dtype="numeric",
            order="C",
            accept_sparse="csr",
            ensure_all_finite=sparse.issparse(X),  # of others `check_finite` is the judge
            ensure_min_samples=2 if reset else 1,
            reset=reset,
        )
        if not sparse.issparse(X):
            check_real_numbers(self, X)
            check_finite(self, X)
        return X

    @with_limited_threads
    def transform(self, X):
        """
        Project on the principal components.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        X_projected : ndarray of shape (n_samples, `n_components_`)
            The projections, float32 where `X` is float32 and float64 otherwise.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        check_same_device(self, "mean_", X, "transform")
        return self._project(X)

    def _project(self, X):
        axes = self.pca_.components_.T
        if sparse.issparse(X):
            return X.dot(axes) - self.mean_.dot(axes)
        projected = ChunkedMatrix(X, offset=self.mean_).matmul(axes)
        return get_backend(X).xp.astype(projected, output_dtype(X), copy=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.sparse = True
        tags.array_api_support = True
        return tags

    @property
    def _n_features_out(self):
        return self.n_components_

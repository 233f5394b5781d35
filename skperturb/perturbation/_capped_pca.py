"""CappedPCA: principal components, as many as asked for and no more than the data have."""

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted, validate_data

from skperturb._array_api import check_same_place, detached, floats_of, is_tensor, learned_beside
from skperturb._blocks import row_blocks
from skperturb._centred import column_means
from skperturb._validation import check_integer, check_magnitude, check_option
from skperturb.perturbation import _tensor_pca
from skperturb.perturbation._leading import as_pca, is_shortcut, leading_components

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
        Passed on to PCA. "auto" takes the faster of the two exact solvers
        "covariance_eigh" and "full" or, for few components of large features, the
        shortcut in Notes; never the randomised one.
    random_state : int, RandomState instance or None, default=0
        Seed of the "arpack" and "randomized" solvers.

    Attributes
    ----------
    n_components_ : int
        Number of components kept.
    mean_ : ndarray of shape (n_features,)
        Mean of the features seen in `fit`.
    pca_ : PCA
        The fitted scikit-learn estimator, of the centred features.
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
    exact ones keep. A ranking should not hang on that.

    Where both sides of the features are at least 256 and four times the number of
    components, "auto" finds the space of the components from the eigenvectors of the Gram
    matrix of the shorter side, and the components within it from the projected rows. Where
    the last component has less than 1e-11 of the variance of the first, an exact solver
    takes over.

    Of a tensor, under scikit-learn's ``array_api_dispatch``, "auto" always decomposes the
    Gram matrix of the shorter side in double precision or, where the last component has
    less than 1e-8 of the variance of the first, the features; "arpack" is refused.

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

    def fit(self, X, y=None):
        """
        Find the principal components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
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

    def fit_transform(self, X, y=None):
        """
        Find the principal components, and project on them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
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
        X = validate_data(self, detached(X), dtype=floats_of(X), order="C", ensure_min_samples=2)
        check_magnitude(self, X)
        if is_tensor(X):
            return self._fit_tensor(X, solver)
        found = None
        if solver == "auto" and is_shortcut(X.shape, self.n_components):
            found = leading_components(X, self.n_components)
        if found is None:
            self._fit_exactly(X, solver)
            return self._project(X)
        self.mean_, self.n_components_ = found.mean, self.n_components
        self.pca_ = as_pca(found, len(X))
        return found.projected.astype(X.dtype, copy=False)

    def _fit_exactly(self, X, solver):
        """Find the components by one of scikit-learn's solvers."""
        # Centred here: "covariance_eigh" subtracts the mean from the products instead,
        # and loses the digits of features whose mean is far larger than their spread.
        self.mean_ = column_means(X)
        centred = X - self.mean_
        n_components = self.n_components
        # ARPACK finds all components but one, and none of nothing.
        if solver == "arpack" and min(centred.shape) > 1 and centred.any():
            n_components = min(n_components, min(centred.shape) - 1)
        elif solver in ("auto", "arpack"):
            solver = exact_solver(*centred.shape)
        self.n_components_ = min(n_components, *centred.shape)
        self.pca_ = PCA(self.n_components_, svd_solver=solver, random_state=self.random_state)
        # Constant features have no variance to take shares of: 0/0 in a ratio we do not use.
        with np.errstate(invalid="ignore"):
            self.pca_.fit(centred)

    def _fit_tensor(self, X, solver):
        """Find the components on the device of a tensor, and return the projections."""
        if solver == "arpack":
            msg = "`svd_solver` of CappedPCA must not be 'arpack' for tensors; leave it at 'auto'."
            raise ValueError(msg)
        self.n_components_ = min(self.n_components, *X.shape)
        self.mean_, self.pca_ = _tensor_pca.fitted_pca(
            X, self.n_components_, solver, self.random_state
        )
        learned_beside(self, X)
        return self._project(X)

    def transform(self, X):
        """
        Project on the principal components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        X_projected : ndarray of shape (n_samples, `n_components_`)
            The projections, float32 where `X` is float32 and float64 otherwise.
        """
        check_is_fitted(self)
        X = validate_data(self, detached(X), dtype=floats_of(X), reset=False)
        check_same_place(self, "mean_", X, "transform")
        return self._project(X)

    def _project(self, X):
        """Project long blocks of rows, since scikit-learn validates each of them."""
        if is_tensor(X):
            return _tensor_pca.projections(self.pca_, X, self.mean_)
        blocks = row_blocks(len(X), X.shape[1] // 16, multiplied=True)
        projected = [self.pca_.transform(X[block] - self.mean_) for block in blocks]
        return np.concatenate(projected).astype(X.dtype, copy=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.array_api_support = True
        return tags

    @property
    def _n_features_out(self):
        return self.n_components_

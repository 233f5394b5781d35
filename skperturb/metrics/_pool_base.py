"""BasePoolMetric: metrics of several components that only a pool of models can weigh."""

from abc import abstractmethod

import numpy as np
from sklearn.utils.validation import check_array

from skperturb.metrics._base import BaseMetric

# A span this small against the values themselves is what the order of additions leaves
# of equal ones; stretching it to [0, 1] would rank rounding.
_ROUNDING = 1e-9


def min_max(table):
    """Stretch each column of `(n_models, n_components)` to [0, 1], a constant one to 0.

    Rows with a NaN are models that failed: they take no part, and come back as NaN.
    """
    failed = np.isnan(table).any(axis=1)
    stretched = np.full(table.shape, np.nan)
    if failed.all():
        return stretched
    known = table[~failed]
    low, span = known.min(axis=0), np.ptp(known, axis=0)
    varying = span > _ROUNDING * np.abs(known).max(axis=0)
    stretched[~failed] = np.where(varying, (known - low) / np.where(varying, span, 1.0), 0.0)
    return stretched


def pooled_scores(components, weights):
    """Weighted sum of the min-max normalised columns, `(n_models,)`."""
    table = check_array(components, dtype=np.float64, ensure_all_finite="allow-nan")
    if table.shape[1] != len(weights):
        msg = (
            f"`components` must have {len(weights)} columns, one per component, "
            f"got {table.shape[1]}."
        )
        raise ValueError(msg)
    return np.sum(min_max(table) * np.asarray(weights), axis=1)


class BasePoolMetric(BaseMetric):
    """
    Base of metrics whose components are weighed only among the models of one pool.

    The components differ in unit and range, so a weighted sum of them means little; the
    sum of their min-max normalised values over a pool is the score. A subclass names
    them in `_component_names`, weighs them in `_weights`, and computes them in
    `_components`.

    Examples
    --------
    >>> from skperturb import ModelSelector
    >>> from skperturb.metrics import BasePoolMetric
    >>> class WideAndNarrow(BasePoolMetric):
    ...     _component_names, _weights = ("width", "norm"), (1.0, -0.5)
    ...     def _check_parameters(self):
    ...         pass
    ...     def _components(self, X, target):
    ...         return (X.shape[1], (X**2).sum()), {}
    >>> pool = {"a": [[9.0, 9.0], [9.0, 8.0]], "b": [[1.0], [0.0]]}
    >>> ModelSelector(WideAndNarrow()).fit(pool, ["ant", "bee"]).scores_
    array([0.5, 0. ])
    """

    _component_names: tuple = ()

    @property
    def _weights(self):
        """Weights of the components in the score."""
        return ()

    def pool_scores(self, components):
        """
        Turn the components of all models of a pool into their scores.

        Every column is stretched to [0, 1] over the pool, and their weighted sum is the
        score. A column that is constant over the pool, up to rounding (1e-9 of its
        largest value), gives 0: so does every column of a pool of one.

        Parameters
        ----------
        components : array-like of shape (n_models, n_components)
            The fitted `components_` of each model. A row with a NaN is a model that
            could not be scored; it takes no part in the normalisation.

        Returns
        -------
        scores : ndarray of shape (n_models,)
            Scores, larger is better, to be compared within this pool only; NaN where the
            row had one.
        """
        return pooled_scores(components, self._weights)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.pool = True
        return tags

    def _score(self, X, target):
        """Return the weighted sum as it is, and the components it is made of."""
        components, learned = self._components(X, target)
        learned |= {
            "components_": np.array(components, dtype=np.float64),
            "component_names_": list(self._component_names),
        }
        return np.dot(components, self._weights), learned

    @abstractmethod
    def _components(self, X, target):
        """Return the components, and a dict of the fitted attributes that explain them."""

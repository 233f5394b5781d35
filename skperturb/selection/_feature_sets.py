"""FeatureSets: a pool that scikit-learn can index by rows."""

from copy import copy
from typing import Any

from skperturb.selection._input_validation import name_feature_sets
from skperturb.selection.features.loader import (
    FeatureRows,
    absolute_path,
    load_features,
)
from skperturb.selection.features.rows import count_common_rows, find_rows


class FeatureSets:
    """
    Feature sets of many models, with rows that scikit-learn can split.

    A pool with the manners of a data frame whose columns are feature sets: its length is the
    number of rows, iterating gives the names of the models, ``pool["a"]`` is a model's
    features and ``pool[rows]`` the same pool with only those rows. That is what
    :func:`~sklearn.model_selection.cross_val_score` and
    :class:`~sklearn.model_selection.GridSearchCV` ask of what they split, so they
    take a whole pool. No feature is read before it is asked for, and then only its rows.

    Parameters
    ----------
    feature_sets : mapping of str to feature set, sequence of feature sets or FeatureSets
        As in :meth:`ModelSelector.fit`: arrays, data frames, sparse matrices, memory maps,
        paths (.npy, .npz, .parquet, .safetensors) or functions that return one of these.
        The models of a sequence are called "0", "1", ...

    Attributes
    ----------
    names : list of str
        Names of the models, in the order given.
    shape : tuple of int
        ``(n_rows, n_models)``. Of files only the headers are read for it; functions are
        called only where there is nothing else.

    See Also
    --------
    ModelSelector : Ranks the models, and hands on the features of the best.

    Notes
    -----
    A feature set that cannot be opened has no number of rows, and is left for the selector to
    report. A function is called anew for every split: let it cache what is slow.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.pipeline import make_pipeline
    >>> from skperturb import FeatureSets, ModelSelector
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["ant", "bee"], 50)
    >>> noise = rng.standard_normal((100, 8))
    >>> pool = FeatureSets({"noise": noise, "signal": noise[:, :5] + 2 * (y == "bee")[:, None]})
    >>> pool.shape, pool[:10].shape, pool[:10]["signal"].shape
    ((100, 2), (10, 2), (10, 5))
    >>> model = make_pipeline(ModelSelector(), LogisticRegression())
    >>> print(f"{cross_val_score(model, pool, y).mean():.2f}")
    0.99
    """

    def __init__(self, feature_sets):
        pool = name_feature_sets(feature_sets)
        self._sources = {name: absolute_path(source) for name, source in pool.items()}
        self._n_source_rows: Any = None
        self._rows: Any = None

    @property
    def names(self):
        """
        Return the names of the models, in the order given.

        Returns
        -------
        names : list of str
            The keys of the mapping; numbers as text where a sequence was given.
        """
        return list(self._sources)

    @property
    def shape(self):
        """
        Return the number of rows and the number of models.

        Returns
        -------
        shape : tuple of int
            ``(n_rows, n_models)``.
        """
        return len(self), len(self._sources)

    def __len__(self):
        return self._count_source_rows() if self._rows is None else len(self._rows)

    def __getitem__(self, key):
        """
        Return the features of one model, or the pool with some of its rows.

        Parameters
        ----------
        key : str, slice or array-like of int or bool
            The name of a model; or rows: a slice, their numbers in any order and as often
            as wanted, or a mask of all rows.

        Returns
        -------
        features : array-like of shape (n_rows, n_features) or FeatureSets
            The features, read now; or a pool that has read nothing.
        """
        if isinstance(key, str):
            return load_features(self.sources()[self._check_name(key)])
        rows = find_rows(key, len(self))
        # The sources are shared, and the count of their rows: only the choice of rows is new.
        part = copy(self)
        part._rows = rows if self._rows is None else self._rows[rows]
        return part

    def __iter__(self):
        return iter(self._sources)

    def __contains__(self, name):
        return name in self._sources

    def keys(self):
        """
        Return the names, as ``dict(pool)`` asks for them.

        Returns
        -------
        names : iterable of str
            The names of the models.
        """
        return self._sources.keys()

    def items(self):
        """
        Return the name and the features of each model.

        Returns
        -------
        items : iterator of (str, array-like)
            Each model's features are read when its turn comes.
        """
        return ((name, load_features(source)) for name, source in self.sources().items())

    def values(self):
        """
        Return the features of each model.

        Returns
        -------
        features : iterator of array-like
            Read when their turn comes.
        """
        return (features for _, features in self.items())

    def sources(self):
        """
        Return what the features are read from, without reading them.

        Returns
        -------
        sources : dict of str to feature set
            What was given, paths as absolute ones; of a pool of some rows, functions of no
            argument that return the features of these rows.
        """
        if self._rows is None:
            return dict(self._sources)
        n_rows = self._count_source_rows()
        return {
            name: FeatureRows(source, self._rows, n_rows) for name, source in self._sources.items()
        }

    def __repr__(self):
        is_counted = self._n_source_rows is not None or self._rows is not None
        rows = "" if not is_counted else f"{len(self)} rows, "
        return f"FeatureSets({rows}{len(self._sources)} models: {_shorten(self.names)})"

    def _check_name(self, name):
        if name not in self._sources:
            msg = f"{name!r} must be one of the models, {_shorten(self.names)}."
            raise KeyError(msg)
        return name

    def _count_source_rows(self):
        """Return the rows of what was given, from headers where those tell it."""
        if self._n_source_rows is None:
            self._n_source_rows = count_common_rows(self._sources)
        return self._n_source_rows


def _shorten(names):
    """Name the first few of many."""
    return ", ".join(map(repr, names[:3])) + (", ..." if len(names) > 3 else "")

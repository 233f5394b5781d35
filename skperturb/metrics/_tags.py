"""MetricTags: what a metric says about itself to tests, tables and the selector."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

from sklearn.utils import Tags


def unbounded(task, n_classes):
    """Bounds of a score that can be any number."""
    return -math.inf, math.inf


def unit_interval(task, n_classes):
    """Bounds of a probability or a share."""
    return 0, 1


def at_most_zero(task, n_classes):
    """Bounds of a log likelihood, or of a loss with its sign turned."""
    return -math.inf, 0


def at_least_zero(task, n_classes):
    """Bounds of a distance or of an amount of information."""
    return 0, math.inf


@dataclass
class MetricTags(Tags):
    """
    Tags of scikit-learn, and what a metric declares of itself.

    A metric sets them in ``__sklearn_tags__``, as any estimator does; the tests hold it to
    them, and the selectors warn by them.

    Attributes
    ----------
    input : {"features", "posteriors"}
        What the rows of X are: any features, or probabilities of source classes.
    tasks : tuple of {"classification", "multilabel", "regression"}
        Kinds of target that the metric takes.
    invariances : frozenset of {"rotation", "translation", "scale"}
        Changes of the features that leave the score as it is, up to rounding:
        multiplying them by an orthogonal matrix, adding one vector to all rows,
        multiplying them by one positive number.
    bounds : callable
        Lowest and highest score, as ``bounds(task, n_classes) -> (low, high)``; `n_classes`
        is None for targets without classes.
    wide : bool
        Whether features that outnumber the samples are scored as soundly as others; if
        not, noise scores the better the wider it is.
    array_api_support : bool
        Of scikit-learn: whether tensors are taken. Such a metric reads its features in
        blocks, and takes any real type without a copy in float64.
    pool : bool
        Whether a score means something only among the models of one pool: the metric
        then has `components_` after `fit`, and a method `pool_scores`.

    row_subsets : bool
        Whether a RowSubset is taken, rows of features that share work with other subsets of
        them. Others get a copy of the rows of each resample.

    Examples
    --------
    >>> from sklearn.utils import get_tags
    >>> from skperturb.metrics import KNNScore, LogME
    >>> tags = get_tags(LogME())
    >>> sorted(tags.invariances), tags.wide, tags.bounds("classification", 3)
    (['rotation', 'scale'], True, (-inf, inf))
    >>> get_tags(KNNScore()).bounds("regression", None)
    (-1, 1)
    """

    input: str = "features"
    tasks: tuple = ("classification",)
    invariances: frozenset = frozenset()
    bounds: Callable = unbounded
    wide: bool = True
    pool: bool = False
    row_subsets: bool = False

    @classmethod
    def extend(cls, tags):
        """
        Add a metric's own tags, at their defaults, to those of scikit-learn.

        Parameters
        ----------
        tags : Tags
            What scikit-learn's ``super().__sklearn_tags__()`` returned.

        Returns
        -------
        tags : MetricTags
            All of them.
        """
        return cls(**{field.name: getattr(tags, field.name) for field in fields(Tags)})

"""NCE: what the most probable source class leaves unknown of the target class."""

import numpy as np

from skperturb._backend import get_backend, to_numpy
from skperturb._chunked import ChunkedMatrix
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.posteriors import check_posteriors


def conditional_entropy(given, codes, n_given, n_classes):
    """H(Y|Z) in nats of the codes Y, `given` the codes of Z."""
    joint = np.bincount(given * n_classes + codes, minlength=n_given * n_classes)
    joint = joint.reshape(n_given, n_classes)
    row, column = np.nonzero(joint)
    counts, totals = joint[row, column], joint.sum(axis=1)[row]
    return np.sum(counts * np.log(totals / counts)) / len(codes)


def _entropy_bounds(task, n_classes):
    return -np.log(n_classes), 0


class NCE(BaseMetric):
    """
    Negative conditional entropy of the target class, given the source class.

    Every sample is named by the most probable class of the source model; the score says
    how far that name settles the target class. `X` holds probabilities of source
    classes, not features [1]_.

    Attributes
    ----------
    score_ : float
        Minus the conditional entropy in nats, in ``[-log(n_classes), 0]``.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of source classes seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the source classes seen in `fit`, if they were all strings.

    See Also
    --------
    LEEP : The same with the whole posterior of each sample.

    Notes
    -----
    With :math:`z_i = \\arg\\max_z P_{iz}` the source class of sample i, and p the
    frequencies among the samples,

    .. math:: \\mathrm{NCE} = -H(Y|Z) = \\sum_{c, z} p(c, z) \\log p(c|z) .

    Of source classes that are equally probable the one in the first column wins: the
    order of the rows never matters, that of the columns only in such a tie. Rows must be
    without negative entries and sum to 1 within 1e-3. With one-hot rows NCE equals LEEP.

    0 is reached when every source class meets one target class only, which many source
    classes and few samples do by chance: compare models with the same source classes,
    or about as many.

    Time :math:`O(n Z)`, memory :math:`O(n + C Z)` for Z source classes.

    References
    ----------
    .. [1] A. T. Tran, C. V. Nguyen, T. Hassner, "Transferability and Hardness of
       Supervised Classification Tasks", ICCV 2019, arXiv:1908.08142.

    Examples
    --------
    >>> from skperturb.metrics import NCE
    >>> posteriors = [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.0, 1.0]]
    >>> round(NCE().fit(posteriors, ["cat", "cat", "dog", "dog"]).score_, 4)
    -0.4774
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input = "posteriors"
        tags.bounds = _entropy_bounds
        tags.array_api_support = True
        return tags

    def _check_parameters(self):
        """Nothing to check: there are no parameters."""

    def _score(self, X, target):
        check_posteriors(self, X)
        n_source_classes, n_classes = X.shape[1], len(target.classes)
        blocks = ChunkedMatrix(X).iter_rows()
        given = np.concatenate(
            [to_numpy(get_backend(X).xp.argmax(rows, axis=1)) for rows in blocks]
        )
        return -conditional_entropy(given, target.codes, n_source_classes, n_classes), {}

"""LEEP: how well the source classes, through their posteriors, predict the target."""

from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.posteriors import (
    NormalizedRows,
    check_posteriors,
    log_expected_prediction,
)
from skperturb.metrics._tags import at_most_zero


class LEEP(BaseMetric):
    """
    Log expected empirical prediction of a source classifier.

    It judges a model by its own classifier head: what the probabilities of the source
    classes say about the target class, with no training at all. `X` holds these
    probabilities, not features [1]_.

    Attributes
    ----------
    score_ : float
        Mean log of the expected empirical prediction, at most 0.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of source classes seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the source classes seen in `fit`, if they were all strings.

    See Also
    --------
    NCE : The same with one source class per sample.
    NLEEP : The same with the components of a mixture for source classes.

    Notes
    -----
    With :math:`P_{iz}` the posterior of source class z for sample i of class
    :math:`k_i`, the joint distribution and the conditional one are

    .. math:: J_{cz} = \\frac1n \\sum_{i : k_i = c} P_{iz}, \\quad
        P(c|z) = \\frac{J_{cz}}{\\sum_{c'} J_{c'z}}, \\quad
        \\mathrm{LEEP} = \\frac1n \\sum_i \\log \\sum_z P(k_i|z) P_{iz} .

    Source classes without mass are left out; public code divides by zero there and
    returns NaN. Rows must be without negative entries and sum to 1 within 1e-3, which
    half precision keeps; each is then divided by its sum.

    The score is the log-likelihood of the labels that it was estimated from, so more
    source classes raise it, and with as many source classes as samples it can reach 0 on
    anything: compare models with the same source classes, or about as many. It sees only
    what the source classifier kept of the features. A model without a classifier head
    needs NLEEP.

    Time :math:`O(n Z)` and memory :math:`O(n Z + C Z)` for Z source classes.

    References
    ----------
    .. [1] C. V. Nguyen, T. Hassner, M. Seeger, C. Archambeau, "LEEP: A New Measure to
       Evaluate Transferability of Learned Representations", ICML 2020, arXiv:2002.12462.

    Examples
    --------
    >>> from skperturb.metrics import LEEP
    >>> posteriors = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.0, 1.0]]
    >>> round(LEEP().fit(posteriors, ["cat", "cat", "dog", "dog"]).score_, 4)
    -0.2999
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input = "posteriors"
        tags.bounds = at_most_zero
        tags.array_api_support = True
        return tags

    def _check_parameters(self):
        """Nothing to check: there are no parameters."""

    def _score(self, X, target):
        check_posteriors(self, X)
        return log_expected_prediction(NormalizedRows(X), target.codes, len(target.classes)), {}

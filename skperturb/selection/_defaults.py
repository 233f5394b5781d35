"""Recommended: the metric of a selector that is given none, and a set of metrics by name."""

from sklearn.pipeline import make_pipeline
from sklearn.utils.multiclass import type_of_target

from skperturb.decomposition import CappedPCA
from skperturb.metrics import HScore, KNNScore, LogME, NearestCentroidScore, RidgeProbe


def default_metric(y):
    """Return LogME, behind principal components where y has classes."""
    if type_of_target(y, input_name="y") in ("binary", "multiclass"):
        return make_pipeline(CappedPCA(), LogME())
    return LogME()


def consensus_metrics():
    """
    Return five metrics to rank by together.

    :class:`ModelSelector` and :class:`HalvingModelSelector` rank by the mean rank over a dict of
    metrics. These five are cheap and look at the features in different ways, so that they do not
    err together. They need class labels.

    Returns
    -------
    metrics : dict of {str: estimator}
        HScore, KNNScore, LogME, ``NearestCentroidScore(standardize=True)`` and RidgeProbe, by
        name: new objects, for the features as they are.

    See Also
    --------
    ModelSelector : Ranks by one metric where it is given none.

    Notes
    -----
    The five were chosen before anything was measured. In a study (user guide, "The study")
    their mean rank was above the default of ModelSelector by .06 [-.05, .18] in weighted Kendall
    tau to fine-tuned accuracies of images, by .03 [-.06, .13] to probed ones, and by .04
    [-.07, .19] on text: the same sign three times, certain never. On fine-tuned images the same
    five were .08 lower behind principal components, and lower still when perturbed.

    KNNScore takes :math:`O(n^2 d)` time; the others :math:`O(n d \\min(n, d))`. With more than
    some 10,000 rows give the selector `max_samples`, or leave it out. It takes arrays only,
    no tensors.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb import ModelSelector, consensus_metrics
    >>> X, y = load_iris(return_X_y=True)
    >>> pool = {"sepal": X[:, :2], "petal": X[:, 2:]}
    >>> ModelSelector(consensus_metrics()).fit(pool, y).ranking_
    ['petal', 'sepal']
    """
    metrics = [HScore(), KNNScore(), LogME(), NearestCentroidScore(standardize=True), RidgeProbe()]
    return {type(metric).__name__: metric for metric in metrics}

"""Names of metrics: every metric of the library, and the words that stand for it."""

import difflib
import inspect
import re
from collections import Counter

from skperturb import metrics
from skperturb.metrics import BaseMetric

# What a name can lose: "knn" is KNNScore, but "h" is too little for HScore.
_SUFFIX = re.compile(r"(?<=\w\w)(score|probe)$")


def metric_classes():
    """Return every metric that can be used as `{short name: class}`, by name."""
    public = [getattr(metrics, name) for name in metrics.__all__]
    found = [each for each in public if issubclass(each, BaseMetric)]
    found = [each for each in found if not inspect.isabstract(each)]
    taken = Counter(_short(each) for each in found)
    named = {_short(each) if taken[_short(each)] == 1 else _long(each): each for each in found}
    return dict(sorted(named.items()))


def short_name(metric):
    """Return the word that stands for a class of metrics."""
    return next(name for name, each in metric_classes().items() if each is metric)


def metric_class(word):
    """Return the class that a word stands for, None if there is none."""
    classes = metric_classes()
    return (classes | {_long(each): each for each in classes.values()}).get(_plain(word))


def similar_name(word):
    """Return the short name most like a word, None if none is like it."""
    classes = metric_classes()
    names = {name: name for name in classes} | {_long(each): name for name, each in classes.items()}
    near = difflib.get_close_matches(_plain(word), names, n=1, cutoff=0.6)
    return names[near[0]] if near else None


def _plain(word):
    """Drop case and punctuation: H-score and h_score are hscore."""
    return re.sub(r"[\W_]", "", word).lower()


def _long(metric):
    return metric.__name__.lower()


def _short(metric):
    return _SUFFIX.sub("", _long(metric))

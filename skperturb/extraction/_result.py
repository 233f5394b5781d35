"""Result: the feature sets of an extraction, and the way back from a name to its model."""

import csv
import io
import re
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from skperturb.extraction._extractor import FeatureExtractor
from skperturb.extraction._manifest import read_manifest
from skperturb.extraction._writing import write_text
from skperturb.selection import Failure, FeatureSets

ROWS = "rows.csv"
_COLUMNS = ("row", "source", "label", "group")
_WHOLE = re.compile(r"[+-]?[\d_]+")


class Extraction(Bunch):
    """
    The features of a pool of models, in files.

    Attributes
    ----------
    feature_sets : FeatureSets
        The features of each model, or of ``model@layer07``, read when they are asked for.
    paths : dict
        The file of each of them.
    y : ndarray of shape (n_samples,) or None
        The labels, where they were given.
    groups : ndarray of shape (n_samples,) or None
        The group of each row: as given, or the sentence of each word.
    rows : list of str of length n_samples
        The file of each row, or its place in the data.
    failures : dict
        Reason why there are no features, by name of model; its ``traceback`` says where.
    models : dict
        How each model was run, by name: settings, pooling, versions, seconds.
    """

    def extractor(self, name):
        """
        Return the model behind a feature set, ready for a pipeline.

        Parameters
        ----------
        name : str
            Such as ``ModelSelector.best_name_``.

        Returns
        -------
        extractor : FeatureExtractor
            Of that model and that layer.
        """
        for label, model in self.models.items():
            if name in model["feature_sets"]:
                return self._rebuilt(label, model["feature_sets"][name]["layer"])
        msg = f"There are features of {', '.join(map(repr, self.feature_sets))}, not of {name!r}."
        raise KeyError(msg)

    def _rebuilt(self, label, key):
        sources = self.get("sources") or {}
        source = sources.get(label, label)
        if not isinstance(source, FeatureExtractor):
            source = FeatureExtractor(source, **self._settings_of(label))
        params = source.get_params(deep=False) | ({} if key is None else {"layers": [key]})
        return FeatureExtractor(**params)

    def _settings_of(self, label):
        """Return the settings of a model that stand in the manifest and are no objects."""
        kept = ("pooling", "dtype", "max_length", "prompt", "batch_size", "trust_remote_code")
        settings = self.models[label]["settings"]
        tokenizer = settings["tokenizer"]
        path = {"tokenizer": tokenizer} if isinstance(tokenizer, str) else {}
        return {name: settings[name] for name in kept} | path


def write_rows(folder, sources, y, groups):
    """Write which row is which file or place, with its label and group."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = {"source": sources, "label": y, "group": groups}
    kept = {name: column for name, column in columns.items() if column is not None}
    writer.writerow(["row", *kept])
    writer.writerows([i, *each] for i, each in enumerate(zip(*kept.values(), strict=True)))
    write_text(folder / ROWS, text.getvalue())


def load_extraction(out):
    """
    Return the features that lie in a folder, of all models that have been run.

    Parameters
    ----------
    out : path-like
        The folder that `extract_features` has written.

    Returns
    -------
    found : Extraction
        As `extract_features` has returned it.
    """
    folder = Path(out)
    manifest = read_manifest(folder)
    if manifest is None:
        msg = f"`out` must be a folder with a manifest.json of an extraction, got {str(folder)!r}."
        raise FileNotFoundError(msg)
    return make_extraction(manifest, list(manifest.models), read_rows(folder))


def read_rows(folder):
    """Return the columns of the table of rows by name."""
    with open(folder / ROWS, newline="", encoding="utf-8") as file:
        head, *lines = csv.reader(file)
    columns = dict(zip(head, map(list, zip(*lines, strict=True)), strict=True))
    return {name: columns.get(name) for name in _COLUMNS}


def make_extraction(manifest, labels, rows, sources=None, failures=None):
    """Return the result for some of the models of a manifest."""
    models = {label: manifest.models[label] for label in labels if label in manifest.models}
    failures = manifest.content["failures"] if failures is None else failures
    paths = {
        name: manifest.path_of(each)
        for model in models.values()
        for name, each in model["feature_sets"].items()
    }
    return Extraction(
        feature_sets=FeatureSets(paths),
        paths=paths,
        y=as_labels(rows["label"]),
        groups=as_labels(rows["group"]),
        rows=rows["source"],
        failures={
            name: Failure(each["reason"], each["traceback"]) for name, each in failures.items()
        },
        models=models,
        sources=sources,
        out=manifest.folder,
    )


def as_labels(cells):
    """Return labels as integers or floats where all of them are, as text otherwise."""
    if cells is None:
        return None
    cells = np.asarray(cells)
    if cells.dtype.kind not in "US":
        return cells
    if all(map(_WHOLE.fullmatch, map(str, cells))):
        return _as_integers(cells)
    try:
        return cells.astype(np.float64)
    except ValueError:
        return cells


def _as_integers(cells):
    """Return whole numbers as such if they read the same again: "01" is not 1, nor is a long id."""
    try:
        numbers = cells.astype(np.int64)
    except OverflowError:
        return cells
    return numbers if (numbers.astype(cells.dtype) == cells).all() else cells

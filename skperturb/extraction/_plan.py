"""Plan: which models are to be run on which rows, checked before any of them is loaded."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from skperturb._validation import label_array
from skperturb.extraction._extractor import FeatureExtractor
from skperturb.extraction._file_names import safe_file_name
from skperturb.extraction._manifest import fingerprint
from skperturb.extraction._names import UnknownModelError, check_name, local_path, parse_name
from skperturb.extraction._run_model import ModelJob, failed
from skperturb.extraction._settings import settings_of


def named_models(models):
    """Return `{label: model}` of a sequence, a mapping or a file with one name a line."""
    if isinstance(models, Mapping):
        named = dict(models)
    else:
        names = read_names(models) if isinstance(models, str | PathLike) else list(models)
        named = {_label_of(each): each for each in names}
        if len(named) < len(names):
            twice = next(each for each in names if names.count(each) > 1)
            msg = f"`models` must name each model once, got {twice!r} twice."
            raise ValueError(msg)
    if not named:
        msg = "`models` must name at least one model, got none."
        raise ValueError(msg)
    return named


def read_names(path):
    """Return the lines of a file that are neither empty nor comments; or a name as it is."""
    if not str(path).endswith(".txt"):
        return [path]
    lines = Path(path).read_text("utf-8-sig").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def _label_of(model):
    """Return what a model of a sequence is called."""
    if isinstance(model, FeatureExtractor):
        model = model.model
    if isinstance(model, str | PathLike):
        return str(model)
    return getattr(model, "__name__", type(model).__name__)


def as_model(model, settings):
    """Return the name and the settings of a model."""
    if isinstance(model, FeatureExtractor):
        return parse_name(model.model), settings_of(model)
    return parse_name(model), settings


def make_table(rows, y, groups):
    """Return the source, label and group of each row; None where there are none."""
    counts = np.diff(rows.offsets())
    sources = [rows.identifier(index) for index in range(len(rows))]
    if groups is None and rows.modality == "words":
        groups = np.repeat(np.arange(len(rows)), counts)
    columns = {"label": label_array(y), "group": label_array(groups, "groups")}
    for name, column in columns.items():
        if column is not None and len(column) != rows.n_rows():
            argument = {"label": "y", "group": "groups"}[name]
            msg = (
                f"`{argument}` must have one entry for each of the {rows.n_rows()} rows, "
                f"got {len(column)}."
            )
            raise ValueError(msg)
    return {"source": np.repeat(sources, counts).tolist()} | columns


def find_unknown(pool, rows, on_error):
    """Return the outcomes of the models that are known not to run, before any does."""
    outcomes = []
    for label, (name, _) in pool.items():
        try:
            check_name(name)
            name.adapter_class(rows.modality)
        except (UnknownModelError, ValueError) as error:
            if on_error == "raise" or len(pool) == 1:
                raise
            outcomes.append(failed(label, error))
    return outcomes


def _file_label(label, name):
    """Return what the files of a model are called after: not after the folders above its own."""
    is_path = local_path(name) is not None and label.endswith(str(name.target))
    return name.short if is_path else label


def plan_jobs(pool, rows, digest, manifest, unknown, storage):
    """Return the jobs of the models that are to be run, each with files of its own."""
    without = {outcome.label for outcome in unknown}
    taken: dict[str, str] = {}
    jobs = []
    for label, (name, settings) in pool.items():
        if label in without:
            continue
        others = [*manifest.stems(but=label), *taken.values()]
        taken[label] = safe_file_name(_file_label(label, name), label, others)
        facts = fingerprint(digest, name, settings, name.adapter_class(rows.modality), storage)
        jobs.append(
            ModelJob(label, name, settings, rows, manifest.folder, taken[label], storage, facts)
        )
    return [(job, manifest.is_finished(job.label, job.fingerprint)) for job in jobs]

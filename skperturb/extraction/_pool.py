"""A pool of models over one data set, to files that can be ranked."""

from pathlib import Path

from joblib import Parallel, delayed, effective_n_jobs

from skperturb.extraction._check_rows import check_rows
from skperturb.extraction._manifest import open_manifest
from skperturb.extraction._plan import as_model, find_unknown, make_table, named_models, plan_jobs
from skperturb.extraction._progress import Progress
from skperturb.extraction._result import make_extraction, write_rows
from skperturb.extraction._rows import as_rows
from skperturb.extraction._run_model import run_model, run_remotely
from skperturb.extraction._settings import Settings


class NothingExtractedError(RuntimeError):
    """No model of a pool could be run; the message names the reason of each."""


def extract_features(
    models,
    X,
    *,
    out,
    y=None,
    groups=None,
    layers="last",
    pooling="auto",
    batch_size=32,
    device="auto",
    dtype="float32",
    max_length=None,
    trust_remote_code=False,
    storage="float16",
    on_error="skip",
    n_jobs=None,
    verbose=1,
):
    """
    Run a pool of models over the same rows and keep their features in files.

    One model is in memory at a time, and of the features only the batch that is being
    computed. Called again, also after a crash, models that are done are not run again.

    Parameters
    ----------
    models : sequence of str, mapping or path-like
        Names of models as `FeatureExtractor` takes them; a mapping from a name of your own
        to such a name, to a function, or to a `FeatureExtractor` with settings of its own;
        or a text file with one name a line.
    X : sequence of length n_items
        Paths of images or recordings, images of Pillow, arrays, texts, lists of words,
        waveforms; or a column of a data frame or of `datasets`. Take training rows only.
    out : path-like
        Folder for the features, made if need be: ``NAME.npy`` for each model or
        ``NAME@layer07.npy`` for each layer, ``manifest.json`` and ``rows.csv``.
    y : array-like of shape (n_samples,) or None, default=None
        Labels, written to ``rows.csv`` for `load_extraction` and the command.
    groups : array-like of shape (n_samples,) or None, default=None
        Rows that belong together, written likewise. With lists of words and None, the
        sentence of each word.
    layers : "last", "all" or sequence of int, default="last"
        Which depths to keep, all from one pass.
    pooling : {"auto", "mean", "cls", "last"}, default="auto"
        How states become one vector; see `FeatureExtractor`.
    batch_size : int, default=32
        Rows that go through a model at once. Where memory runs out it is halved, down to 1.
    device : str, default="auto"
        Where models of PyTorch and ONNX Runtime are run.
    dtype : {"float32", "float16", "bfloat16"}, default="float32"
        Precision that the models compute in.
    max_length : int or None, default=None
        Tokens of a text that are read. None takes what each model says.
    trust_remote_code : bool, default=False
        Whether code that comes with a model may be run.
    storage : {"float16", "float32"}, default="float16"
        Type of the numbers in the files. Features that do not fit into float16 are kept as
        float32 in any case.
    on_error : {"skip", "raise"}, default="skip"
        What to do with a model that does not load, runs out of memory, or gives NaN or
        another number of rows.
    n_jobs : int or None, default=None
        Models run at the same time, in processes of joblib or where
        ``joblib.parallel_config`` says; each must fit into memory beside the others.
    verbose : int, default=1
        0 for silence.

    Returns
    -------
    found : Extraction
        With ``feature_sets``, ``y``, ``groups``, ``rows``, ``failures``, ``models``, and
        ``extractor(name)``, which leads from a feature set back to its model.

    See Also
    --------
    load_extraction : The same from the folder.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skperturb.extraction import extract_features
    >>> def lengths(texts):
    ...     return np.array([[len(text), text.count(" ")] for text in texts])
    >>> with tempfile.TemporaryDirectory() as out:
    ...     found = extract_features(
    ...         {"lengths": lengths}, ["a bird", "a bird in the hand"], out=out, verbose=0
    ...     )
    ...     np.asarray(found.feature_sets["lengths"])
    array([[ 6.,  1.],
           [18.,  4.]], dtype=float16)
    """
    _check_options(storage, on_error)
    settings = Settings(
        layers=tuple(layers) if isinstance(layers, list | range) else layers,
        pooling=pooling,
        batch_size=batch_size,
        device=device,
        dtype=dtype,
        max_length=max_length,
        trust_remote_code=trust_remote_code,
    ).check()
    rows = as_rows(X)
    sources = named_models(models)
    pool = {label: as_model(each, settings) for label, each in sources.items()}
    table = make_table(rows, y, groups)
    unknown = find_unknown(pool, rows, on_error)
    digest = check_rows(rows)
    manifest = _open_folder(Path(out), rows, digest, table)
    with Progress(len(pool), rows.n_rows(), verbose) as progress:
        for outcome in unknown:
            _keep(outcome, manifest, progress)
        jobs = plan_jobs(pool, rows, digest, manifest, unknown, storage)
        for outcome in _run_jobs(jobs, n_jobs, progress):
            _keep(outcome, manifest, progress)
            if on_error == "raise" and outcome.error is not None:
                raise outcome.error
    return _result(manifest, sources, table)


def _check_options(storage, on_error):
    for name, value, options in (
        ("storage", storage, ("float16", "float32")),
        ("on_error", on_error, ("skip", "raise")),
    ):
        if value not in options:
            msg = f"`{name}` must be one of {', '.join(map(repr, options))}, got {value!r}."
            raise ValueError(msg)


def _open_folder(folder, rows, digest, table):
    """Return the manifest of the folder, made if need be, with its table of rows."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"digest": digest, "n_rows": rows.n_rows(), "modality": rows.modality}
    manifest = open_manifest(folder, facts)
    write_rows(folder, table["source"], table["label"], table["group"])
    return manifest


def _run_jobs(jobs, n_jobs, progress):
    """Yield the outcome of each job, in the order in which they end."""
    todo = [job for job, is_done in jobs if not is_done]
    for job, is_done in jobs:
        if is_done:
            progress.finish(job.label, "done before")
    if n_jobs is None and effective_n_jobs(None) == 1:  # and no cluster has been named either
        yield from (run_model(job, progress) for job in todo)
    else:
        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
        yield from parallel(delayed(run_remotely)(job) for job in todo)


def _keep(outcome, manifest, progress):
    """Write down what became of a model, and say so."""
    if outcome.failure:
        manifest.record_failure(outcome.label, outcome.failure)
        progress.finish(outcome.label, f"failed: {outcome.failure['reason']}")
        return
    manifest.record(outcome.label, outcome.record)
    sets = outcome.record["feature_sets"].values()
    widths = "/".join(dict.fromkeys(str(each["n_features"]) for each in sets))
    speed = f"{outcome.record['seconds']:.1f} s, {outcome.record['rows_per_second']:.0f} rows/s"
    progress.finish(outcome.label, f"{widths} features, {speed}")
    for note in outcome.record["notes"]:
        progress.say(f"{outcome.label}: {note}")


def _result(manifest, sources, table):
    """Return what came of the models that were asked for, or raise if none has features."""
    failures = {
        label: each for label, each in manifest.content["failures"].items() if label in sources
    }
    if len(failures) == len(sources):
        reasons = "; ".join(f"{label}: {each['reason']}" for label, each in failures.items())
        msg = f"None of the {len(sources)} models gave features. {reasons}"
        raise NothingExtractedError(msg)
    return make_extraction(manifest, list(sources), table, sources, failures)

"""A dry run: what models would take, from what a first batch took; nothing is written."""

import time

import numpy as np

from skperturb._cli._errors import WrongUsage
from skperturb._cli._terminal import format_table
from skperturb.extraction import FeatureExtractor
from skperturb.extraction._plan import read_names
from skperturb.extraction._rows import as_rows

_HEAD = ["model", "features", "MB on disk", "rows/s", "minutes"]
_RUN = ("layers", "pooling", "batch_size", "device", "dtype", "max_length", "trust_remote_code")


def list_models(names):
    """Return the names of models, those in files of names with them."""
    try:
        return [name for each in names for name in read_names(each)]
    except OSError as error:
        msg = f"--models names a file that cannot be read, {error.filename}: {error.strerror}."
        raise WrongUsage(msg) from error


def estimate_models(data, options):
    """Return a table with the width, size and time of each model, or the reason why not."""
    rows = as_rows(data.X)
    places = np.linspace(0, len(rows) - 1, min(options["batch_size"], len(rows))).astype(int)
    sample = rows.take(sorted(set(places.tolist())))
    n_bytes = 2 if options["storage"] == "float16" else 4
    settings = {name: options[name] for name in _RUN}
    lines = [
        _estimate(FeatureExtractor(name, **settings), rows.n_rows(), sample, n_bytes)
        for name in list_models(options["models"])
    ]
    return format_table([_HEAD, *lines])


def _estimate(extractor, n_rows, sample, n_bytes):
    """Run one batch, and once before it, so that loading does not count."""
    try:
        extractor.transform(sample.take([0]))
        start = time.perf_counter()
        features = extractor.transform(sample)
        speed = len(features) / (time.perf_counter() - start)
    except Exception as error:  # of any framework; the other models are still of interest
        reason = " ".join(str(error).split())
        return [f"{extractor.model}: {type(error).__name__}: {reason}", "-", "-", "-", "-"]
    width = features.shape[1]
    size, minutes = width * n_rows * n_bytes / 1e6, n_rows / speed / 60
    return [str(extractor.model), str(width), f"{size:.1f}", f"{speed:.0f}", f"{minutes:.1f}"]

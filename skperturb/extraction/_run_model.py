"""One model over all rows: from its name to its feature files, or to the reason why not."""

import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skperturb.extraction._batching import release_memory, run_halving
from skperturb.extraction._frameworks import framework_versions
from skperturb.extraction._layers import layer_name
from skperturb.extraction._names import ModelName
from skperturb.extraction._rows import Rows
from skperturb.extraction._settings import Settings
from skperturb.extraction._stream import iter_features
from skperturb.extraction._writing import FeatureFile


@dataclass(frozen=True)
class ModelJob:
    """What has to be known to run one model, also in another process."""

    label: str  # what the model is called in the pool
    name: ModelName
    settings: Settings
    rows: Rows
    folder: Path
    stem: str  # of its files
    storage: str
    fingerprint: str


@dataclass
class Outcome:
    """What became of a job."""

    label: str
    record: dict[str, Any] = field(default_factory=dict)
    failure: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None


def run_model(job, progress=None):
    """Run one model; an error of its own becomes an outcome, so that the others go on."""
    if progress is not None:
        progress.start(job.label)
    try:
        return Outcome(job.label, record=_extract(job, progress))
    except Exception as error:
        return failed(job.label, error)
    finally:
        release_memory()


def run_remotely(job):
    """Run one model in another process; its error need not be one that can be sent."""
    outcome = run_model(job)
    if outcome.error is not None:
        outcome.error = RuntimeError(f"{job.label}: {outcome.failure['reason']}")
    return outcome


def failed(label, error):
    """Return the outcome of a model that failed, with its reason in one line."""
    reason = " ".join(str(error).split()) or "no reason given"
    failure = {
        "reason": f"{type(error).__name__}: {reason}",
        "traceback": "".join(traceback.format_exception(error)),
    }
    return Outcome(label, failure=failure, error=error.with_traceback(None))


def _extract(job, progress):
    """Load the model, run it, and return what the manifest says of it."""
    begin = time.perf_counter()
    adapter = job.name.adapter_class(job.rows.modality)(
        job.name.target, job.settings, job.rows.modality
    )
    used, start = [job.settings.batch_size], time.perf_counter()

    def tell(batch_size):
        used.append(batch_size)
        if progress is not None:
            progress.restart(batch_size)

    sets = run_halving(
        lambda size: _write_all(job, adapter, size, progress), job.settings.batch_size, tell
    )
    seconds = time.perf_counter() - start
    return {
        "fingerprint": job.fingerprint,
        "framework": job.name.framework,
        "stem": job.stem,
        "settings": job.settings.fingerprint() | {"batch_size": used[-1]},
        "versions": framework_versions(adapter.packages),
        "seconds": round(seconds, 3),
        "seconds_to_load": round(start - begin, 3),
        "rows_per_second": round(job.rows.n_rows() / max(seconds, 1e-9), 1),
        "notes": adapter.notes,
        "feature_sets": sets,
    }


def _write_all(job, adapter, batch_size, progress):
    """Write the features of all rows, and return what stands in each file."""
    files = {}
    try:
        for places, features in iter_features(adapter, job.rows, batch_size):
            for key, block in features.items():
                if key not in files:
                    files[key] = _new_file(job, key, block)
                files[key].write(places, block)
            if progress is not None:
                progress.advance(len(places))
        return {
            layer_name(job.label, key): {
                "file": file.path.name,
                "layer": key,
                "pooling": adapter.pooling_used.get(key, ""),
                "n_features": file.shape[1],
                "dtype": file.finish(job.storage),
            }
            for key, file in files.items()
        }
    except BaseException:
        for file in files.values():
            file.discard()
        raise


def _new_file(job, key, block):
    path = job.folder / f"{layer_name(job.stem, key)}.npy"
    return FeatureFile(path, job.rows.n_rows(), block.shape[-1])

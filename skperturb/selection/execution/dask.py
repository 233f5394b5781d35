"""Dask: jobs as futures of a cluster, each with an end of its own.

joblib's Dask backend never hears of a task whose worker was killed, and waits for it for
ever. Futures of the same client tell; and where no worker is left to run them, a watch does.
"""

import threading
import time
from contextlib import contextmanager

import sklearn

from skperturb.selection.execution.worker import failed_report, run_job

_PATIENCE = 120.0  # seconds that a cluster may be without any worker after it has had some
_LOOK_EVERY = 1.0


def run_on_cluster(jobs, setup, cluster):
    """Yield `(index, report)` of every job as its future ends.

    A future that ends without a result may have had a bad neighbour on its worker: it
    runs again when all others are done, and alone.
    """
    # The result of a task, because scattered data are lost with the worker that holds them.
    remote_setup = cluster.client.submit(_return, setup, pure=False)
    suspects = []
    for i, future in _iter_ended(dict(enumerate(jobs)), remote_setup, cluster):
        if future.status == "finished":
            yield i, future.result()
        elif setup.raising:
            raise _error_of(future)
        elif future.status == "error":
            suspects.append(i)
        else:
            yield i, failed_report(jobs[i], setup.metrics, _error_of(future))
    for i in suspects:
        [(_, future)] = _iter_ended({i: jobs[i]}, remote_setup, cluster, had_workers=True)
        if future.status == "finished":
            yield i, future.result()
        else:
            lost = "the worker ended without a result. "
            yield i, failed_report(jobs[i], setup.metrics, _error_of(future), lost)


def _iter_ended(jobs, remote_setup, cluster, had_workers=False):
    """Yield `(index, future)` of jobs by index, as they end."""
    from distributed import as_completed

    config = sklearn.get_config()
    futures = {
        cluster.client.submit(
            _run_configured, config, job, remote_setup, pure=False, **cluster.submit_kwargs
        ): i
        for i, job in jobs.items()
    }
    with _cancel_without_workers(cluster.client, list(futures), had_workers):
        for future in as_completed(list(futures)):
            yield futures.pop(future), future


@contextmanager
def _cancel_without_workers(client, futures, had_workers):
    """Cancel futures once their cluster has lost its last worker for so long.

    The scheduler itself would keep them for a worker that never comes, and `fit` with them.
    """
    done = threading.Event()

    def watch():
        last_seen = time.monotonic() if had_workers else None  # it may still be starting
        while not done.wait(_LOOK_EVERY):
            if client.scheduler_info()["workers"]:
                last_seen = time.monotonic()
            elif last_seen is not None and time.monotonic() - last_seen > _PATIENCE:
                client.cancel(futures)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _return(setup):
    return setup


def _run_configured(config, job, setup):
    with sklearn.config_context(**config):
        return run_job(job, setup)


def _error_of(future):
    """Return the error of a future, also of one that was cancelled because no worker is left."""
    if future.status == "error":
        return future.exception()
    return RuntimeError("no worker of the Dask cluster is left")

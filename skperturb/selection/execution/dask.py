"""Dask: jobs as futures of a cluster, each with an end of its own.

joblib's Dask backend never hears of a task whose worker was killed, and waits for it for
ever. Futures of the same client tell.
"""

import sklearn
from joblib.parallel import get_active_backend

from skperturb.selection.execution.worker import failed_report, run_job


def active_cluster():
    """Return joblib's Dask backend where `joblib.parallel_config` chose it, else None."""
    backend, _ = get_active_backend()
    return backend if hasattr(backend, "client") and hasattr(backend, "submit_kwargs") else None


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
            future.result()
        else:
            suspects.append(i)
    for i in suspects:
        [(_, future)] = _iter_ended({i: jobs[i]}, remote_setup, cluster)
        finished = future.status == "finished"
        yield i, future.result() if finished else _report_lost(jobs[i], setup, future)


def _iter_ended(jobs, remote_setup, cluster):
    """Yield `(index, future)` of jobs by index, as they end."""
    from distributed import as_completed

    config = sklearn.get_config()
    futures = {
        cluster.client.submit(
            _run_configured, config, job, remote_setup, pure=False, **cluster.submit_kwargs
        ): i
        for i, job in jobs.items()
    }
    for future in as_completed(list(futures)):
        yield futures.pop(future), future


def _return(setup):
    return setup


def _run_configured(config, job, setup):
    with sklearn.config_context(**config):
        return run_job(job, setup)


def _report_lost(job, setup, future):
    """Report a job whose future ended in an error, or was cancelled or lost."""
    error = future.exception() if future.status == "error" else RuntimeError(future.status)
    return failed_report(job, setup.metrics, error, "the worker ended without a result. ")

"""Dask: jobs as futures of a cluster, each with an end of its own.

joblib's Dask engine never hears of a task whose worker was killed, and waits for it for
ever. Futures of the same client tell.
"""

import sklearn
from joblib.parallel import get_active_backend

from skperturb.selection._jobs import evaluate, failed


def active_cluster():
    """Return joblib's Dask engine where `joblib.parallel_config` chose it, else None."""
    backend, _ = get_active_backend()
    return backend if hasattr(backend, "client") and hasattr(backend, "submit_kwargs") else None


def reports_of_cluster(jobs, plan, cluster):
    """Yield `(index, report)` of every job as its future ends.

    A future that ends without a result may have had a bad neighbour on its worker: it
    runs again when all others are done, and alone.
    """
    # The result of a task, because scattered data are lost with the worker that holds them.
    shared = cluster.client.submit(_unchanged, plan, pure=False)
    suspects = []
    for i, future in _ended(dict(enumerate(jobs)), shared, cluster):
        if future.status == "finished":
            yield i, future.result()
        elif plan.raising:
            future.result()
        else:
            suspects.append(i)
    for i in suspects:
        [(_, future)] = _ended({i: jobs[i]}, shared, cluster)
        yield i, future.result() if future.status == "finished" else _lost(jobs[i], plan, future)


def _ended(jobs, shared, cluster):
    """Yield `(index, future)` of jobs by index, as they end."""
    from distributed import as_completed

    config = sklearn.get_config()
    futures = {
        cluster.client.submit(
            _configured, config, job, shared, pure=False, **cluster.submit_kwargs
        ): i
        for i, job in jobs.items()
    }
    for future in as_completed(list(futures)):
        yield futures.pop(future), future


def _unchanged(plan):
    return plan


def _configured(config, job, plan):
    with sklearn.config_context(**config):
        return evaluate(job, plan)


def _lost(job, plan, future):
    error = future.exception() if future.status == "error" else None
    kind = future.status if error is None else type(error).__name__
    reason = f"{kind}: the worker ended without a result. {error or ''}"
    return failed(job, plan.metrics, reason)

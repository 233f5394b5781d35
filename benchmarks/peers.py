"""Public implementations in the same process: one written here, the others if installed."""

import numpy as np


def peers():
    """Return pairs of a call of (X, y) and what prepares its X, by name."""
    calls = {"LogME in a loop": (looped_logme,)}
    try:
        import torch
        from transformer_ranker import estimators
    except ImportError:
        return calls
    for name in estimators.__all__:
        call = _tensor_call(getattr(estimators, name))
        calls[f"transformer-ranker {name}"] = (call, torch.tensor)
    return calls


def _tensor_call(estimator):
    """Turn an estimator of transformer-ranker into a call of a tensor and labels."""
    import torch

    return lambda X, y: estimator().fit(embeddings=X, labels=torch.from_numpy(y))


def looped_logme(X, y):
    """LogME as it is usually written: a full decomposition, and a loop over the classes."""
    vectors, singular_values, _ = np.linalg.svd(X, full_matrices=False)
    eigenvalues, evidences = singular_values**2, []
    for label in np.unique(y):
        target = (y == label).astype(float)
        energies = (vectors.T @ target) ** 2
        rest = max(target @ target - energies.sum(), 0.0)
        alpha = beta = 1.0
        for _ in range(50):
            ratio = alpha / beta
            gamma = np.sum(eigenvalues / (eigenvalues + ratio))
            weights = np.sum(eigenvalues * energies / (eigenvalues + ratio) ** 2)
            misfit = np.sum(energies * (ratio / (eigenvalues + ratio)) ** 2) + rest
            alpha, beta = gamma / weights, (len(y) - gamma) / misfit
            if abs(alpha / beta / ratio - 1.0) < 1e-3:
                break
        evidences.append(
            len(y) / 2 * np.log(beta / (2 * np.pi))
            + len(eigenvalues) / 2 * np.log(alpha)
            - (beta * misfit + alpha * weights + np.sum(np.log(alpha + beta * eigenvalues))) / 2
        )
    return np.mean(evidences) / len(y)

"""Decomposition: feature sets on their leading principal components."""

from skperturb.decomposition._canonical_axes import rotate_to_canonical
from skperturb.decomposition._capped_pca import CappedPCA, exact_solver

__all__ = ["CappedPCA", "exact_solver", "rotate_to_canonical"]

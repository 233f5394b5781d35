"""Geometry: how the classes of a task lie behind the projection."""

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist

from skperturb import Spread
from study.grid import N_COMPONENTS
from study.scoring import load_width


def geometry(folder):
    """Return the mean radius of the classes of every model, and their distances over two radii.

    Attract draws together the pairs of classes whose ratio is above `sigma`, and moves the others
    apart.
    """
    pool, y = load_width(folder, N_COMPONENTS)
    fitted = [Spread().fit(X, y) for X in pool.values()]
    pairs = np.triu_indices(len(fitted[0].classes_), 1)
    ratios = [
        pdist(each.means_) / (each.radii_[pairs[0]] + each.radii_[pairs[1]]) for each in fitted
    ]
    return np.array([each.radii_.mean() for each in fitted]), np.array(ratios)


def geometry_table(study):
    """Return radii, distances and the share of pairs that are attracted, over all models."""
    rows = []
    for task, (radii, ratios) in study.geometries.items():
        shares = [np.mean(ratios > sigma) for sigma in (0.6, 0.3)]
        rows.append((task, radii.min(), np.median(radii), radii.max(), np.median(ratios), *shares))
    columns = ["task", "least radius", "median radius", "largest radius", "median d / (R + R')"]
    return pd.DataFrame(rows, columns=[*columns, "attracted at sigma 0.6", "at sigma 0.3"])

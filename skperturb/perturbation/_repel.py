"""Repel: push overlapping classes apart, in small steps."""

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import pdist, squareform

from skperturb._backend import NUMPY
from skperturb._class_stats import rounding_lengths
from skperturb._validation import check_integer, check_real
from skperturb.perturbation._base import BaseBlockPerturbation


class Motion(NamedTuple):
    """Shift of every class, `(n_classes, n_features)`, and total forces, `(n_iter,)`."""

    shifts: np.ndarray
    forces: np.ndarray


def repulsions(means, radii, sigma, still):
    """Force on every class, the sum of the pushes of the others, `(n_classes, n_features)`.

    With W[c, j] = max(sigma (R_c + R_j) - d_cj, 0) / d_cj the force on class c is
    sum_j W[c, j] (mu_c - mu_j), which is a matrix product: memory stays O(C^2 + C d).
    W is symmetric, so the forces add up to zero.
    """
    distances = squareform(pdist(means))
    overlaps = np.maximum(sigma * (radii[:, None] + radii) - distances, 0.0)
    apart = distances > still[:, None] + still
    pushes = np.divide(overlaps, distances, out=np.zeros_like(distances), where=apart)
    return pushes.sum(axis=1)[:, None] * means - NUMPY.matmul(pushes, means)


def motion(means, radii, sigma, share, stop, max_iter):
    """Move the means by a share of the force on them, until it is spent."""
    still = rounding_lengths(means, radii)
    start = means - means.mean(axis=0)
    places, forces = start, []
    for _ in range(max_iter):
        pushed = repulsions(places, radii, sigma, still)
        forces.append(np.linalg.norm(pushed, axis=1).sum())
        if forces[-1] <= stop * forces[0]:
            break
        places = places + share * pushed
    return Motion(places - start, np.array(forces))


class Repel(BaseBlockPerturbation):
    """
    Push overlapping classes, each as a block, away from one another.

    Fine-tuning drives the classes apart; this simulates its beginning, so that a metric
    sees features closer to those that the tuned model will have [1]_. The contrary of
    :class:`Attract`: it makes the task easier, most where most classes overlap.

    Parameters
    ----------
    step : float, default=0.1
        Time step :math:`t`, in [0, 1]; without unit. In one step a class moves by
        :math:`t^2 / 2` times the force on it. Zero leaves `X` as it is to the last bit.
    sigma : float, default=0.6
        Distance :math:`\\sigma` at which two classes no longer overlap, in units of the
        sum of their radii, at least 0.
    stop : float, default=0.5
        Share of the first total force, in [0, 1], at or below which no more step is
        taken. Zero goes on until nothing overlaps, one takes no step at all.
    max_iter : int, default=6
        Most steps that are taken, at least 1.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    class_counts_ : ndarray of shape (n_classes,)
        Number of samples of each class.
    means_ : ndarray of shape (n_classes, n_features)
        Mean of each class before the perturbation.
    radii_ : ndarray of shape (n_classes,)
        Radius :math:`R_c` of each class: root of its summed per-feature variances
        (``ddof=0``). Zero for a class of one sample. Moving does not change it.
    shifts_ : ndarray of shape (n_classes, n_features)
        What is added to every sample of a class, over all steps.
    forces_ : ndarray of shape (`n_iter_`,)
        Total force, in the unit of `X`, that each iteration found before its step.
    n_iter_ : int
        Number of iterations. The last one takes no step if it finds the force spent.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    Attract : Draw the classes toward one another.
    Spread : Push every sample away from the mean of its class.

    Notes
    -----
    Every step moves all samples of class :math:`c` by

    .. math:: \\tfrac12 t^2 F_c , \\qquad F_c = \\sum_{j \\ne c}
        \\max\\bigl(\\sigma (R_c + R_j) - d_{cj}, 0\\bigr)
        \\frac{\\mu_c - \\mu_j}{d_{cj}} , \\qquad
        d_{cj} = \\lVert \\mu_c - \\mu_j \\rVert ,

    with the means of the state before the step. That is the way of a unit mass that
    starts at rest under the constant acceleration :math:`F_c`. Steps end where
    :math:`\\sum_c \\lVert F_c \\rVert` is at most `stop` of its start, or after
    `max_iter`. Two classes lose the share :math:`t^2` of their overlap per step. The
    forces add up, so with many classes that all overlap a `step` near 1 throws them much
    further than they need. Coincident means, up to rounding, have no direction and do not
    push each other. The mean of the class means does not move. Time
    :math:`O(n d + m C^2 d)` for m steps, memory :math:`O(n d + C^2 + C d)`.

    The force, the step and the defaults (t = 0.1, a `stop` of 0.5, 6 steps, and
    :math:`\\sigma` 0.3 or 0.6) are those of the code that the authors released. Ours
    are these: the total force is measured by Euclidean norms, so that the result turns
    with the features (there by the sum of absolute coordinates); features are not
    standardised by the statistics of the source data, which there are required (scale
    the features before, if they are known); a class of one sample has a place as any
    other; and coincident means give no NaN. Their limit of one step to the overlap
    itself cannot bind for a `step` up to 1.

    ``fit_transform(X, y)`` moves rows by their true labels and is the operation of the
    paper; ``fit(X, y).transform(X)`` has no labels and moves each row with the class of
    the nearest mean.

    References
    ----------
    .. [1] X. Li, Z. Hu, Y. Ge, Y. Shan, L.-Y. Duan, "Exploring Model Transferability
       through the Lens of Potential Energy", ICCV 2023, arXiv:2308.15074.

    Examples
    --------
    >>> import numpy as np
    >>> from skperturb import Repel
    >>> X = np.array([[-2.0, 0.0], [2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]])
    >>> repel = Repel(step=1.0, sigma=1.0)
    >>> repel.fit_transform(X, ["ant", "ant", "bee", "bee"])
    array([[-3.5,  0. ],
           [ 0.5,  0. ],
           [ 0.5,  0. ],
           [ 4.5,  0. ]])
    >>> repel.forces_
    array([6., 0.])
    """

    def __init__(self, step=0.1, *, sigma=0.6, stop=0.5, max_iter=6):
        self.step = step
        self.sigma = sigma
        self.stop = stop
        self.max_iter = max_iter

    def _check_parameters(self):
        check_real(self, "step", low=0.0, high=1.0)
        check_real(self, "sigma", low=0.0)
        check_real(self, "stop", low=0.0, high=1.0)
        check_integer(self, "max_iter", low=1)

    def _fit_classes(self):
        self.shifts_, self.forces_ = motion(
            self.means_, self.radii_, self.sigma, self.step**2 / 2, self.stop, self.max_iter
        )
        self.n_iter_ = len(self.forces_)

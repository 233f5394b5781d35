"""Spread: widen every class around its mean."""

import numpy as np

from skperturb._backend import asarray_like, get_backend, take_rows, to_numpy
from skperturb._class_stats import rounding_lengths
from skperturb._validation import check_option, check_real
from skperturb.perturbation._base import BasePerturbation, copy_rows, move_rows


def step_away(read, means, steps, still):
    """Move the rows of a block by their step away from their mean, `(n_rows, n_features)`.

    Rows within `still` of the mean have no direction and stay. `read` returns the rows less an
    offset; `means` are `(n_rows, n_features)`, `steps` and `still` `(n_rows,)`.
    """
    moved, xp = read(means), get_backend(means).xp
    distances = xp.sqrt(get_backend(means).sum_squares(moved, axis=1))
    is_moving = distances > still
    lengths = xp.where(is_moving, distances, xp.ones_like(steps))
    moved *= xp.where(is_moving, steps / lengths, 0.0 * steps)[:, None]
    # The way from the row, and not from the mean: a row that stays must not be rounded.
    moved += read()
    return moved


class Spread(BasePerturbation):
    """
    Push every sample away from the mean of its class.

    A class that is wider overlaps more with its neighbours, so only features that hold
    the classes well apart keep their score. The first half of the Spread-and-Attract
    perturbation [1]_.

    Parameters
    ----------
    force : float, default=1.0
        Length :math:`f` of the step, in units of `unit`. Zero leaves `X` as it is to the
        last bit, a negative force contracts the classes (and turns a sample over to the
        other side of its mean when it is longer than the sample's distance from it).
    unit : {"absolute", "radius"}, default="absolute"
        What `force` is measured in: "absolute" is the unit of `X`, "radius" the radius
        :math:`R_c` of the sample's class, which makes the result independent of the
        scale of the features.

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
        (``ddof=0``). Zero for a class of one sample.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    Attract : Draw the classes toward one another.
    make_perturbed : Both perturbations before a metric, as one pipeline.

    Notes
    -----
    A sample :math:`x` of class :math:`c` with mean :math:`\\mu_c` moves to

    .. math:: x' = x + f \\, u_c \\, \\frac{x - \\mu_c}{\\lVert x - \\mu_c \\rVert},
        \\qquad u_c = 1 \\text{ or } R_c .

    Its distance from the old mean grows by exactly :math:`f u_c`. A sample that lies on
    the mean of its class, up to rounding, has no direction and stays; so do classes of
    one sample, and of equal samples.

    ``fit_transform(X, y)`` moves rows by their true labels and is the operation of the
    paper; ``fit(X, y).transform(X)`` has no labels and moves each row with the class of
    the nearest mean. The code that the authors released computes Spread and then
    discards it: there, Attract starts again from the unperturbed features.

    The default is the form of the paper; its strength depends on the scale of the features. In
    the study (user guide, "The study") a force of 1, some 5 % of a class radius of image
    encoders, changed weighted Kendall taus by -.01 [-.06, .04] (fine-tuned) and .01 [-.02, .04]
    (probed) in the mean over 14 metrics. On text encoders, whose class radii go down to .3, it
    was -.33 [-.70, -.12]: take ``unit="radius"`` where models differ in scale, as
    :func:`make_perturbed` does (.25 radii: -.01 [-.04, .01]).

    References
    ----------
    .. [1] P. Khoba, Z. Wang, C. Arora, M. Baktashmotlagh, "Feature Space Perturbation:
       A Panacea to Enhanced Transferability Estimation", WACV 2025, arXiv:2502.16471.

    Examples
    --------
    >>> import numpy as np
    >>> from skperturb import Spread
    >>> X = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 9.0], [0.0, 9.0]])
    >>> Spread(force=0.5).fit_transform(X, ["ant", "ant", "bee", "bee"])
    array([[-1.5,  0. ],
           [ 1.5,  0. ],
           [ 0. ,  9. ],
           [ 0. ,  9. ]])
    """

    def __init__(self, force=1.0, *, unit="absolute"):
        self.force = force
        self.unit = unit

    def _check_parameters(self):
        check_real(self, "force")
        check_option(self, "unit", ("absolute", "radius"))

    def _fit_classes(self):
        """Need nothing beyond the means and radii."""

    def _perturb(self, X, codes):
        if self.force == 0:
            return copy_rows(X)
        means, radii = to_numpy(self.means_), to_numpy(self.radii_)
        unit = radii if self.unit == "radius" else np.ones_like(radii)
        steps, still = (
            asarray_like(each, X) for each in (self.force * unit, rounding_lengths(means, radii))
        )

        def move(read, codes):
            return step_away(
                read, *(take_rows(each, codes) for each in (self.means_, steps, still))
            )

        return move_rows(X, codes, move)

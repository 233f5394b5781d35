"""RegretDisplay: the accuracy that is lost by stopping after so many models."""

import numpy as np

from skperturb.plotting._axes import make_axes

SIZE = (6.0, 4.0)


class RegretDisplay:
    """
    Regret against the number of models that were tried, one curve per way to choose.

    The parameters are kept as attributes.

    Parameters
    ----------
    regrets : mapping of str to array-like of shape (n_trials,) or (n_tasks, n_trials)
        For each way to choose, the accuracy of the best model less that of the best one tried so
        far. Of several tasks the mean is drawn.
    unit : str, default="accuracy"
        Unit of the regrets.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The panel.
    figure_ : matplotlib Figure
        The figure that holds it.

    See Also
    --------
    skperturb.AccuracyPredictor.suggest : Says which model to try next.
    skperturb.evaluation.regret_at_k : Regret of a ranking.

    Examples
    --------
    >>> from skperturb.plotting import RegretDisplay
    >>> display = RegretDisplay({"suggested": [[2.0, 0.0]], "random": [[4.0, 3.0]]})
    >>> display.means()["random"]
    array([4., 3.])
    """

    def __init__(self, regrets, *, unit="accuracy"):
        self.regrets = regrets
        self.unit = unit

    def plot(self, ax=None, **kwargs):
        """
        Draw the curves.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.plot` for every curve.

        Returns
        -------
        self : RegretDisplay
            The display, with `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        [self.ax_] = make_axes(self, ax, 1, SIZE)
        self.figure_ = self.ax_.figure
        for title, mean in self.means().items():
            trials = np.arange(1, len(mean) + 1)
            self.ax_.plot(
                trials, mean, **{"marker": "o", "markersize": 4, "label": title, **kwargs}
            )
        self.ax_.set_xlabel("models tried")
        self.ax_.set_ylabel(f"regret ({self.unit})")
        self.ax_.set_ylim(bottom=0.0)
        self.ax_.xaxis.get_major_locator().set_params(integer=True)
        self.ax_.grid(color="0.9", linewidth=0.8)
        self.ax_.spines[["top", "right"]].set_visible(False)
        self.ax_.legend(frameon=False, fontsize="small")
        return self

    def means(self):
        """
        Return the curves that are drawn.

        Returns
        -------
        means : dict of {str: ndarray of shape (n_trials,)}
            Means over tasks.
        """
        return {title: np.atleast_2d(each).mean(axis=0) for title, each in self.regrets.items()}

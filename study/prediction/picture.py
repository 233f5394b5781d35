"""Picture: regret against the number of models tried, one panel per truth."""

import matplotlib as mpl
from matplotlib.figure import Figure

from skperturb.plotting import RegretDisplay

_STYLE = {"font.size": 9}


def draw_regrets(curves, path):
    """Draw the curves of each truth beside each other."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(3.4 * len(curves), 3.2), layout="constrained")
        axes = figure.subplots(1, len(curves), squeeze=False)[0]
        for ax, (title, regrets) in zip(axes, curves.items(), strict=True):
            RegretDisplay(regrets, unit="points").plot(ax=ax)
            ax.set_title(title)
            ax.set_yscale("symlog", linthresh=1.0)
            if ax is not axes[-1]:
                ax.get_legend().remove()
        figure.savefig(path, dpi=110)

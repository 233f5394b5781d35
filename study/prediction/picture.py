"""Picture: regret against the number of models tried, one panel per truth."""

import matplotlib as mpl
from matplotlib.figure import Figure

from skperturb.plotting import RegretDisplay

_STYLE = {"font.size": 9}
_TICKS = [0, 1, 3, 10, 30]


def draw_regrets(curves, path):
    """Draw the curves of each truth beside each other."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(3.4 * len(curves), 3.4), layout="constrained")
        axes = figure.subplots(1, len(curves), squeeze=False)[0]
        for ax, (title, regrets) in zip(axes, curves.items(), strict=True):
            RegretDisplay(regrets, unit="points").plot(ax=ax, alpha=0.8)
            ax.get_legend().remove()
            ax.set_title(title)
            ax.set_yscale("symlog", linthresh=1.0)
            ax.set_yticks(_TICKS, map(str, _TICKS))
            ax.set_ylim(0, 30)
        figure.legend(
            *axes[0].get_legend_handles_labels(),
            loc="outside lower center",
            ncols=5,
            frameon=False,
            fontsize="small",
        )
        figure.savefig(path, dpi=110)

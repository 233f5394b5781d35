"""The plot of the docs: how many times the floor ours take, and peers in the same row."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter

_PEERS = {  # by name: who it is from, and which of ours does that work
    "peer: PCA(64)": ("scikit-learn", "CappedPCA"),
    "peer: LogME in a loop": ("textbook loop", "LogME"),
    "peer: transformer-ranker HScore": ("transformer-ranker", "HScore"),
    "peer: transformer-ranker LogME": ("transformer-ranker", "LogME"),
    "peer: transformer-ranker NearestNeighbors": ("transformer-ranker", "KNNScore"),
}
_MARKERS = {  # colour and shape: peers hollow, ours full
    "skperturb": {"color": "C0", "marker": "o"},
    "scikit-learn": {"edgecolors": "C1", "facecolors": "none", "marker": "s"},
    "textbook loop": {"edgecolors": "C3", "facecolors": "none", "marker": "^"},
    "transformer-ranker": {"edgecolors": "C2", "facecolors": "none", "marker": "D"},
}


def draw_ratios(results_of_shapes, path, *, dtype="float64"):
    """Draw one panel per shape, a row for each of ours, the floor as a line; save to `path`."""
    n_shapes = len(results_of_shapes)
    ratios = {
        shape: {
            _PEERS.get(name, ("skperturb", name)): measured.ratio
            for (name, kind), measured in results.items()
            if kind == dtype and (name in _PEERS or not name.startswith(("peer", "X.T")))
        }
        for shape, results in results_of_shapes.items()
    }
    rows = _rows(ratios.values())
    layout = {"sharex": True, "sharey": True, "squeeze": False, "layout": "constrained"}
    figure, panels = plt.subplots(1, n_shapes, figsize=(3.2 * n_shapes, 7), **layout)
    for panel, (shape, of_shape) in zip(panels[0], ratios.items(), strict=True):
        for source, style in _MARKERS.items():
            points = [
                (ratio, rows[work])
                for (who, work), ratio in of_shape.items()
                if who == source and work in rows
            ]
            label = source if points else None
            panel.scatter(*np.reshape(points, (-1, 2)).T, label=label, zorder=3, **style)
        panel.axvline(1.0, color="0.5", linewidth=1)
        panel.set(xscale="log", title=str(shape).replace(", C", "\nC"))
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.grid(color="0.9")
    panels[0][0].set_yticks(list(rows.values()), list(rows))
    figure.supxlabel("times X.T @ X of the same data")
    handles = {
        label: handle
        for panel in panels[0]
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=4, frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _rows(ratios_of_shapes):
    """Height of each of ours, the slowest at the bottom, from `{(who, work): ratio}`."""
    found = {}
    for ratios in ratios_of_shapes:
        for (who, work), ratio in ratios.items():
            if who == "skperturb":
                found.setdefault(work, []).append(np.log(ratio))
    order = sorted(found, key=lambda work: np.mean(found[work]))
    return {work: -i for i, work in enumerate(order)}

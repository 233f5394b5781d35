"""The plot of the docs: how many times the floor every contestant takes."""

import matplotlib.pyplot as plt


def draw_ratios(results_of_shapes, path, *, dtype="float64"):
    """Draw one panel per shape, ours and peers apart, the floor as a line; save to `path`."""
    n_shapes = len(results_of_shapes)
    figure, panels = plt.subplots(
        1, n_shapes, figsize=(3.2 * n_shapes, 7), sharey=True, squeeze=False, layout="constrained"
    )
    names = list(dict.fromkeys(name for each in results_of_shapes.values() for name, _ in each))
    places = {name: -i for i, name in enumerate(names)}
    for panel, (shape, results) in zip(panels[0], results_of_shapes.items(), strict=True):
        for peer, colour in ((False, "C0"), (True, "C1")):
            points = [
                (measured.ratio, places[name])
                for (name, kind), measured in results.items()
                if kind == dtype and name.startswith("peer") == peer
            ]
            panel.scatter(*zip(*points, strict=True), color=colour) if points else None
        panel.axvline(1.0, color="0.6", linewidth=1)
        panel.set(xscale="log", title=str(shape).replace(", C", "\nC"), xlabel="times X.T @ X")
        panel.grid(axis="y", color="0.9")
    panels[0][0].set_yticks(list(places.values()), list(places))
    figure.savefig(path, dpi=120)
    plt.close(figure)

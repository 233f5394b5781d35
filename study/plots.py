"""Plots: the pictures of the study."""

import matplotlib as mpl
import numpy as np

from skperturb import Attract, Spread
from study.figures import figures
from study.grid import BOTH, BOTH_STOPPED, CORE, PCA, RAW
from study.methods import ELSEWHERE
from study.tables import ablation_table, agreement_table

_MARKS = {
    RAW.name: ("raw features", "o", "white"),
    PCA.name: ("PCA alone", "o", "0.55"),
    BOTH.name: ("Spread 1, Attract 0.2", "D", "tab:blue"),
    BOTH_STOPPED.name: ("the same, sigma 0.6", "s", "tab:orange"),
    "released": ("the released code", "^", "tab:red"),
    ELSEWHERE: ("chosen on the other tasks", "*", "tab:green"),
}
_LINES = {"mean rank on the other tasks": "-", "number of features": ":"}


def draw_all(study, verdicts, folder):
    """Draw all pictures into a folder, and return their paths."""
    mpl.use("agg")
    pictures = {
        "conditions": conditions_figure(verdicts),
        "strengths": strengths_figure(study),
        "ablation": ablation_figure(verdicts),
        "agreement": agreement_figure(agreement_table(study)),
    }
    paths = []
    for name, figure in pictures.items():
        paths.append(folder / f"{name}.png")
        figure.savefig(paths[-1], dpi=100, bbox_inches="tight")
    return paths


def plot_truths(names):
    """Return the truths that a picture has room for: fine-tuned, without flagged, and probed."""
    wanted = ["fine-tuned*" if "fine-tuned*" in names else "fine-tuned", "probe"]
    return [each for each in wanted if each in names] or list(names)[:1]


def conditions_figure(verdicts):
    """Draw the mean tau of every metric under the main conditions, beside the baselines."""
    import matplotlib.pyplot as plt

    by_truth = {each.truth: each for each in verdicts}
    shown = [by_truth[name] for name in plot_truths(by_truth)]
    order = _metrics_by_tau(shown[-1])
    figure, axes = plt.subplots(
        1, len(shown), figsize=(10, 0.9 + 0.32 * len(order)), sharey=True, squeeze=False
    )
    for ax, verdict in zip(axes[0], shown, strict=True):
        for place, metric in enumerate(order):
            _draw_metric(ax, verdict, metric, place)
        for name, style in _LINES.items():
            if (name, "baseline") in verdict.figures:
                tau = verdict.figures[name, "baseline"].taus.mean()
                ax.axvline(tau, color="black", linestyle=style, linewidth=1, zorder=0, label=name)
        ax.set(title=_title(verdict), xlabel="weighted Kendall tau, mean over tasks")
        ax.set_yticks(range(len(order)), order)
        ax.grid(axis="y", color="0.92", zorder=0)
    handles, labels = axes[0, -1].get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.tight_layout()
    figure.legend(
        unique.values(),
        unique.keys(),
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=4,
        frameon=False,
    )
    return figure


def strengths_figure(study):
    """Draw the mean tau of the core metrics against the strength of each perturbation."""
    import matplotlib.pyplot as plt

    truths = plot_truths(study.accuracies)
    paths = {
        "force of Spread": lambda x: Spread(x),
        "force of Spread, in radii": lambda x: Spread(x, unit="radius"),
        "alpha of Attract": lambda x: Attract(x, sigma=0.0),
        "alpha of Attract, sigma 0.6": lambda x: Attract(x, sigma=0.6),
    }
    figure, axes = plt.subplots(
        len(truths), len(paths), figsize=(12, 0.8 + 2.6 * len(truths)), sharey="row", squeeze=False
    )
    for row, truth in zip(axes, truths, strict=True):
        for ax, (label, step) in zip(row, paths.items(), strict=True):
            for metric in CORE:
                _draw_path(ax, study, truth, metric, step)
            ax.set_xlabel(label)
            ax.grid(color="0.92")
        row[0].set_ylabel(f"{truth.rstrip('*')}\nweighted Kendall tau")
    figure.tight_layout()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=5, frameon=False
    )
    return figure


def ablation_figure(verdicts):
    """Draw the steps from the public LogME to the perturbed one, with their intervals."""
    import matplotlib.pyplot as plt

    table = ablation_table(verdicts)
    truths = plot_truths(list(table["truth"].unique()))
    figure, ax = plt.subplots(figsize=(8, 3.6))
    steps = list(dict.fromkeys(table["step"]))
    for shift, truth in zip(np.linspace(-0.15, 0.15, len(truths)), truths, strict=True):
        rows = table[table["truth"] == truth]
        places = np.arange(len(rows)) + shift
        spans = [rows["gain"] - rows["low"], rows["high"] - rows["gain"]]
        ax.errorbar(
            rows["gain"],
            places,
            xerr=np.maximum(spans, 0),
            fmt="o",
            capsize=3,
            label=truth.replace("*", ", without flagged encoders"),
        )
    ax.axvline(0, color="black", linewidth=1)
    ax.set_yticks(range(len(steps)), steps)
    ax.invert_yaxis()
    ax.set_xlabel("gain in weighted Kendall tau, mean over tasks")
    ax.legend(frameon=False, fontsize="small")
    ax.grid(axis="x", color="0.92")
    return figure


def agreement_figure(table):
    """Draw how far the orders by each two metrics agree."""
    import matplotlib.pyplot as plt

    size = 1.5 + 0.42 * len(table)
    figure, ax = plt.subplots(figsize=(size, size))
    ax.imshow(table, cmap="RdBu", vmin=-1, vmax=1)
    for row, column in np.ndindex(*table.shape):
        value = table.iloc[row, column]
        colour = "white" if abs(value) > 0.65 else "black"
        words = f"{value:.2f}".replace("0.", ".")
        ax.text(column, row, words, ha="center", va="center", color=colour, fontsize=7)
    ax.set_xticks(range(len(table)), table.columns, rotation=60, ha="right")
    ax.set_yticks(range(len(table)), table.index)
    return figure


def _metrics_by_tau(verdict):
    taus = {
        metric: verdict.figures[metric, PCA.name].taus.mean()
        for metric, setting in verdict.figures
        if setting == PCA.name and (metric, RAW.name) in verdict.figures and "+" not in metric
    }
    return sorted(taus, key=taus.get)


def _draw_metric(ax, verdict, metric, place):
    for setting, (label, marker, colour) in _MARKS.items():
        if (metric, setting) in verdict.figures:
            ax.plot(
                verdict.figures[metric, setting].taus.mean(),
                place,
                marker,
                label=label,
                markerfacecolor=colour,
                markeredgecolor="black",
                markeredgewidth=0.6,
                markersize=10 if marker == "*" else 6,
                linestyle="none",
                clip_on=False,
            )


def _draw_path(ax, study, truth, metric, step):
    """Draw one metric along the settings that are this step alone, from no strength at all."""
    like = step(1.0)
    points = []
    for (name, setting), scores in study.scores.items():
        own = study.settings[setting]
        strength = _strength(own, like)
        if name == metric and strength is not None:
            points.append((strength, figures(study.accuracies[truth], scores).taus.mean()))
    if points:
        ax.plot(*zip(*sorted(points), strict=True), marker=".", label=metric)


def _strength(setting, like):
    """Return the strength of a setting that is one step of that kind or none, otherwise None."""
    if setting.n_components != PCA.n_components or len(setting.steps) > 1:
        return None
    if not setting.steps:
        return 0.0
    (step,) = setting.steps
    if type(step) is not type(like) or setting.family not in ("spread", "attract"):
        return None
    main = "force" if isinstance(like, Spread) else "alpha"
    own, other = step.get_params(), like.get_params()
    value = own.pop(main)
    other.pop(main)
    return value if own == other else None


def _title(verdict):
    flag = " (flagged encoders left out)" if verdict.truth.endswith("*") else ""
    return f"{verdict.truth.rstrip('*')}{flag}, {len(verdict.tasks)} tasks"

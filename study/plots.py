"""Plots: the pictures of the study."""

import matplotlib as mpl

from skperturb import Attract, Spread
from study.contenders import ELSEWHERE
from study.grid import N_COMPONENTS

_LOCAL = ("KNNScore", "NearestCentroid", "LDAScore")
_LINEAR = ("LogME", "HScore")
_PATHS = {
    "force of Spread": lambda x: Spread(x),
    "force of Spread, in radii": lambda x: Spread(x, unit="radius"),
    "alpha of Attract": lambda x: Attract(x, sigma=0.0),
    "alpha of Attract, sigma 0.6": lambda x: Attract(x, sigma=0.6),
}
# What the picture of contenders shows, best known first.
_CONTENDERS = {
    ("mean rank elsewhere", "no features"): "mean rank elsewhere",
    ("all five", "raw"): "consensus of five",
    ("LogME", "PCA"): "LogME, 64 components (default)",
    ("LogME", "raw"): "LogME as it is",
    ("LogME", "spread 1, attract 0.2"): "default behind Spread 1, Attract .2",
    ("LogME", "spread 0.25 R, attract 0.2"): "default behind Spread .25 R, Attract .2",
    ("HScore", "raw"): "HScore",
    ("RidgeProbe", "raw"): "RidgeProbe",
    ("KNNScore", "PCA"): "k-NN, 64 components",
    ("KNNScore", "attract 0.5"): "the same behind Attract .5",
    ("LDAScore", "PCA"): "LDA, 64 components",
    ("any metric, unperturbed", ELSEWHERE): "any metric, chosen elsewhere",
    ("any metric, any perturbation", ELSEWHERE): "any perturbation, chosen elsewhere",
    ("width", "no features"): "number of features",
}


def draw_all(found, studies, folder):
    """Draw all pictures into a folder, and return their paths."""
    mpl.use("agg")
    pictures = {
        "hypotheses": hypotheses_figure(found["hypotheses"]),
        "strengths": strengths_figure(found["taus"], studies),
        "contenders": contenders_figure(found),
        "conditions": conditions_figure(found),
        "rows": rows_figure(found),
    }
    paths = []
    for name, figure in pictures.items():
        paths.append(folder / f"study_{name}.png")
        figure.savefig(paths[-1], dpi=100, bbox_inches="tight")
    return paths


def hypotheses_figure(table):
    """Draw the gains of the plan with both intervals, one panel per truth."""
    truths = [each for each in table["truth"].unique() if "with" not in each]
    figure, axes = _panels(len(truths), height=3.2)
    for ax, truth in zip(axes, truths, strict=True):
        rows = table[table["truth"] == truth].reset_index(drop=True)
        ax.axvline(0, color="black", linewidth=1)
        for place, row in rows.iterrows():
            colour = "tab:blue" if row["is"] == "gain" else "0.45"
            ax.plot([row["t low"], row["t high"]], [place] * 2, color=colour, linewidth=1)
            ax.plot([row["low"], row["high"]], [place] * 2, color=colour, linewidth=4, alpha=0.5)
            ax.plot(row["gain"], place, "o", color=colour)
        ax.set(title=truth, xlabel="gain in tau", xlim=(-0.45, 0.45))
        ax.set_yticks(range(len(rows)), rows[""] + "  " + rows["gain of"])
        ax.grid(axis="x", color="0.92")
    axes[0].invert_yaxis()
    return figure


def strengths_figure(taus, studies):
    """Draw tau of local and linear metrics against the strength of each perturbation."""
    settings = {name: each for study in studies for name, each in study.settings.items()}
    truths = _truths(taus)
    figure, axes = _grid(len(truths), len(_PATHS))
    for row, (pool, truth) in zip(axes, truths, strict=True):
        own = taus[(taus["pool"] == pool) & (taus["truth"] == truth)]
        for ax, (label, step) in zip(row, _PATHS.items(), strict=True):
            for metric in (*_LOCAL, *_LINEAR):
                points = path_points(own[own["metric"] == metric], settings, step)
                style = "-" if metric in _LOCAL else ":"
                ax.plot(*zip(*points, strict=True), style, marker=".", label=metric)
            ax.set_xlabel(label)
            ax.grid(color="0.92")
        row[0].set_ylabel(f"{truth}, {pool}\nweighted Kendall tau")
    _legend(figure, axes[0][0], ncols=5)
    return figure


def path_points(taus, settings, step):
    """Return strength and mean tau over families along the settings that are such a step alone."""
    points = []
    for setting, own in taus.groupby("features"):
        strength = strength_of(settings[setting], step(1.0))
        if strength is not None:
            points.append((strength, own.groupby("family")["tau"].mean().mean()))
    return sorted(points)


def strength_of(setting, like):
    """Return the strength of a setting that is one step of that kind or none, otherwise None."""
    if setting.n_components != N_COMPONENTS or len(setting.steps) > 1:
        return None
    if not setting.steps:
        return 0.0
    (step,) = setting.steps
    if type(step) is not type(like):
        return None
    main = "force" if isinstance(like, Spread) else "alpha"
    own, other = step.get_params(), like.get_params()
    value = own.pop(main)
    other.pop(main)
    return value if own == other and value > 0 else None


def contenders_figure(found):
    """Draw the taus of the main contenders with intervals, one panel per truth."""
    tables = _by_truth(found, "contenders ")
    figure, axes = _panels(len(tables), height=0.8 + 0.3 * len(_CONTENDERS))
    for ax, (truth, table) in zip(axes, tables.items(), strict=True):
        rows = table.set_index(["ranked by", "features"])
        for place, name in enumerate(_CONTENDERS):
            if name in rows.index:
                row = rows.loc[name]
                colour = "tab:orange" if name[1] == "no features" else "tab:blue"
                ax.plot([row["tau low"], row["tau high"]], [place] * 2, color=colour, alpha=0.5)
                ax.plot(row["tau"], place, "o", color=colour)
        ceiling = rows.loc[("ceiling", "no features"), "tau"]
        ax.axvline(ceiling, color="black", linestyle="--", linewidth=1)
        ax.text(ceiling, -0.7, "ceiling", ha="center", va="bottom", fontsize="small")
        ax.set_title(truth, pad=16)
        ax.set(xlabel="weighted Kendall tau", xlim=(-0.2, 1.02))
        ax.set_yticks(range(len(_CONTENDERS)), _CONTENDERS.values())
        ax.grid(axis="x", color="0.92")
    axes[0].invert_yaxis()
    return figure


def conditions_figure(found):
    """Draw the mean tau of every metric, raw, projected and perturbed, one panel per truth."""
    tables = _by_truth(found, "conditions ")
    shown = {"raw": ("o", "white"), "PCA": ("o", "0.5"), "both": ("D", "tab:blue")}
    shown |= {"Attract .5": ("s", "tab:orange"), ELSEWHERE: ("*", "tab:green")}
    order = list(next(iter(tables.values())).index)[::-1]
    figure, axes = _panels(len(tables), height=0.8 + 0.3 * len(order))
    for ax, (truth, table) in zip(axes, tables.items(), strict=True):
        for title, (marker, colour) in shown.items():
            if title in table:
                own = table[title].reindex(order)
                style = {"markerfacecolor": colour, "markeredgecolor": "black", "linestyle": "none"}
                ax.plot(own, range(len(order)), marker, label=title, markeredgewidth=0.6, **style)
        ax.set(title=truth, xlabel="weighted Kendall tau")
        ax.set_yticks(range(len(order)), order)
        ax.grid(axis="y", color="0.92")
    _legend(figure, axes[0], ncols=len(shown))
    return figure


def rows_figure(found):
    """Draw tau against the number of labelled rows, one panel per truth."""
    tables = _by_truth(found, "rows ")
    figure, axes = _panels(len(tables), height=3.2)
    shown = ["consensus of five", "LogME, 64 components", "KNNScore", "LDAScore, 64 components"]
    for ax, (truth, table) in zip(axes, tables.items(), strict=True):
        for name in shown:
            own = table[table["ranked by"] == name]
            rows = own["rows"].replace("all", 700).astype(int)
            ax.plot(rows, own["tau"], marker=".", label=name)
            ax.fill_between(rows, own["lowest draw"], own["highest draw"], alpha=0.15)
        ax.set(title=truth, xlabel="labelled rows")
        ax.grid(color="0.92")
    axes[0].set_ylabel("weighted Kendall tau")
    _legend(figure, axes[0], ncols=2)
    return figure


def _truths(taus):
    pairs = taus[["pool", "truth"]].drop_duplicates().itertuples(index=False)
    return [tuple(each) for each in pairs if "flagged" not in each.truth]


def _by_truth(found, prefix):
    return {
        name.removeprefix(prefix): each for name, each in found.items() if name.startswith(prefix)
    }


def _panels(n, height):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, n, figsize=(2.6 + 3.2 * n, height), sharey=True, squeeze=False, layout="constrained"
    )
    return figure, axes[0]


def _grid(n_rows, n_columns):
    import matplotlib.pyplot as plt

    size = (3.0 * n_columns, 0.4 + 2.4 * n_rows)
    return plt.subplots(
        n_rows, n_columns, figsize=size, sharey="row", squeeze=False, layout="constrained"
    )


def _legend(figure, ax, ncols):
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=ncols, frameon=False)

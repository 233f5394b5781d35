"""
What Spread and Attract do to real features
===========================================

A pre-trained MobileNet v2 has turned 300 photos of waste into features. How do they look before
and after the two perturbations?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline

from skperturb import Attract, CappedPCA, Spread
from skperturb.datasets import load_zoo

task = load_zoo().tasks[0]
X, y = task.feature_sets["mobilenet_v2_tv"], task.labels

# %%
# The features have 1280 dimensions. Linear discriminant analysis finds the plane in which the
# classes lie furthest apart; the perturbations are then applied in that plane, where one can see
# all of them. (Before a metric they are applied to the principal components instead.)
plane = make_pipeline(CappedPCA(32), LinearDiscriminantAnalysis(n_components=2))
original = plane.fit_transform(X, y)

# %%
# Spread moves every sample away from the mean of its class, here by half a class radius. Attract
# then moves the classes as blocks toward one another.
spread = Spread(0.5, unit="radius").fit_transform(original, y)
both = Attract(0.4).fit_transform(spread, y)

# %%
# Crosses are the class means, a line leads back to where the mean was at first. Cardboard, which
# stood apart, comes closer to every other class, and the others to it and to one another.
panels = {"original": original, "after Spread": spread, "after Spread and Attract": both}
figure, axes = plt.subplots(1, 3, figsize=(11, 4.3), sharex=True, sharey=True, layout="constrained")
for ax, (title, points) in zip(axes, panels.items(), strict=True):
    for code, name in enumerate(task.class_names):
        colour = f"C{code}"
        ax.scatter(*points[y == code].T, s=14, color=colour, alpha=0.7, linewidths=0, label=name)
        path = np.array([each[y == code].mean(axis=0) for each in (original, points)])
        ax.plot(*path.T, color="black", linewidth=2, zorder=3)
        ax.scatter(*path[1], s=110, marker="X", color=colour, edgecolors="black", zorder=4)
    ax.set(title=title, aspect="equal", xlabel="first discriminant")
axes[0].set_ylabel("second discriminant")
figure.legend(
    *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, markerscale=2
)
plt.show()

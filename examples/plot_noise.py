"""
What do metrics say of pure noise?
==================================

Nothing can be learned from random features. A metric should say so, however many of them there are.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from skperturb import CappedPCA, ModelSelector
from skperturb.metrics import HScore, KNNScore, LDAScore, NearestCentroidScore

# %%
# 300 rows in 6 classes, and ever more features; the mean of 4 draws. All scores are put on one
# scale: 0 is what a guess earns, 1 the best there is.
rng, y = np.random.default_rng(0), np.repeat(np.arange(6), 50)
widths = [8, 16, 32, 64, 128, 256, 512, 1024]
metrics = {
    "HScore(shrinkage=0)": HScore(shrinkage=0.0),
    "LDAScore": LDAScore(),
    "NearestCentroidScore": NearestCentroidScore(),
    "LDAScore, 64 components": make_pipeline(CappedPCA(64), LDAScore()),
    "HScore": HScore(),
    "KNNScore": KNNScore(),
}
chance = np.array([0, 1 / 6, 1 / 6, 1 / 6, 0, 1 / 6])
best = np.array([5, 1, 1, 1, 5, 1])
curves = []
for width in widths:
    draws = [rng.standard_normal((300, width)) for _ in range(4)]
    scores = ModelSelector(metrics, diagnostics=None).fit(draws, y).scores_.mean(axis=0)
    curves.append((scores - chance) / (best - chance))

# %%
# With as many features as rows noise tells classes apart nearly as well as knowledge would, and
# metrics that judge the rows they have seen are taken in. In a pool of 64 to 1792 features per
# model they prefer the wide ones. A metric that looks at other rows (KNNScore: the neighbours) or
# shrinks the covariance by as much as the data ask (HScore) stays near 0. Principal components do
# not make a score honest, but every model is then flattered alike.
heights = [1.07, 1.0, 0.93, curves[-1][3], 0.04, -0.04]  # of the labels
figure, ax = plt.subplots(figsize=(8.5, 4.8), layout="constrained")
for i, (name, curve) in enumerate(zip(metrics, np.transpose(curves), strict=True)):
    colour = ["tab:red"] * 3 + ["tab:orange"] + ["tab:blue"] * 2
    ax.plot(widths, curve, "o-", color=colour[i], linewidth=2, markersize=4, alpha=0.85)
    ax.text(1150, heights[i], name, va="center", color=colour[i])
ax.axvline(300, color="0.6", linestyle="--")
ax.text(285, 1.07, "as many features as rows", ha="right", va="center", color="0.4")
ax.set(xscale="log", xlabel="features of pure noise", ylabel="score (0 is a guess, 1 the best)")
ax.set_xticks(widths, map(str, widths))
ax.minorticks_off()
ax.spines[["top", "right"]].set_visible(False)
plt.show()

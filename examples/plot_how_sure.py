"""
Is the first really better than the second?
===========================================

A ranking of 24 models from 300 images always has a first. Would other images of the same kind have
put it first too? Resamples answer, and often the honest answer is a group.
"""

import matplotlib.pyplot as plt
import numpy as np

from skperturb import ModelSelector
from skperturb.datasets import load_zoo
from skperturb.metrics import LogME
from skperturb.plotting import RankingDisplay

# %%
# Each of 60 resamples leaves out a quarter of the images of each class, the same for all models,
# and has none twice: a repeated image would be its own nearest neighbour.
task = load_zoo().tasks[0]
selector = ModelSelector(LogME(), n_resamples=60).fit(task.feature_sets, task.labels)
print(selector.summary())

# %%
# On the left the scores with their 95 % intervals, on the right the ranks. The first three could
# stand in any order, in the middle a model could be a few ranks up or down, and the bottom stands.
# Scores overlap more than ranks do, because all models see the same resamples: what is hard for
# one is mostly hard for all.
ranks = np.stack([selector.results_[name] for name in ("rank_low", "rank_high")])
order = [selector.names_.index(name) for name in selector.ranking_]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 7), sharey=True, layout="constrained")
RankingDisplay.from_selector(selector, score_name="LogME, 95 % interval", ax=left)
right.hlines(range(len(order)), *ranks[:, order], color="tab:blue", alpha=0.35, linewidth=6)
right.plot(selector.ranks_[order], range(len(order)), "o", color="tab:blue")
right.set(xlabel="rank, 95 % interval", xticks=[1, 6, 12, 18, 24])
right.grid(color="0.9")
right.tick_params(axis="y", length=0)

# %%
# Any two models that you had in mind before can be compared; for the first of many, whose luck has
# to be allowed for, the sentence above is the one to go by. What this does *not* say: whether LogME
# is right. It says how LogME would have ranked other images, and that is the smaller doubt.
first, second, third = selector.ranking_[:3]
for a, b in [(first, second), (first, third), (second, third)]:
    print(f"P({a} scores above {b}) = {selector.probability_better(a, b):.2f}")
plt.show()

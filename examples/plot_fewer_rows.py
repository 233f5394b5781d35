"""
How many rows does a ranking need?
==================================

Labels cost money and rows cost time. How early do 24 models stand in the order that all 300 rows
would give them?
"""

import matplotlib.pyplot as plt
import numpy as np

from skperturb import CappedPCA, ModelSelector
from skperturb.datasets import load_zoo
from skperturb.evaluation import kendall_tau
from skperturb.metrics import LogME
from skperturb.plotting import PerturbationDisplay

# %%
# `max_samples` draws rows, each class by its share and the same for all models; five draws of every
# size. The 64 components are those of all rows, for which no labels are needed. Without
# diagnostics, which score every pool with shuffled labels as well.
task = load_zoo().tasks[0]
pool = {model: CappedPCA().fit_transform(X) for model, X in task.feature_sets.items()}
sizes, draws = [30, 60, 90, 120, 180, 240, 300], range(5)
scores = np.empty((len(sizes), len(draws), len(pool)))
for i, size in enumerate(sizes):
    for seed in draws:
        selector = ModelSelector(LogME(), max_samples=size, diagnostics=None, random_state=seed)
        scores[i, seed] = selector.fit(pool, task.labels).scores_

# %%
# How much each order agrees with that of all rows, from the worst draw to the best, and how often
# the final winner was among the first three:
whole = scores[-1, 0]
for size, each in zip(sizes[:-1], scores, strict=False):
    taus = [kendall_tau(whole, draw) for draw in each]
    found = sum(whole.argmax() in draw.argsort()[-3:] for draw in each)
    print(f"{size:3d} rows: Kendall tau {min(taus):.2f} to {max(taus):.2f}, winner in {found} of 5")

# %%
# The first of the five draws as a picture. With 5 rows per class the order is mostly luck. With 30
# the top and the bottom stand, and the middle still moves: there the models hardly differ. No rows
# settle what is a tie, and the order that they settle is that of LogME, not the truth.
display = PerturbationDisplay(
    param_range=sizes, scores=scores[:, 0], names=list(pool), param_name="rows"
)
display.plot()
plt.show()

"""
From a ranking to a classifier
==============================

A selector is a transformer: as the first step of a pipeline it hands the features of the best model
to any classifier. Is that classifier better than the ones that the other models would have given?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skperturb import ModelSelector
from skperturb.datasets import load_zoo

# %%
# Half of the 300 images choose the model and train the classifier, the other half is held out.
task = load_zoo().tasks[0]
rows = np.arange(len(task.labels))
train, test = train_test_split(rows, test_size=0.5, stratify=task.labels, random_state=0)
known = {model: X[train] for model, X in task.feature_sets.items()}
new = {model: X[test] for model, X in task.feature_sets.items()}
linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
classifier = make_pipeline(ModelSelector(), linear).fit(known, task.labels[train])
selector = classifier[0]
print(f"{selector.best_name_}: {classifier.score(new, task.labels[test]):.2f} on held-out images")

# %%
# For the comparison every model gets its own classifier, which is what the ranking saves.
held_out = []
for model in selector.ranking_:
    fitted = linear.fit(known[model], task.labels[train])
    held_out.append(fitted.score(new[model], task.labels[test]))

# %%
# The lines are standard errors: with 150 held-out images that is 4 points. The first of the ranking
# is among the best, and accuracies fall along it, not from one to the next but from the top to the
# bottom. That is what to expect of a ranking: a short list to try, not an order to trust.
figure, ax = plt.subplots(figsize=(7, 6.2), layout="constrained")
places = np.arange(len(held_out))
error = np.sqrt(np.multiply(held_out, np.subtract(1, held_out)) / len(test))
ax.hlines(places, held_out - error, held_out + error, color="0.8", linewidth=3)
ax.scatter(held_out, places, color=["tab:blue"] + ["0.5"] * (len(places) - 1), zorder=3)
ax.axvline(max(held_out), color="0.4", linestyle=":", linewidth=1)
ax.text(max(held_out), 23.4, " best of all", color="0.4", va="center")
ax.set(xlabel="accuracy on held-out images", ylim=(len(places) - 0.2, -0.6))
ax.set_yticks(places, [f"{name}   {place + 1:2d}" for place, name in enumerate(selector.ranking_)])
ax.get_yticklabels()[0].set(color="tab:blue", fontweight="bold")
ax.tick_params(axis="y", length=0)
ax.grid(axis="x", color="0.93")
ax.spines[["top", "right", "left"]].set_visible(False)
plt.show()

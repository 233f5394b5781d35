"""
Rows that belong together
=========================

Sentences of one speech, photos of one patient: a model that knows the document looks as if it knew
the class. What happens where folds split such groups?
"""

# %%
# Sentences of presidents; those of one address are a group. The truth was measured on *other*
# addresses.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skperturb import ModelSelector
from skperturb.datasets import load_zoo
from skperturb.evaluation import weighted_kendall_tau

task = load_zoo("text").tasks[0]
print(f"{len(task.labels)} sentences of {len(set(task.groups))} addresses")

# %%
# A cross-validated probe ranks the encoders, with `groups` and without.
probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
scores = {}
for title, groups in {"split": None, "kept together": task.groups}.items():
    selector = ModelSelector(probe, diagnostics=None).fit(
        task.feature_sets, task.labels, groups=groups
    )
    scores[title] = selector.scores_
    tau = weighted_kendall_tau(list(task.linear_probe.values()), selector.scores_)
    print(f"groups {title}: mean {np.mean(selector.scores_):.3f}, tau {tau:.2f}")

# %%
# Folds that split the addresses promise every encoder more than it keeps, and some encoders more
# than others: those move along the axis. A ranking for new documents needs folds by document.
names = selector.names_
order = np.argsort(scores["kept together"])
figure, ax = plt.subplots(figsize=(7, 6), layout="constrained")
for marker, (title, values) in zip("ox", scores.items(), strict=True):
    ax.plot(values[order], range(len(order)), marker, label=f"groups {title}")
ax.hlines(range(len(order)), *(values[order] for values in scores.values()), color="0.8", zorder=0)
ax.set_yticks(range(len(order)), [names[i] for i in order])
ax.set_xlabel("cross-validated accuracy")
ax.legend()
plt.show()

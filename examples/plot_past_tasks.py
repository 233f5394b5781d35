"""
Which accuracy will each model reach, and which do I fine-tune next?
====================================================================

A metric knows nothing of how a model did elsewhere, and the past knows nothing of the data at hand.
:class:`~skperturb.AccuracyPredictor` weighs both by what past tasks say each is worth.
"""

import matplotlib.pyplot as plt
import numpy as np

from skperturb import AccuracyPredictor
from skperturb.datasets import load_zoo_history
from skperturb.evaluation import static_ranking, weighted_kendall_tau
from skperturb.plotting import PredictionDisplay, RegretDisplay

# %%
# The bundled history has scores of 24 encoders on four tasks, and their accuracies after
# fine-tuning. Three of the tasks are the past; the fourth, six kinds of waste, is new.
zoo = load_zoo_history()
names = [task.name for task in zoo.tasks]
new = names.index("trash")
past = [place for place in range(len(names)) if place != new]
predictor = AccuracyPredictor().fit(
    [zoo.tasks[place] for place in past], [zoo.accuracies[place] for place in past]
)
print({name: round(share, 2) for name, share in predictor.variance_shares_.items()})

# %%
# Before anything is measured, the intervals are wide: three tasks hardly tell how hard a fourth is.
# Two models that were fine-tuned, the diamonds, tell the level, and all intervals shrink. The bars
# say why a model stands where it does: what its past adds, what the metrics on this task, and what
# the two measurements.
truth = zoo.accuracies[new]
known = {name: truth[name] for name in ("mobilenet_v1_050", "mobilenet_v2_tv")}
display = PredictionDisplay.from_predictor(predictor, zoo.tasks[new], known=known)
open_ = [name for name in truth if name not in known]
rows = [display.rows().index(name) for name in open_]
display.ax_.plot([truth[name] for name in open_], rows, "x", color="k", label="the truth")
display.ax_.legend(
    loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=8, columnspacing=1
)

# %%
# Each task once as the new one: how much accuracy is lost by stopping after so many models? Each
# suggestion is fitted to what the ones before it reached. With four tasks this is an
# illustration; the user guide has the study.
table = np.array([[row.get(m, np.nan) for m in zoo.tasks[0].scores] for row in zoo.accuracies])
n_trials, regrets = 6, {"suggested": [], "mean rank on the other tasks": [], "random order": []}
for place, (task, measured) in enumerate(zip(zoo.tasks, zoo.accuracies, strict=True)):
    rest = [other for other in range(len(names)) if other != place]
    predictor = AccuracyPredictor().fit(
        [zoo.tasks[other] for other in rest], [zoo.accuracies[other] for other in rest]
    )
    pool, known = {model: task.scores[model] for model in measured}, {}
    for _ in range(n_trials):
        [model] = predictor.suggest(pool, known=known)
        known[model] = measured[model]
    best = max(measured.values())
    regrets["suggested"].append(best - np.maximum.accumulate(list(known.values())))
    there = ~np.isnan(table[place])
    static, reached = static_ranking(table)[place][there], table[place][there]
    order = np.argsort(-static)[:n_trials]
    regrets["mean rank on the other tasks"].append(best - np.maximum.accumulate(reached[order]))
    drawn = [np.random.default_rng(i).permutation(reached)[:n_trials] for i in range(500)]
    regrets["random order"].append(best - np.maximum.accumulate(drawn, axis=1).mean(axis=0))
    tau = weighted_kendall_tau(list(measured.values()), predictor.predict(pool))
    print(
        f"{task.name}: tau {tau:.2f}, by the mean rank {weighted_kendall_tau(reached, static):.2f}"
    )
curves = {title: 100 * np.array(each) for title, each in regrets.items()}
RegretDisplay(curves, unit="points of accuracy").plot()
plt.show()

"""
===========================================
Which of 24 pre-trained models to fine-tune
===========================================

Rank a pool of real encoders for a new data set without training any of them, then
compare with the accuracies that they really reached.
"""

# %%
# The pool
# --------
# The bundled zoo holds what 24 pre-trained encoders compute of 300 photos of waste, and
# the test accuracy of each after fine-tuning. Three that it hardly trained are left out.

from skperturb.datasets import load_zoo

zoo = load_zoo()
task = zoo.tasks[0]
feature_sets = {name: X for name, X in task.feature_sets.items() if name not in zoo.flagged}
print(f"{len(feature_sets)} models, {len(task.labels)} images of {', '.join(task.class_names)}")

# %%
# The ranking
# -----------
# Several metrics can rank at once; the order is then that of the mean rank.

from skperturb import ModelSelector, make_perturbed
from skperturb.metrics import LogME, RidgeProbe

metrics = {"perturbed": make_perturbed(LogME()), "plain": LogME(), "probe": RidgeProbe()}
selector = ModelSelector(metrics).fit(feature_sets, task.labels)
for name in selector.ranking_[:5]:
    place = selector.names_.index(name)
    print(f"{selector.ranks_[place]:2d}  {name:20s}", selector.scores_[place].round(3))

# %%
# Was it worth it?
# ----------------
# A metric has helped if it orders the models better than their mean rank on other tasks,
# which needs no features. With one data set and accuracies good to 1 or 2 points, small
# differences of the weighted Kendall tau mean little.

from skperturb.evaluation import static_ranking, weighted_kendall_tau

tasks = zoo.accuracies.finetuned
table = [[accuracies[name] for name in selector.names_] for accuracies in tasks.values()]
row = list(tasks).index(task.name)
for metric, scores in zip(selector.metric_names_, selector.scores_.T, strict=True):
    print(f"{metric:10s} {weighted_kendall_tau(table[row], scores):.2f}")
print(f"mean rank  {weighted_kendall_tau(table[row], static_ranking(table)[row]):.2f}")

# %%
# The same as a picture:

from skperturb.plotting import RankingDisplay

_ = RankingDisplay.from_selector(
    selector, accuracies=task.finetuned, score_name="perturbed LogME", accuracy_name="fine-tuned"
)

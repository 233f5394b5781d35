"""What does successive halving save, and how often does it change the winner?

Takes the folder of a zoo, as `zoo_folder` reads it.

    python -m study.halving ZOO [--seeds 10]
"""

import argparse
import time
from pathlib import Path

import numpy as np

from skperturb import HalvingModelSelector, ModelSelector, make_perturbed
from skperturb.metrics import HScore, KNNScore, LDAScore, LogME
from study.zoo_folder import load_tasks

METRICS = {
    "LogME": LogME(),
    "perturbed LogME": make_perturbed(LogME()),
    "HScore": HScore(),
    "LDAScore": LDAScore(),
    "KNNScore": KNNScore(),
}


def time_fit(selector, pool, y):
    """Return a fitted selector and the processor seconds that took."""
    start = time.process_time()
    return selector.fit(pool, y), time.process_time() - start


def main():
    """Print, per metric and task, cost and winners of halving beside all rows for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    print(f"{'metric':<18}{'task':<12}{'rounds':<30}{'cost':>6}{'same winner':>13}{'place':>7}")
    tasks = load_tasks(args.folder, dtype=np.float64)
    for name, metric in METRICS.items():
        for task, (pool, y) in tasks.items():
            full, seconds = time_fit(ModelSelector(metric), pool, y)
            cost, places = [], []
            for seed in range(args.seeds):
                halving, took = time_fit(HalvingModelSelector(metric, random_state=seed), pool, y)
                cost.append(took / seconds)
                places.append(full.ranking_.index(halving.best_name_) + 1)
            rounds = " ".join(
                f"{models}x{rows}"
                for models, rows in zip(halving.n_candidates_, halving.n_resources_, strict=True)
            )
            print(
                f"{name:<18}{task:<12}{rounds:<30}{np.median(cost):>6.2f}"
                f"{np.mean(np.array(places) == 1):>13.2f}{np.mean(places):>7.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

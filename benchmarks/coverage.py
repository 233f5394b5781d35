"""Do the intervals of ModelSelector hold the truth as often as they say?

A pool with a known truth: samples of a Gaussian mixture seen by models of growing noise.
The truth of a score is its mean over many samples of the same size, that of a rank the
order of those means. Prints, per metric, how often the intervals held the truth; and then, of
pools of equal models, how often chance was called a difference.

    python -m benchmarks.coverage [--runs 100] [--n-resamples 60] [--n-jobs 1] [--smallest]
"""

import argparse

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.equal_models import print_claims
from skperturb import ModelSelector, make_perturbed
from skperturb.metrics import GBC, HScore, KNNScore, LDAScore, LogME, NearestCentroidScore

METRICS = {
    "LogME": LogME(),
    "perturbed LogME": make_perturbed(LogME(), n_components=16),
    "HScore": HScore(),
    "LDAScore": LDAScore(),
    "GBC": make_perturbed(GBC(), n_components=8, force=None, alpha=None),
    "NearestCentroidScore": NearestCentroidScore(),
    "KNNScore": KNNScore(),
    "LogisticRegression, 5 folds": LogisticRegression(max_iter=500),
}
# Noise and width of the models: close neighbours, and one far behind; the last has more
# features than there are rows.
MODELS = {"a": (1.0, 16), "b": (1.1, 32), "c": (1.2, 16), "d": (2.0, 64), "e": (1.1, 128)}
N_CLASSES, N_LATENT = 4, 8


def draw_pool(n_rows, seed):
    """Draw samples of the mixture and what each model sees of them."""
    rng = np.random.default_rng([1, seed])
    fixed = np.random.default_rng(0)
    centres = fixed.standard_normal((N_CLASSES, N_LATENT))
    y = np.arange(n_rows) % N_CLASSES
    latent = centres[y] + 0.5 * rng.standard_normal((n_rows, N_LATENT))
    views = {name: fixed.standard_normal((N_LATENT, width)) for name, (_, width) in MODELS.items()}
    pool = {
        name: latent @ views[name] + 3 * noise * rng.standard_normal((n_rows, width))
        for name, (noise, width) in MODELS.items()
    }
    return pool, y


def score_sample(metric, n_rows, seed, n_resamples):
    """Return scores and, where resamples are drawn, the intervals of one sample."""
    results = ModelSelector(metric, n_resamples=n_resamples).fit(*draw_pool(n_rows, seed)).results_
    names = ("score", "score_low", "score_high", "rank_low", "rank_high", "p_best")
    return {name: results[name] for name in names if name in results}


def measure_coverage(metric, n_rows, args):
    """Return how often score and rank intervals hold the truth, and the mean of `p_best`."""
    run = joblib.delayed(score_sample)
    parallel = joblib.Parallel(n_jobs=args.n_jobs)
    truths = parallel(run(metric, n_rows, 10**6 + i, 0) for i in range(2 * args.runs))
    truth = np.mean([each["score"] for each in truths], axis=0)
    rank = np.argsort(np.argsort(-truth)) + 1
    runs = parallel(run(metric, n_rows, i, args.n_resamples) for i in range(args.runs))
    score_held = [(r["score_low"] <= truth) & (truth <= r["score_high"]) for r in runs]
    rank_held = [(r["rank_low"] <= rank) & (rank <= r["rank_high"]) for r in runs]
    first = np.mean([np.argmax(each["score"]) == np.argmax(truth) for each in truths])
    p_best = np.mean([r["p_best"][np.argmax(truth)] for r in runs])
    return np.mean(score_held), np.mean(rank_held), first, p_best


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--n-resamples", type=int, default=60)
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--n-rows", type=int, nargs="+", default=[100])
    parser.add_argument("--smallest", action="store_true", help="whether it runs at all")
    parser.add_argument("--only", choices=["intervals", "equals"], help="one of the two tables")
    args = parser.parse_args()
    if args.smallest:
        args.runs, args.n_resamples, args.n_rows = 2, 20, [40]
    if args.only != "equals":
        print_coverage(args)
    if args.only != "intervals":
        print_claims(args)


def print_coverage(args):
    """Print how often the intervals held the truth, a row per metric and number of rows."""
    print(f"{args.runs} samples, {args.n_resamples} resamples each, nominal 0.95")
    print(f"{'metric':<30}{'rows':>6}{'score':>8}{'rank':>8}{'best first':>12}{'p_best':>8}")
    for name, metric in METRICS.items():
        for n_rows in args.n_rows:
            values = measure_coverage(metric, n_rows, args)
            cells = "".join(f"{v:>{w}.2f}" for v, w in zip(values, (8, 8, 12, 8), strict=True))
            print(f"{name:<30}{n_rows:>6}{cells}", flush=True)


if __name__ == "__main__":
    main()

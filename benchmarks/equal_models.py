"""Equal models: how often chance alone is called a difference, and a real one is found.

Pools of ten models that see the same samples of a Gaussian mixture through noise of their own:
what a difference between two of them says is chance. Where one is to be better, its scores are
raised by so many standard errors of the difference of two models, over the pools.
"""

import joblib
import numpy as np
from sklearn.base import clone

from skperturb.metrics import KNNScore, LDAScore, LogME, NearestCentroidScore
from skperturb.selection.resampling.comparison import find_surpassed
from skperturb.selection.resampling.jackknife import (
    compute_sort_keys,
    draw_scores,
    resample_scatter,
    share_above,
)
from skperturb.selection.resampling.stratified import SamplingFrame, draw_resample

METRICS = {
    "LogME": LogME(),
    "KNNScore": KNNScore(),
    "NearestCentroidScore": NearestCentroidScore(),
    "LDAScore": LDAScore(),
}
SIZES = {
    "15 classes of 3": [3] * 15,
    "long tail": [60, 30, 15, 8, 5, 4, 3, 3, 2, 2],
    "4 classes of 25": [25] * 4,
}
_HEADS = ("pair", "any", "2 of 2", "3 of 2", "2 of 10", "3 of 10")
_N_MODELS, _N_FEATURES, _LEVEL = 10, 8, 0.95
_LEADS = (2, 3)


def draw_equal_models(sizes, seed):
    """Draw samples of the mixture and what each of the equal models sees of them."""
    rng, y = np.random.default_rng([7, seed]), np.repeat(np.arange(len(sizes)), sizes)
    centres = np.random.default_rng(0).standard_normal((len(sizes), _N_FEATURES))
    latent = centres[y] + 0.5 * rng.standard_normal((len(y), _N_FEATURES))
    return [latent + rng.standard_normal(latent.shape) for _ in range(_N_MODELS)], y


def score_pool(metric, sizes, seed, n_resamples):
    """Return the scores of a pool, and those of its resamples, `(1 + n_resamples, n_models)`."""
    pool, y = draw_equal_models(sizes, seed)
    frame = SamplingFrame(y)
    drawn = [draw_resample(frame, seed, number) for number in range(1, n_resamples + 1)]
    rows = [np.arange(len(y)), *drawn]
    return np.array([[clone(metric).fit(X[r], y[r]).score_ for X in pool] for r in rows])


def measure_claims(metric, sizes, args):
    """Return shares of pairs and of pools where chance is a difference, and the power."""
    run = joblib.delayed(score_pool)
    tables = joblib.Parallel(n_jobs=args.n_jobs)(
        run(metric, sizes, seed, args.n_resamples) for seed in range(args.runs)
    )
    scatter = resample_scatter(SamplingFrame(np.repeat(np.arange(len(sizes)), sizes)))
    error = np.sqrt(2 * np.mean([np.var(table[0], ddof=1) for table in tables]))
    found = [_judge_pool(table[0], table[1:], scatter, error) for table in tables]
    return np.mean(found, axis=0)


def _judge_pool(scores, resample_scores, scatter, error):
    """Return what one pool says: sure pairs, any claim, and who is named if one is better."""
    scores = scores[:, None]
    draws = draw_scores(scores, resample_scores[:, :, None], scatter)
    keys = compute_sort_keys(draws)
    pairs = zip(*np.triu_indices(len(scores), 1), strict=True)
    chances = np.array([share_above(keys[:, a], keys[:, b]) for a, b in pairs])
    claim = _surpassed_by_best(scores, draws).any()
    of_two, of_all = [], []
    for lead in _LEADS:
        shift = np.zeros_like(scores)
        shift[0] = lead * error
        better, others = (scores + shift, draws + shift), range(1, len(scores), 2)
        named = [_is_named(*better, [0, other]) for other in others]
        of_two.append(np.mean(named))
        of_all.append(_is_named(*better, slice(None)))
    return (np.mean((chances <= 1 - _LEVEL) | (chances >= _LEVEL)), claim, *of_two, *of_all)


def _is_named(scores, draws, models):
    """Whether the first of these models is said to be ahead of all others."""
    surpassed = _surpassed_by_best(scores[models], draws[:, models])
    return not surpassed[0] and surpassed[1:].all()


def _surpassed_by_best(scores, draws):
    return find_surpassed(scores, draws, compute_sort_keys(draws), scores.argmax(), _LEVEL)


def print_claims(args):
    """Print the table, a row per metric and sizes of classes."""
    print(f"\n{args.runs} pools of {_N_MODELS} equal models, {args.n_resamples} resamples each")
    print("a pair outside [.05, .95]; any claim in a pool; a model that leads by 2 or 3 named")
    print(f"{'metric':<22}{'classes':<17}" + "".join(f"{head:>9}" for head in _HEADS))
    for name, metric in METRICS.items():
        for title, sizes in SIZES.items():
            values = measure_claims(metric, sizes, args)
            print(
                f"{name:<22}{title:<17}" + "".join(f"{each:>9.2f}" for each in values), flush=True
            )

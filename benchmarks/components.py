"""May a resample keep the principal components of all rows? What intervals hold then.

Samples of a mixture with a decaying spectrum are scored by LogME behind CappedPCA. The scatter
of the scores of resamples, with new components and with those of all rows, is held against
that of other samples, and the interval that it makes (1.96 of it each way) against the mean
score of many samples.

    python -m benchmarks.components [--runs 120] [--n-resamples 60]
"""

import argparse

import numpy as np

from skperturb import CappedPCA
from skperturb.metrics import LogME
from skperturb.selection.resampling.stratified import SamplingFrame, draw_resample

# Rows, features, classes, components, and how fast the spectrum of the noise decays.
_POPULATIONS = ((120, 60, 4, 16, 0.5), (120, 300, 4, 64, 0.5), (200, 300, 4, 64, 1.0))
_N_LATENT = 10
_INFLATION = np.sqrt(3.0)  # of the scatter, where a quarter of the rows is left out


def draw_sample(population, seed):
    """Draw features and labels of one sample."""
    n_rows, width, n_classes, _, decay = population
    fixed, rng = np.random.default_rng(0), np.random.default_rng([1, seed])
    y = np.arange(n_rows) % n_classes
    centres = fixed.standard_normal((n_classes, _N_LATENT))
    latent = centres[y] + 0.7 * rng.standard_normal((n_rows, _N_LATENT))
    signal = latent.dot(fixed.standard_normal((_N_LATENT, width))) / 3
    scales = 10.0 * np.arange(1, width + 1) ** -decay
    return signal + scales * rng.standard_normal((n_rows, width)), y


def score(X, y, n_components):
    """Score features behind components of their own."""
    return LogME().fit(CappedPCA(n_components).fit_transform(X), y).score_


def resample_scores(X, y, n_components, n_resamples):
    """Scores of resamples with new components and with those of all rows, `(n_resamples, 2)`."""
    kept, frame = CappedPCA(n_components).fit_transform(X), SamplingFrame(y)
    draws = [draw_resample(frame, 0, number) for number in range(1, n_resamples + 1)]
    return np.array(
        [
            (score(X[rows], y[rows], n_components), LogME().fit(kept[rows], y[rows]).score_)
            for rows in draws
        ]
    )


def measure(population, n_runs, n_resamples):
    """True scatter of the score, and per way of resampling its estimate and its coverage."""
    n_components = population[3]
    scores = [score(*draw_sample(population, 10**6 + i), n_components) for i in range(2 * n_runs)]
    truth, held, scatters = np.mean(scores), [], []
    for seed in range(n_runs):
        X, y = draw_sample(population, seed)
        scatter = _INFLATION * resample_scores(X, y, n_components, n_resamples).std(axis=0)
        held.append(np.abs(score(X, y, n_components) - truth) <= 1.96 * scatter)
        scatters.append(scatter)
    return np.std(scores), np.mean(scatters, axis=0), np.mean(held, axis=0)


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=120)
    parser.add_argument("--n-resamples", type=int, default=60)
    args = parser.parse_args()
    print(f"{'rows x features, components':<30}{'scatter':>9}{'new':>18}{'kept':>18}")
    for population in _POPULATIONS:
        true, scatters, held = measure(population, args.runs, args.n_resamples)
        ways = "".join(f"{s:>10.4f} ({h:.2f})" for s, h in zip(scatters, held, strict=True))
        n_rows, width, _, n_components, _ = population
        print(f"{f'{n_rows} x {width}, {n_components}':<30}{true:>9.4f}{ways}", flush=True)


if __name__ == "__main__":
    main()

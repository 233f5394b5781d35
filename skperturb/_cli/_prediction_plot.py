"""Plot of a prediction: the models with the highest predictions, and why they have them."""

import numpy as np

_WIDTH = 10.0  # inches, two panels with a legend each above them


def prediction_figure(run, prediction, most):
    """Draw the `most` highest predictions on a figure that no display knows."""
    from matplotlib.figure import Figure

    from skperturb.plotting._dots import figure_size

    shown = prediction.columns["model"][:most]
    size = _WIDTH, figure_size(len(shown), 1)[1]
    figure = Figure(figsize=size, layout="constrained")
    _display(prediction, shown).plot(ax=figure.subplots(1, 2, sharey=True))
    put_title(figure, run, len(shown))
    return figure


def put_title(figure, run, n_shown):
    """Put the title of a run above its drawing, and that models are left out where some are."""
    n_models = len(run.selector.names_)
    of_many = f"The best {n_shown} of {n_models:,} models" if n_shown < n_models else None
    if run.title or of_many:
        figure.suptitle("\n".join(filter(None, (run.title, of_many))), fontsize="medium")


def _display(prediction, shown):
    """Return the display of the shown models alone."""
    from skperturb.plotting import PredictionDisplay
    from skperturb.plotting._prediction_display import sum_parts

    predictor, task, known, posterior = prediction[:4]
    parts = sum_parts(predictor.explain(task, known))
    order = [posterior.names.index(name) for name in shown]
    return PredictionDisplay(
        names=shown,
        accuracies=posterior.mean[order],
        intervals=[posterior.interval(share)[:, order] for share in (0.95, 0.5)],
        measured=posterior.measured[order],
        parts={title: np.asarray(values)[order] for title, values in parts.items()},
    )

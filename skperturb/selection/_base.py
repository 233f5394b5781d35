"""BaseSelector: everything that a ranking offers once it is there."""

from importlib import import_module
from os import PathLike

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skperturb.selection._input_validation import name_feature_sets
from skperturb.selection._metric_params import MetricParamsMixin
from skperturb.selection._metrics import is_composed
from skperturb.selection._results import feature_columns_of, rank_columns, ranking_html
from skperturb.selection._worth import describe_worth
from skperturb.selection.execution.parallel import CallbackSupportMixin
from skperturb.selection.features.loader import load_features
from skperturb.selection.resampling.jackknife import share_above
from skperturb.selection.resampling.summary import describe_ranking, describe_unsure


class BaseSelector(CallbackSupportMixin, TransformerMixin, MetricParamsMixin):
    """Base of what ranks a pool: parameters, and everything after `fit`."""

    def transform(self, feature_sets):
        """
        Return the features of the best model.

        Parameters
        ----------
        feature_sets : mapping of str to feature set, or sequence of feature sets
            Feature sets of any rows, named or ordered as in `fit`. Only the one of the
            best model is looked at; a path or a function is opened.

        Returns
        -------
        features : array-like of shape (n_samples, n_features)
            The feature set of the best model: the very array that was given.
        """
        check_is_fitted(self)
        pool = name_feature_sets(feature_sets)
        if self.best_name_ not in pool:
            msg = (
                f"`feature_sets` must hold the best model, {self.best_name_!r}, "
                f"got only {', '.join(map(repr, pool))}."
            )
            raise ValueError(msg)
        best = pool[self.best_name_]
        # What is held in memory is handed on as it is: the next step of a pipeline checks it.
        return load_features(best) if callable(best) or isinstance(best, str | PathLike) else best

    def get_feature_names_out(self, input_features=None):
        """
        Return the names of the features that `transform` returns.

        Parameters
        ----------
        input_features : None
            Not used, as the names come from the best model.

        Returns
        -------
        names : ndarray of str of shape (n_features,)
            The columns of the best model's data frame, of other features "<model>_<i>".
        """
        check_is_fitted(self)
        return np.array(self._best_columns, dtype=object)

    def probability_better(self, a, b):
        """
        Return how sure it is that one model really scores higher than another.

        Parameters
        ----------
        a, b : str
            Names of two models; of a :class:`HalvingModelSelector`, of the last round.

        Returns
        -------
        probability : float
            Share of the samples drawn by what the resamples tell in which `a` ranks above
            `b`, a tie counting as half, in [0, 1]. Of one pair that was chosen before: that
            one of many models came out first is not allowed for, as in `summary`.

        Raises
        ------
        ValueError
            If nothing was drawn (``n_resamples=0``) or a name is unknown.
        """
        check_is_fitted(self)
        if self._certainty is None:
            title = type(self).__name__
            msg = f"probability_better needs n_resamples of at least 2 in {title}, got 0."
            raise ValueError(msg)
        sort_keys = self._certainty.sort_keys
        for name in (a, b):
            if name not in sort_keys:
                known = ", ".join(map(repr, sort_keys))
                msg = f"{name!r} must be one of the models that were resampled, {known}."
                raise ValueError(msg)
        return share_above(sort_keys[a], sort_keys[b])

    def summary(self):
        """
        Say who is first, who cannot be told from it, and what that is worth.

        Returns
        -------
        summary : str
            The first sentence is about scores on other rows of this task: with `n_resamples`
            the models that the first is ahead of, and those that it is not, where at most
            ``1 - confidence_level`` of the pools of equally good models would show a
            difference. The second says how well such scores ordered measured accuracies in
            the study that the library comes with, or that this was not measured.
        """
        check_is_fitted(self)
        worth = describe_worth(self.metrics_, self._task, self.scoring)
        return f"{self._describe_ranking()} {worth}"

    def to_frame(self):
        """
        Return `results_` as a data frame, the best model on top.

        Returns
        -------
        frame : pandas.DataFrame of shape (n_models, n_columns)
            One row per model in the order of `ranking_`, a column per entry of `results_`.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        check_is_fitted(self)
        try:
            import pandas as pd
        except ImportError as error:
            msg = "to_frame needs pandas; install it with `pip install pandas`, or use `results_`."
            raise ImportError(msg) from error
        return pd.DataFrame(rank_columns(self))

    def plot(self, **kwargs):
        """
        Draw the ranking, with the intervals of the scores where there are some.

        Parameters
        ----------
        **kwargs : dict
            Passed to :meth:`skperturb.plotting.RankingDisplay.from_selector`, such as
            `accuracies` or `ax`.

        Returns
        -------
        display : RankingDisplay
            The display, plotted.
        """
        check_is_fitted(self)
        plotting = import_module("skperturb.plotting")  # it stands above, and needs matplotlib
        return plotting.RankingDisplay.from_selector(self, **kwargs)

    @property
    def _repr_html_(self):
        diagram = super()._repr_html_  # raises where scikit-learn is told to show text
        return lambda: self._html_of_ranking() + diagram()

    def _repr_mimebundle_(self, **kwargs):
        # Jupyter asks for this bundle, older front ends for `_repr_html_`.
        bundle = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] = self._html_of_ranking() + bundle["text/html"]
        return bundle

    def __sklearn_is_fitted__(self):
        return hasattr(self, "ranking_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        # A pool is no matrix: scikit-learn's checks must not feed it one.
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        return tags

    def _html_of_ranking(self):
        """Return the ranking as HTML, nothing before `fit`."""
        return ranking_html(self) if hasattr(self, "ranking_") else ""

    def _contenders(self):
        """Return the models that were scored on all rows, best first."""
        return self.ranking_

    def _describe_ranking(self):
        """Say who is first, and how sure that is."""
        scored = [name for name in self._contenders() if name not in self.failures_]
        certainty, n_metrics = self._certainty, len(self.metrics_)
        why = "was not measured" if certainty is None else certainty.why_unsure
        if why is None:
            surpassed = set(certainty.surpassed)
            return describe_ranking(scored, surpassed, certainty.level, n_metrics)
        first = [name for name in scored if self.ranks_[self.names_.index(name)] == 1]
        return describe_unsure(first, len(scored), why, n_metrics)

    def _store(self, results):
        """Turn results into the fitted attributes."""
        lone = not is_composed(self.metric)
        self.names_ = results.names
        self.metrics_, self.metric_names_ = results.metrics, list(results.metrics)
        self.scores_ = results.scores[:, 0] if lone else results.scores
        self.failed_ = results.failed[:, 0] if lone else results.failed
        self.failures_ = results.failures
        self.sample_indices_ = results.rows
        self.results_ = {column.name: values for column, values in results.columns.items()}
        self.results_schema_ = list(results.columns)
        self.ranks_ = results.ranks
        self.ranking_ = results.ranking()
        self.best_name_ = self.ranking_[0]
        self.best_score_ = self.scores_[self.names_.index(self.best_name_)]
        self._certainty, self._task = results.certainty, results.task
        self._best_columns = feature_columns_of(self.best_name_, results.reports[self.best_name_])

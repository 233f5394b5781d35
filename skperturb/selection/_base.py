"""BaseSelector: from a pool to a ranking, whatever rows its models are scored on."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skperturb.selection._bootstrap import share_above, spread_factor
from skperturb.selection._callbacks import N_FRAMES, CallbackSupportMixin
from skperturb.selection._diagnostics import warnings_of_models
from skperturb.selection._failures import failure_reasons, report_failures
from skperturb.selection._metrics import check_metrics, named_metrics
from skperturb.selection._pool import named_feature_sets
from skperturb.selection._results import result_columns
from skperturb.selection._run import planned, run_pool
from skperturb.selection._settings import checked_settings, sampled_rows
from skperturb.selection._target import check_length, checked_target
from skperturb.selection._uncertainty import uncertainty_of
from skperturb.selection._verdict import sentence, unsure_sentence, verdict
from skperturb.selection.features.loader import load_features


class BaseSelector(CallbackSupportMixin, TransformerMixin, BaseEstimator):
    """Base of what ranks a pool: everything after `fit`, and the run that `fit` starts."""

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
        pool = named_feature_sets(feature_sets)
        if self.best_name_ not in pool:
            msg = (
                f"`feature_sets` must hold the best model, {self.best_name_!r}, "
                f"got only {', '.join(map(repr, pool))}."
            )
            raise ValueError(msg)
        best = pool[self.best_name_]
        return load_features(best) if callable(best) or isinstance(best, str | PathLike) else best

    def probability_better(self, a, b):
        """
        Return how sure it is that one model is really better than another.

        Parameters
        ----------
        a, b : str
            Names of two models.

        Returns
        -------
        probability : float
            Share of the resamples on which `a` ranks above `b`, a tie counting as
            half, in [0, 1]. Of one pair: that one of many models came out first is
            not allowed for.

        Raises
        ------
        ValueError
            If nothing was drawn (``n_resamples=0``) or a name is unknown.
        """
        check_is_fitted(self)
        if self._merits is None:
            msg = "probability_better needs n_resamples of at least 2 in ModelSelector, got 0."
            raise ValueError(msg)
        for name in (a, b):
            if name not in self.names_:
                msg = f"{name!r} must be one of the models, {', '.join(map(repr, self.names_))}."
                raise ValueError(msg)
        merits = self._merits[:, [self.names_.index(a), self.names_.index(b)]]
        return share_above(*merits.T)

    def summary(self):
        """
        Say in one sentence who is first, and who cannot be told from it.

        Returns
        -------
        summary : str
            With ``n_resamples`` the models that the first does not beat with a
            probability of `confidence_level`, and how sure it is that it beats the others.
        """
        check_is_fitted(self)
        scored = [name for name in self.ranking_ if name not in self.failures_]
        why = self._why_unsure()
        if why is not None:
            first = [name for name in scored if self.ranks_[self.names_.index(name)] == 1]
            return unsure_sentence(first, len(scored), why)
        found = verdict(scored, self.probability_better, self.confidence_level)
        return sentence(found, self.confidence_level, self._merits.shape[0])

    def _why_unsure(self):
        """Say why nothing is known of how sure the first place is, None if it is known."""
        if self._merits is None:
            return "was not measured"
        n_draws = len(self._merits)
        if np.isinf(self._merits[:, self.names_.index(self.best_name_)]).any():
            return "cannot be said, because not all resamples could be scored"
        if n_draws < self.confidence_level * (n_draws + 1):
            return f"cannot be said at {self.confidence_level:g} from {n_draws} resamples"
        return None

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        return tags

    def _rank(self, pool, y, *, told):
        """Score and rank the models of a named pool; everything is checked before any work."""
        settings = checked_settings(self)
        check_metrics(self, self.metric)
        y = checked_target(y)
        metrics = named_metrics(self.metric, y)
        check_length(y, pool)
        generator = check_random_state(self.random_state)
        rows = sampled_rows(y, self.max_samples, generator)
        plan = planned(y, rows, metrics, settings, seed=int(generator.randint(2**31 - 1)))
        if settings.n_draws:
            spread_factor(plan.codes)
        run = run_pool(pool, plan, settings, n_jobs=self.n_jobs, told=told)
        self.sample_indices_ = np.arange(len(y)) if rows is None else rows
        self._record(run, plan.codes, settings)

    def _record(self, run, codes, settings):
        """Turn what came of the run into the fitted attributes."""
        several = isinstance(self.metric, Mapping)
        self.names_, self.metric_names_ = run.names, list(run.metrics)
        self.failures_ = failure_reasons(run.outcomes, run.names, run.metrics, several)
        report_failures(
            self.failures_,
            len(run.names),
            none_left=run.table.failed.any(axis=1).all(),
            several=several,
            stacklevel=5 + N_FRAMES,
        )
        uncertainty = uncertainty_of(run.table, run.metrics, codes, self.confidence_level)
        self._merits: Any = None if uncertainty is None else uncertainty.merits
        warned = warnings_of_models(run, settings.diagnostics)
        if not settings.raising:
            run.table.scores[run.table.failed] = self.error_score
        self.results_ = result_columns(run.table, run.names, run.metrics, uncertainty, several)
        self.results_["warnings"] = warned
        self.scores_ = (run.table.scores if several else run.table.scores[:, 0]).copy()
        self.failed_ = run.table.failed if several else run.table.failed[:, 0]
        self._order(self.results_["rank"])

    def _order(self, ranks):
        """Put the models in order of their ranks, those that share one by name."""
        self.ranks_ = ranks
        order = sorted(range(len(self.names_)), key=lambda i: (self.ranks_[i], self.names_[i]))
        self.ranking_ = [self.names_[i] for i in order]
        self.best_name_ = self.ranking_[0]
        self.best_score_ = self.scores_[order[0]]

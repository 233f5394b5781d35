"""Parameters of metrics that a selector names: read and set as parameters of the selector."""

from collections.abc import Mapping

from sklearn.base import BaseEstimator

from skperturb.selection._metrics import find_metric, resolve_metric


class MetricParamsMixin(BaseEstimator):
    """Estimator with a parameter `metric` whose metrics, where they have names, have parameters."""

    def get_params(self, deep=True):
        """
        Return the parameters, with those of metrics that have a name.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the metrics by name and their parameters too.

        Returns
        -------
        params : dict of {str: object}
            Values by name; the parameter `tol` of the metric "logme" is "logme__tol".
        """
        params = super().get_params(deep=deep)
        for name, metric in _nested_metrics(self.metric).items() if deep else ():
            params[name] = metric
            made = find_metric(metric) if isinstance(metric, str) else None
            shown = metric if made is None else made()
            if hasattr(shown, "get_params") and not isinstance(shown, type):
                nested = shown.get_params(deep=True)
                params |= {f"{name}__{key}": value for key, value in nested.items()}
        return params

    def set_params(self, **params):
        """
        Set parameters, also of metrics that have a name, or such metrics as a whole.

        Parameters
        ----------
        **params : dict
            Values by name, as `get_params` names them. A metric that was given as a word
            becomes an estimator once one of its own parameters is set.

        Returns
        -------
        self : object
            The selector.
        """
        if "metric" in params:
            self.metric = params.pop("metric")
        metrics = _nested_metrics(self.metric)
        replaced = {name: params.pop(name) for name in metrics if name in params}
        # A word holds no parameters; each fit would make a new metric of it, at its defaults.
        for name in {key.split("__")[0] for key in params if "__" in key} & metrics.keys():
            metric = replaced.get(name, metrics[name])
            if isinstance(metric, str):
                replaced[name] = resolve_metric(self, metric)
        if replaced:
            self.metric = _replace_metrics(self.metric, replaced)
        return super().set_params(**params)


def _nested_metrics(metric):
    """Return `{name: metric}` as given, estimators or words; a lone word is called "metric"."""
    if isinstance(metric, str):
        return {"metric": metric}
    items = list(metric.items()) if isinstance(metric, Mapping) else metric
    if not isinstance(items, list | tuple):
        return {}
    pairs = [(each, each) if isinstance(each, str) else each for each in items]
    return {
        each[0]: each[1]
        for each in pairs
        if isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str)
    }


def _replace_metrics(metric, replacements):
    """Return what stands for `metric`, with other metrics under some names."""
    if isinstance(metric, str):
        return replacements["metric"]
    if isinstance(metric, Mapping):
        return {name: replacements.get(name, each) for name, each in metric.items()}
    return [_replace_item(each, replacements) for each in metric]


def _replace_item(item, replacements):
    name = item[0] if isinstance(item, tuple) else item
    return (name, replacements[name]) if name in replacements else item

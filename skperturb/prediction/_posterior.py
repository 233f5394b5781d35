"""AccuracyPosterior: the accuracies that the models of one task are expected to reach."""

import numpy as np
from sklearn.utils import check_random_state

from skperturb.prediction._conditional import condition, moments, quantile, sample
from skperturb.prediction._scales import inverse_link, link, link_variance


class AccuracyPosterior:
    """
    What is believed of the accuracies of a task's models, measured and not.

    :meth:`.AccuracyPredictor.posterior` makes it; the parameters are what it was made from. The
    accuracy of a model is the one that a run would measure: its interval holds the scatter that
    neither history nor metrics explain. Of a model whose accuracy was given with a standard error
    it is the accuracy behind that measurement.

    Parameters
    ----------
    names : sequence of str
        Names of the models.
    expectation : Expectation
        Mean and covariance of the standardised accuracies.
    level : Level
        Priors of the task's location and scale.
    values, errors : ndarray of shape (n_models,)
        Measured accuracies and their standard errors, NaN where there are none.
    link_name : {"logit", "identity"}
        Scale on which accuracies are normal.
    n_samples : int
        Number of draws behind what has no closed form.
    random_state : int, RandomState or None
        Seed of the draws.

    Attributes
    ----------
    mean : ndarray of shape (n_models,)
        Predicted accuracies: those at the mean of the link. Of a measured model the measured one.
    std : ndarray of shape (n_models,)
        Standard deviations of the accuracies, 0 where measured without a known error.
    measured : ndarray of bool of shape (n_models,)
        Which models have been measured.
    link_mean : ndarray of shape (n_models,)
        Means of the links (log-odds, as a rule) of the accuracies.
    level, expected_scale : float
        Means of the task's location, before anything is measured, and of its scale.

    Examples
    --------
    >>> from skperturb import AccuracyPredictor
    >>> past = [{"a": 1.0, "b": 3.0, "c": 2.0}, {"a": 2.0, "b": 1.0, "c": 3.0}]
    >>> predictor = AccuracyPredictor().fit(past, [[0.9, 0.8, 0.7], [0.8, 0.6, 0.5]])
    >>> posterior = predictor.posterior({"a": 0.0, "b": 0.5, "c": 1.0}, known={"c": 0.6})
    >>> posterior.names[posterior.mean.argmax()]
    'a'
    >>> posterior.interval(0.5).round(2)[:, 2]
    array([0.6, 0.6])
    """

    def __init__(
        self, names, expectation, level, values, errors, link_name, n_samples, random_state
    ):
        self.names = list(names)
        self.measured = ~np.isnan(values)
        self._expectation, self._level, self._link = expectation, level, link_name
        self._values = values
        self._known = np.flatnonzero(self.measured)
        given = values[self._known]
        self._links = link(given, link_name)
        self._noise = link_variance(given, errors[self._known], link_name)
        self._mixture = condition(expectation, level, self._known, self._links, self._noise)
        self._n_samples, self._random_state = n_samples, random_state
        self.level = level.location
        self.expected_scale = float(self._mixture.weights @ self._mixture.scales)
        self.link_mean = self._mixture.weights @ self._mixture.means
        exact = self._known[self._noise == 0]
        self.mean = inverse_link(self.link_mean, link_name)
        self.mean[exact] = values[exact]
        self.std = moments(self._mixture, lambda values: inverse_link(values, link_name))[1]

    def interval(self, confidence=0.95):
        """
        Return the central interval of each accuracy.

        Parameters
        ----------
        confidence : float, default=0.95
            Probability of the interval, in (0, 1).

        Returns
        -------
        interval : ndarray of shape (2, n_models)
            Lower and upper ends.
        """
        if not 0.0 < confidence < 1.0:
            msg = f"`confidence` must be in (0, 1), got {confidence!r}."
            raise ValueError(msg)
        tail = (1.0 - confidence) / 2.0
        ends = [quantile(self._mixture, share) for share in (tail, 1.0 - tail)]
        return inverse_link(np.array(ends), self._link)

    def sample(self, n_samples=None, random_state=None):
        """
        Draw accuracies of all models together.

        Parameters
        ----------
        n_samples : int or None, default=None
            Number of draws; None is that of the predictor.
        random_state : int, RandomState or None, default=None
            Seed; None is that of the predictor.

        Returns
        -------
        accuracies : ndarray of shape (n_samples, n_models)
            One draw per row.
        """
        generator = check_random_state(self._random_state if random_state is None else random_state)
        size = self._n_samples if n_samples is None else n_samples
        parts = self._expectation, self._level, self._known, self._links, self._noise
        return inverse_link(sample(self._mixture, *parts, size, generator), self._link)

    def probability_best(self):
        """
        Return how likely each model is to be the best of all.

        Returns
        -------
        probabilities : ndarray of shape (n_models,)
            They sum to 1; from draws, so good to about a point.
        """
        draws = self.sample()
        ties = draws == draws.max(axis=1, keepdims=True)
        return np.mean(ties / ties.sum(axis=1, keepdims=True), axis=0)

    def expected_regret(self):
        """
        Return how much accuracy is lost, in expectation, by stopping now.

        The model that is kept is the best one measured, or where none is, the one with the
        highest prediction.

        Returns
        -------
        regret : float
            At least 0, in the unit of the accuracies.
        """
        draws = self.sample()
        return float(np.mean(draws.max(axis=1) - draws[:, self._incumbent()]))

    def suggest(self, n=1):
        """
        Return which models to try next.

        Parameters
        ----------
        n : int, default=1
            How many, to be tried at the same time.

        Returns
        -------
        names : list of str
            At most `n` models that have not been measured, the most useful first.

        Notes
        -----
        Expected improvement: each model is the one that raises the expected best accuracy most,
        beyond what has been measured and what was suggested before it.
        """
        draws = self.sample()
        candidates = list(np.flatnonzero(~self.measured))
        measured = draws[:, self.measured]
        best = measured.max(axis=1) if measured.size else np.full(len(draws), -np.inf)
        chosen: list[str] = []
        while candidates and len(chosen) < n:
            gains = [np.maximum(best, draws[:, i]).mean() for i in candidates]
            place = candidates.pop(int(np.argmax(gains)))
            best = np.maximum(best, draws[:, place])
            chosen.append(self.names[place])
        return chosen

    def _incumbent(self):
        if not self.measured.any():
            return int(np.argmax(self.mean))
        return int(np.nanargmax(np.where(self.measured, self.mean, np.nan)))

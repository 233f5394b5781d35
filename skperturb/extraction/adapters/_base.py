"""What an adapter is: one loaded model, from rows to the features of its layers."""

from abc import ABC, abstractmethod

import numpy as np

from skperturb.extraction._layers import select_layers
from skperturb.extraction._pooling import pool_states


class Adapter(ABC):
    """
    A model that has been loaded.

    A subclass says how an item is prepared (in a thread, while the model is busy with the
    batch before), how prepared items become a batch, and what the model makes of a batch.

    Parameters
    ----------
    target : str or callable
        The model, without the prefix of its framework.
    settings : Settings
        How it is run.
    modality : str
        What the rows are.
    """

    packages: tuple[str, ...] = ()  # whose versions the features depend on
    modalities: tuple[str, ...] = ()

    def __init__(self, target, settings, modality):
        self.target, self.settings, self.modality = target, settings, modality
        self.pooling_used = {}  # by key of layer, in words
        self.notes = []  # what a user should know about this model
        self._prepare = settings.preprocess
        self._load()

    @abstractmethod
    def _load(self):
        """Load the model and what prepares its input."""

    def prepare_item(self, item):
        """Return one item in the form that the model takes."""
        return item if self._prepare is None else self._prepare(item)

    def collate(self, items):
        """Return prepared items as one batch."""
        return items

    @abstractmethod
    def features(self, batch):
        """Return `{key of layer: float32 array of shape (n_rows, d)}`."""


class StatesAdapter(Adapter):
    """An adapter whose model gives the states of its layers, which are pooled here."""

    auto_pooling = "mean"

    @abstractmethod
    def _states(self, batch):
        """Return the states of the layers, the last one last, and the mask of the steps or None."""

    def features(self, batch):
        states, mask = self._states(batch)
        selected = select_layers(self.settings.layers, len(states))
        return {key: self._pool(key, states[index], mask) for key, index in selected.items()}

    def _pool(self, key, states, mask):
        """Return one layer as an array of one vector per row."""
        states = self._as_float(states)
        if states.ndim == 3:
            mask = self._as_float(self._full_mask(states) if mask is None else mask)
        how = self.auto_pooling if self.settings.pooling == "auto" else self.settings.pooling
        pooled, self.pooling_used[key] = pool_states(states, mask, how)
        return self._as_numpy(pooled)

    def _full_mask(self, states):
        return np.ones(states.shape[:2])

    def _as_float(self, states):
        return np.asarray(states, dtype=np.float32)

    def _as_numpy(self, states):
        return np.asarray(states)

"""Any function as a model: from a list of rows to an array, or to one array per layer."""

import numpy as np

from skperturb.extraction.adapters._base import Adapter


class CallableAdapter(Adapter):
    """A function that takes a list of rows and returns their features."""

    modalities = ("image", "text", "words", "audio", "array")

    def _load(self):
        """Do nothing: the function is there."""

    def features(self, batch):
        found = self.target(list(batch))
        layers = self._chosen(found) if isinstance(found, dict) else {None: found}
        self.pooling_used = dict.fromkeys(layers, "by the function")
        return {key: _as_features(each) for key, each in layers.items()}

    def _chosen(self, found):
        """Return the layers asked for; what the last one is, the function knows alone."""
        wanted = self.settings.layers
        if isinstance(wanted, str):
            return found
        missing = [key for key in wanted if key not in found]
        if missing:
            msg = f"`layers` must be among {', '.join(map(str, found))}, got {missing[0]!r}."
            raise ValueError(msg)
        return {key: found[key] for key in wanted}


def _as_features(found):
    """Return features as an array, from wherever they are."""
    if hasattr(found, "detach"):  # a tensor, as a rule with a gradient or on a GPU
        found = found.detach().cpu().float().numpy()
    if isinstance(found, list) and found and np.ndim(found[0]) == 2:  # one array per sentence
        found = np.concatenate(found)
    features = np.asarray(found, dtype=np.float32)
    if features.ndim != 2:
        msg = (
            "A function used as model must return an array of shape (n_rows, n_features), "
            f"got shape {features.shape}."
        )
        raise ValueError(msg)
    return features

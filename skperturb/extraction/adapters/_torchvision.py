"""Images by models of torchvision: what the last linear layer, the classifier, is given."""

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction._layers import check_last_only
from skperturb.extraction.adapters._torch import TorchAdapter


class TorchvisionAdapter(TorchAdapter):
    """A classifier of torchvision by name, with its default weights and their transform."""

    packages = ("torch", "torchvision")
    modalities = ("image",)

    def _load_model(self):
        check_last_only(self.settings.layers, "torchvision")
        models = import_framework("torchvision.models", f"{self.target!r}")
        self._weights = models.get_model_weights(self.target).DEFAULT
        model = models.get_model(self.target, weights=self._weights)
        self._heard = []
        find_classifier(model).register_forward_pre_hook(self._listen)
        return model

    def _load_processor(self):
        self._prepare = self._prepare or self._weights.transforms()

    def _listen(self, _, inputs):
        self._heard.append(inputs[0])

    def collate(self, items):
        return self.torch.stack(list(items))

    def _states(self, batch):
        self.model(batch)
        return [self._heard.pop()], None

    def _pool(self, key, states, mask):
        features = super()._pool(key, states, mask)
        self.pooling_used[key] = "what the classifier is given"
        return features


def find_classifier(model):
    """Return the last linear layer of a network."""
    linear = import_framework("torch.nn", "A model of torchvision").Linear
    layers = [layer for layer in model.modules() if isinstance(layer, linear)]
    if not layers:
        msg = f"{type(model).__name__} has no linear layer to listen at; give it as a function."
        raise ValueError(msg)
    return layers[-1]

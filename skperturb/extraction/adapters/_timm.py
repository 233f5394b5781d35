"""Images by models of timm: their own transform, their own head up to the classifier."""

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction.adapters._torch import TorchAdapter

_HEAD = "the model's own head, before its classifier"


class TimmAdapter(TorchAdapter):
    """A model of timm by name, from its hub or from a folder that timm has written."""

    packages = ("torch", "timm")
    modalities = ("image",)

    def _load_model(self):
        timm = import_framework("timm", f"{self.target!r}")
        return timm.create_model(self.target, pretrained=True, num_classes=0)

    def _load_processor(self):
        self._check_pooling()
        data = import_framework("timm.data", f"{self.target!r}")
        config = data.resolve_model_data_config(self.model)
        own = data.create_transform(**config, is_training=False)
        self._prepare = self._prepare or own

    def collate(self, items):
        return self.torch.stack(list(items))

    def _states(self, batch):
        if self.settings.layers == "last":
            return [self._last(self.model.forward_features(batch))], None
        final, maps = self._with_intermediates(batch)
        return [*maps, self._last(final)], None

    def _pool(self, key, states, mask):
        features = super()._pool(key, states, mask)
        if self.settings.pooling == "auto" and states.ndim == 2:
            self.pooling_used[key] = _HEAD
        return features

    def _last(self, final):
        """Return what comes out, pooled as asked for."""
        if self.settings.pooling == "auto":
            return self.model.forward_head(final, pre_logits=True)
        if final.ndim == 4:
            is_last = getattr(self.model, "output_fmt", "NCHW") == "NHWC"
            return final.permute(0, 3, 1, 2) if is_last else final
        return final[:, :1] if self.settings.pooling == "cls" else final[:, self._n_prefix() :]

    def _with_intermediates(self, batch):
        """Return what comes out, and the maps of the layers before, from one pass."""
        if not hasattr(self.model, "forward_intermediates"):
            msg = f'timm shows no layers of {self.target!r}; leave `layers` at "last".'
            raise ValueError(msg)
        if self.settings.pooling != "cls":
            return self.model.forward_intermediates(batch)
        final, pairs = self.model.forward_intermediates(batch, return_prefix_tokens=True)
        return final, [prefix[:, 0] for _, prefix in pairs]

    def _check_pooling(self):
        """Raise for tokens that the model does not have."""
        pooling = self.settings.pooling
        if pooling == "last" or (pooling == "cls" and not self._n_prefix()):
            msg = (
                f'{self.target!r} has no such token: `pooling` must be "auto" or "mean", '
                f"got {pooling!r}."
            )
            raise ValueError(msg)

    def _n_prefix(self):
        return getattr(self.model, "num_prefix_tokens", 0) or 0

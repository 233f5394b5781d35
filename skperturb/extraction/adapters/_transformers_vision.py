"""Images by transformers: the average of feature maps, or the mean over the patches."""

from skperturb.extraction.adapters._transformers import TransformersAdapter


class VisionAdapter(TransformersAdapter):
    """The image encoder of a model of transformers, with its own image processor."""

    modalities = ("image",)

    def _load_processor(self):
        self.processor = None if self._prepare else self._load_auto("AutoImageProcessor")
        self._n_registers = getattr(self.model.config, "num_register_tokens", 0) or 0

    def prepare_item(self, item):
        if self.processor is None:
            return {"pixel_values": super().prepare_item(item)[None]}
        return dict(self.processor(images=item, return_tensors="pt"))

    def collate(self, items):
        return {name: self.torch.cat([item[name] for item in items]) for name in items[0]}

    def _states(self, batch):
        return [self._patches(each) for each in self._layer_states(self._run(batch))], None

    def _patches(self, states):
        """Leave out the registers, which say nothing of the image; they follow the class token."""
        if not self._n_registers or states.ndim != 3:
            return states
        return self.torch.cat([states[:, :1], states[:, 1 + self._n_registers :]], 1)

"""Recordings by transformers: the mean over the frames that are sound and not padding."""

import numpy as np

from skperturb.extraction._audio import resample
from skperturb.extraction.adapters._transformers import TransformersAdapter


class AudioAdapter(TransformersAdapter):
    """
    The audio encoder of a model of transformers, with its own feature extractor.

    Some encoders normalise over all frames of a batch, padding included, so that a
    recording would depend on its neighbours: only inputs of one shape share a pass.
    """

    modalities = ("audio",)

    def _load_processor(self):
        # AutoProcessor would want a tokenizer, too, which encoders of speech need not have.
        self.processor = self._load_auto("AutoFeatureExtractor")

    def prepare_item(self, item):
        waveform, rate = item
        wanted = self.processor.sampling_rate
        return dict(
            self.processor(
                resample(waveform, rate, wanted),
                sampling_rate=wanted,
                return_tensors="pt",
                return_attention_mask=True,
            )
        )

    def features(self, batch):
        by_shape: dict[tuple, list[int]] = {}
        for place, item in enumerate(batch):
            shapes = tuple(tuple(each.shape) for each in item.values())
            by_shape.setdefault(shapes, []).append(place)
        run = super().features
        parts = [(places, run(self._joined(batch, places))) for places in by_shape.values()]
        order = np.argsort(np.concatenate([places for places, _ in parts]))
        return {
            key: np.concatenate([features[key] for _, features in parts])[order]
            for key in parts[0][1]
        }

    def _joined(self, batch, places):
        return {
            name: self.torch.cat([batch[place][name] for place in places])
            for name in batch[places[0]]
        }

    def _states(self, batch):
        states = self._layer_states(self._run(batch))
        mask = batch.get("attention_mask")
        if mask is None or states[-1].ndim != 3 or mask.ndim != 2:
            return states, None
        return states, shorten_mask(mask, states[-1].shape[1])


def shorten_mask(mask, n_frames):
    """Return the mask of the frames that an encoder makes of longer input: every k-th step."""
    stride = max(1, mask.shape[1] // n_frames)
    return mask[:, ::stride][:, :n_frames]

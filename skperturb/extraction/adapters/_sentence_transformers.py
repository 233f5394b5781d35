"""Texts by sentence-transformers: pooled as the model's own modules do, with its prompts."""

import numpy as np

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction._layers import check_last_only
from skperturb.extraction.adapters._base import Adapter
from skperturb.extraction.adapters._torch import pick_device, seeded
from skperturb.extraction.adapters._transformers import quiet


class SentenceTransformersAdapter(Adapter):
    """A model of sentence-transformers by name or folder."""

    packages = ("torch", "transformers", "sentence_transformers")
    modalities = ("text",)

    def _load(self):
        check_last_only(self.settings.layers, "sentence-transformers")
        _check_own_pooling(self.settings.pooling)
        library = import_framework("sentence_transformers", f"{self.target!r}")
        torch = import_framework("torch", f"{self.target!r}")
        transformers = import_framework("transformers", f"{self.target!r}")
        with seeded(self.settings.random_state), quiet(transformers):
            self.model = library.SentenceTransformer(
                self.target,
                device=str(pick_device(self.settings.device)),
                trust_remote_code=self.settings.trust_remote_code,
                model_kwargs={"dtype": getattr(torch, self.settings.dtype)},
            ).eval()
        if self.settings.max_length is not None:
            self.model.max_seq_length = self.settings.max_length
        self._prompt = self._chosen_prompt()

    def _chosen_prompt(self):
        """Return the arguments for the prompt: one that the model knows by name, or a text."""
        prompt = self.settings.prompt
        if prompt is None:
            return {}
        return {"prompt_name" if prompt in self.model.prompts else "prompt": prompt}

    def features(self, batch):
        vectors = self.model.encode(
            list(batch), batch_size=len(batch), show_progress_bar=False, **self._prompt
        )
        self.pooling_used[None] = " > ".join(type(module).__name__ for module in self.model)
        return {None: np.asarray(vectors, dtype=np.float32)}


def _check_own_pooling(pooling):
    if pooling != "auto":
        msg = (
            f'sentence-transformers pools as its model says: `pooling` must be "auto", got '
            f"{pooling!r}; without the prefix `st:` the choice is yours."
        )
        raise ValueError(msg)

"""Texts by transformers: the mean over the tokens of an encoder, the last token of a decoder."""

from skperturb.extraction._pooling import is_causal
from skperturb.extraction.adapters._transformers import TransformersAdapter

_UNLIMITED = 10**6  # a tokenizer without a length of its own says 10**30
_PROBE = 8  # tokens that tell a decoder from an encoder


class TextAdapter(TransformersAdapter):
    """The text encoder of a model of transformers, with its own tokenizer."""

    modalities = ("text",)

    def _load_processor(self):
        self.tokenizer = self._load_tokenizer()
        self.tokenizer.padding_side = "right"
        if self.tokenizer.pad_token is None:  # masked out, so any token will do
            self.tokenizer.pad_token = self.tokenizer.eos_token or self.tokenizer.unk_token
        self.max_length = self.settings.max_length or find_max_length(self.tokenizer, self.model)
        if self.settings.pooling == "auto":
            self.auto_pooling = "last" if self._is_causal() else "mean"

    def _load_tokenizer(self):
        return self.settings.tokenizer or self._load_auto("AutoTokenizer")

    def collate(self, items):
        # A model that was trained without a mask has seen texts of one length only.
        padding = (
            "longest" if "attention_mask" in self.tokenizer.model_input_names else "max_length"
        )
        prompt = self.settings.prompt or ""
        return dict(
            self.tokenizer(
                [prompt + item for item in items],
                padding=padding if self.max_length else "longest",
                truncation=self.max_length is not None,
                max_length=self.max_length,
                return_attention_mask=True,
                return_tensors="pt",
            )
        )

    def _states(self, batch):
        known = self.tokenizer.model_input_names
        output = self._run({name: each for name, each in batch.items() if name in known})
        return self._layer_states(output), batch["attention_mask"]

    def _is_causal(self):
        """Find out whether a token sees those behind it."""
        n_tokens = self.model.get_input_embeddings().num_embeddings
        ids = [n_tokens * k // (_PROBE + 1) for k in range(1, _PROBE + 1)]
        ids = [each for each in dict.fromkeys(ids) if each != self.tokenizer.pad_token_id]
        with self.torch.inference_mode():
            return is_causal(self._states_of_ids, ids)

    def _states_of_ids(self, ids):
        batch = self.torch.tensor([ids], device=self.device)
        inputs = {"input_ids": batch, "attention_mask": self.torch.ones_like(batch)}
        return self._run(inputs).last_hidden_state[0].float()


def find_max_length(tokenizer, model):
    """Return how many tokens a text may have, None where neither of the two says."""
    limits = [tokenizer.model_max_length, _n_positions(model)]
    limits = [each for each in limits if each is not None and each < _UNLIMITED]
    return min(limits, default=None)


def _n_positions(model):
    """Return how many positions a model has, less those that its embedding keeps for padding."""
    n_positions = getattr(model.config, "max_position_embeddings", None)
    if n_positions is None:
        return None
    for name, module in model.named_modules():
        if (
            name.endswith("position_embeddings")
            and getattr(module, "padding_idx", None) is not None
        ):
            return n_positions - module.padding_idx - 1
    return n_positions

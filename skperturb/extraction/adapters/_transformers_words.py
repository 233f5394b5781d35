"""Words by transformers: each word is a row, pooled over its tokens, whatever the sentence."""

from skperturb.extraction._words import locate_words, pool_words
from skperturb.extraction.adapters._transformers_text import TextAdapter

_OVERLAP = 4  # windows of a long sentence share a quarter of their tokens


class WordsAdapter(TextAdapter):
    """The text encoder of a model of transformers, on sentences that are split into words."""

    modalities = ("words",)

    def _load_tokenizer(self):
        # Tokenizers of bytes tell the begin of a word by the space before it.
        tokenizer = self.settings.tokenizer or self._load_auto(
            "AutoTokenizer", add_prefix_space=True
        )
        if not tokenizer.is_fast:
            msg = f"Words need a fast tokenizer, which {self.target!r} does not have."
            raise ValueError(msg)
        return tokenizer

    def _is_causal(self):
        return False  # a word is the mean of its tokens in any model

    def collate(self, items):
        encoded = self.tokenizer(
            [list(item) for item in items],
            is_split_into_words=True,
            padding=True,
            truncation=self.max_length is not None,
            max_length=self.max_length,
            stride=(self.max_length or 0) // _OVERLAP,
            return_overflowing_tokens=True,
            return_attention_mask=True,
            return_tensors="pt",
        )
        owners = encoded.pop("overflow_to_sample_mapping").tolist()
        windows = [encoded.word_ids(window) for window in range(len(owners))]
        return {**encoded, "placed": locate_words(windows, owners, [len(item) for item in items])}

    def _states(self, batch):
        states, _ = super()._states(batch)
        return states, batch["placed"]

    def _pool(self, key, states, placed):
        how = "mean" if self.settings.pooling == "auto" else self.settings.pooling
        flat = self._as_numpy(states).reshape(-1, states.shape[-1])
        self.pooling_used[key] = f"{how} of the word's tokens"
        return pool_words(flat, placed, how)

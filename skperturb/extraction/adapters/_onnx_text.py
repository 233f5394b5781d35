"""Texts and words by ONNX Runtime, with the tokenizer that lies beside the graph."""

import json
import os
from pathlib import Path

import numpy as np

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction._pooling import is_causal
from skperturb.extraction._words import locate_words, pool_words
from skperturb.extraction.adapters._onnx import OnnxAdapter

_DEFAULT_LENGTH = 512
_PADS = ("[PAD]", "<pad>", "<|endoftext|>")


class OnnxTextAdapter(OnnxAdapter):
    """A graph that takes token ids, or texts as they are."""

    packages = ("onnxruntime", "tokenizers")
    modalities = ("text",)

    def _load(self):
        super()._load()
        self._takes_strings = next(iter(self.inputs.values())).type == "tensor(string)"
        if self._takes_strings:
            return
        path = find_tokenizer(self.folder, self.settings.tokenizer)
        library = import_framework("tokenizers", f"{self.target!r}")
        self.tokenizer = library.Tokenizer.from_file(str(path))
        self.max_length = self.settings.max_length or _length_beside(path, self.tokenizer)
        self.tokenizer.enable_truncation(self.max_length, stride=self._stride())
        self.tokenizer.enable_padding(length=self._fixed_steps(), **_pad_token(self.tokenizer))
        if self.settings.pooling == "auto" and self.modality == "text":
            self.auto_pooling = "last" if self._is_causal() else "mean"

    def _stride(self):
        return 0

    def collate(self, items):
        if self._takes_strings:
            return {next(iter(self.inputs)): np.array(items, dtype=object)}
        prompt = self.settings.prompt or ""
        return self._as_batch(self.tokenizer.encode_batch([prompt + item for item in items]))

    def _as_batch(self, encodings):
        """Return what the graph may take of encoded texts."""
        ids = np.array([each.ids for each in encodings], dtype=np.int64)
        return {
            "input_ids": ids,
            "attention_mask": np.array([each.attention_mask for each in encodings], dtype=np.int64),
            "token_type_ids": np.array([each.type_ids for each in encodings], dtype=np.int64),
            "position_ids": np.broadcast_to(np.arange(ids.shape[1]), ids.shape),
        }

    def _states(self, batch):
        feeds = {name: each for name, each in batch.items() if name in self.inputs}
        return self._run(feeds), batch.get("attention_mask")

    def _fixed_steps(self):
        """Return how many tokens the graph wants, None where it takes any number."""
        steps = self.inputs["input_ids"].shape[1]
        return steps if isinstance(steps, int) else None

    def _is_causal(self):
        """Find out whether a token sees those behind it, where the graph shows tokens."""
        ids = list(range(5, 5 + (self._fixed_steps() or 6)))
        return self._states_of_ids(ids).ndim == 2 and is_causal(self._states_of_ids, ids)

    def _states_of_ids(self, ids):
        one = np.ones((1, len(ids)), dtype=np.int64)
        places = np.arange(len(ids))[None]
        batch = {"input_ids": np.array([ids]), "attention_mask": one, "position_ids": places}
        return self._states(batch | {"token_type_ids": 0 * one})[0][-1][0]


class OnnxWordsAdapter(OnnxTextAdapter):
    """A graph that takes token ids, on sentences that are split into words."""

    modalities = ("words",)

    def _stride(self):
        return self.max_length // 4

    def collate(self, items):
        encodings = self.tokenizer.encode_batch(
            [list(item) for item in items], is_pretokenized=True
        )
        owners = [owner for owner, each in enumerate(encodings) for _ in [each, *each.overflowing]]
        windows = [part for each in encodings for part in [each, *each.overflowing]]
        placed = locate_words(
            [each.word_ids for each in windows], owners, [len(item) for item in items]
        )
        return self._as_batch(windows) | {"placed": placed}

    def _states(self, batch):
        return super()._states(batch)[0], batch["placed"]

    def _pool(self, key, states, placed):
        how = "mean" if self.settings.pooling == "auto" else self.settings.pooling
        self.pooling_used[key] = f"{how} of the word's tokens"
        flat = self._as_float(states).reshape(-1, states.shape[-1])
        return pool_words(flat, placed, how)


def find_tokenizer(folder, given):
    """Return the tokenizer.json that is given, or lies beside the graph or one folder up."""
    if given is not None:
        given = Path(given)
        places = [given / "tokenizer.json" if given.is_dir() else given]
    else:
        places = [folder / "tokenizer.json", folder.parent / "tokenizer.json"]
    for path in places:
        if path.is_file():
            return path
    msg = (
        f"A graph for texts needs its tokenizer.json, and there is none at "
        f"{' or '.join(map(os.fspath, places))}; put it there, or give `tokenizer`."
    )
    raise FileNotFoundError(msg)


def _length_beside(path, tokenizer):
    """Return how many tokens a text may have, as the tokenizer or its configuration says."""
    truncation = tokenizer.truncation
    config = path.with_name("tokenizer_config.json")
    said = (
        json.loads(config.read_text("utf-8")).get("model_max_length") if config.is_file() else None
    )
    if truncation is not None:
        return (
            truncation["max_length"] if said is None else min(truncation["max_length"], int(said))
        )
    return int(said) if said is not None and said < 10**6 else _DEFAULT_LENGTH


def _pad_token(tokenizer):
    """Return how shorter texts are filled up; the mask leaves it out again."""
    if tokenizer.padding is not None:
        return {name: tokenizer.padding[name] for name in ("pad_id", "pad_token")}
    found = next((pad for pad in _PADS if tokenizer.token_to_id(pad) is not None), None)
    return {} if found is None else {"pad_id": tokenizer.token_to_id(found), "pad_token": found}

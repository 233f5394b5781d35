"""Tiny models with random weights, one per family, written to folders; nothing is downloaded."""

import numpy as np
import pytest

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "a",
    "good",
    "bad",
    "day",
    ",",
    "##s",
    "##er",
]
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
TEXTS = ["good", "a bad, bad day", "a good day", "bad", "days", "a gooder day, a badder day"]


def framework(name):
    """Return a framework, or skip where it is not installed."""
    return pytest.importorskip(name, reason=f"{name} is large, and not part of the test extras")


def tiny_torch():
    """Return PyTorch, seeded and on one thread."""
    torch = framework("torch")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return torch


def save_tokenizer(folder, **options):
    """Write a tokenizer of a few words in the way of BERT."""
    transformers = framework("transformers")
    vocabulary = {word: code for code, word in enumerate(WORDS)}
    tokenizer = transformers.BertTokenizerFast(vocab=vocabulary, **options)
    tokenizer.save_pretrained(folder)
    return tokenizer


def save_text_model(folder, kind, config, **options):
    """Write a random model of transformers with a tokenizer; return both."""
    transformers = framework("transformers")
    tiny_torch()
    model = getattr(transformers, kind)(getattr(transformers, config)(**options)).eval()
    model.save_pretrained(folder)
    inputs = ["input_ids", "attention_mask"] + ["token_type_ids"] * (kind == "BertModel")
    return model, save_tokenizer(folder, model_max_length=32, model_input_names=inputs)


def save_bert(folder):
    """Write a BERT of two layers."""
    return save_text_model(
        folder, "BertModel", "BertConfig",
        vocab_size=len(WORDS), max_position_embeddings=32, **SMALL,
    )  # fmt: skip


def save_gpt2(folder):
    """Write a GPT-2 of two layers, with a tokenizer that has no token for padding."""
    model, tokenizer = save_text_model(
        folder, "GPT2Model", "GPT2Config",
        vocab_size=len(WORDS), n_embd=16, n_layer=2, n_head=2, n_positions=32,
        bos_token_id=2, eos_token_id=3,
    )  # fmt: skip
    tokenizer.pad_token, tokenizer.eos_token = None, "[SEP]"
    tokenizer.save_pretrained(folder)
    return model, tokenizer


def save_image_model(folder, kind, config, **options):
    """Write a random model of transformers with a processor for images of 32 pixels."""
    transformers = framework("transformers")
    tiny_torch()
    model = getattr(transformers, kind)(getattr(transformers, config)(**options)).eval()
    model.save_pretrained(folder)
    processor = transformers.ViTImageProcessor(size={"height": 32, "width": 32})
    processor.save_pretrained(folder)
    return model, processor


def make_images(n_images=6, size=40, seed=0):
    """Return random images of Pillow, each of another size."""
    image = framework("PIL.Image")
    rng = np.random.default_rng(seed)
    return [
        image.fromarray(rng.integers(0, 255, (size + i, size, 3)).astype(np.uint8))
        for i in range(n_images)
    ]


def save_image_folder(folder, n_per_class=4, classes=("ant", "bee", "cat")):
    """Write pictures of several classes, one sub-folder each; return their paths, sorted."""
    images = iter(make_images(n_per_class * len(classes)))
    for name in classes:
        (folder / name).mkdir(parents=True)
        for i in range(n_per_class):
            next(images).save(folder / name / f"{i}.png")
    return sorted(folder.rglob("*.png"))

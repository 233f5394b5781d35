"""Extraction against a bare loop of the same model, batch size and rows; memory beside it.

python -m benchmarks.extraction [--rows N] [--repeats K]

Needs PyTorch, timm and transformers. Random weights: the time does not depend on them.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import timm
import torch
import transformers
from PIL import Image

from skperturb.extraction import extract_features

BATCH_SIZE = 32
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"word{i}" for i in range(995))]


def save_text_model(folder):
    """Write a BERT of 4 layers and 256 units, with a tokenizer."""
    config = transformers.BertConfig(
        vocab_size=1000, hidden_size=256, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=1024,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    vocabulary = {word: code for code, word in enumerate(WORDS)}
    transformers.BertTokenizerFast(vocab=vocabulary, model_max_length=512).save_pretrained(folder)
    return str(folder)


def make_texts(n_rows, rng):
    """Return texts of 3 to 120 words, most of them short, as texts are."""
    counts = np.clip(rng.lognormal(2.7, 0.8, n_rows).astype(int), 3, 120)
    return [" ".join(rng.choice(WORDS[5:], count)) for count in counts]


def loop_over_texts(folder, texts):
    """Return the features as a plain loop computes them."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    def run():
        found = []
        for start in range(0, len(texts), BATCH_SIZE):
            tokens = tokenizer(
                texts[start : start + BATCH_SIZE],
                padding=True,
                truncation=True,
                return_tensors="pt",
            )
            mask = tokens["attention_mask"][..., None]
            found.append((model(**tokens).last_hidden_state * mask).sum(1) / mask.sum(1))
        return torch.cat(found).numpy()

    return run


def save_image_model(folder):
    """Write a ResNet-18 of timm."""
    timm.models.save_for_hf(timm.create_model("resnet18", pretrained=False), folder)
    return f"timm:{folder}"


def save_images(folder, n_rows, rng):
    """Write photos of 500 x 375 pixels."""
    folder.mkdir()
    for i in range(n_rows):
        coarse = Image.fromarray(rng.integers(0, 255, (24, 32, 3)).astype(np.uint8))
        coarse.resize((500, 375)).save(folder / f"{i:05}.jpg")
    return sorted(folder.iterdir())


def loop_over_images(name, paths):
    """Return the features as a plain loop computes them."""
    model = timm.create_model(name.replace("timm:", "local-dir:"), pretrained=True, num_classes=0)
    model.eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))

    def run():
        found = []
        for start in range(0, len(paths), BATCH_SIZE):
            images = [Image.open(path).convert("RGB") for path in paths[start : start + BATCH_SIZE]]
            found.append(model(torch.stack([transform(image) for image in images])))
        return torch.cat(found).numpy()

    return run


def time_loop(run):
    """Return the seconds of one pass without its first batch's surprises."""
    with torch.inference_mode():
        start = time.perf_counter()
        features = run()
        return time.perf_counter() - start, features


def time_extraction(name, rows):
    """Return the seconds that the model took, those of the whole call, and the features."""
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        found = extract_features([name], rows, out=out, batch_size=BATCH_SIZE, verbose=0)
        whole = time.perf_counter() - start
        return found.models[name]["seconds"], whole, np.array(found.feature_sets[name], np.float32)


def compare(kind, name, rows, run, repeats):
    """Print one line: rows per second of both, the best of several passes by turns."""
    looped, extracted, wholes = [], [], []
    for _ in range(repeats):
        seconds, expected = time_loop(run)
        looped.append(seconds)
        seconds, whole, features = time_extraction(name, rows)
        extracted.append(seconds)
        wholes.append(whole)
    difference = np.abs(features - expected).max() / np.abs(expected).max()
    speeds = [len(rows) / min(each) for each in (looped, extracted, wholes)]
    print(
        f"{kind:8}{len(rows):8}{speeds[0]:12.1f}{speeds[1]:12.1f}{speeds[1] / speeds[0]:8.2f}"
        f"{speeds[2]:12.1f}{difference:12.1e}{_peak_mb():10.0f}"
    )


def _peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    """Run the comparisons."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    print(
        f"{'':8}{'rows':>8}{'loop /s':>12}{'ours /s':>12}{'ratio':>8}{'all in /s':>12}"
        f"{'difference':>12}{'peak MB':>10}"
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        name, texts = save_text_model(place / "bert"), make_texts(options.rows, rng)
        compare("texts", name, texts, loop_over_texts(name, texts), options.repeats)
        name, paths = (
            save_image_model(place / "resnet"),
            save_images(place / "jpg", options.rows, rng),
        )
        compare("images", name, paths, loop_over_images(name, paths), options.repeats)


if __name__ == "__main__":
    main()

"""Features from Hugging Face transformers: the mean of the last hidden states of a text.

python from_transformers.py texts.csv features distilbert-base-uncased roberta-base

`texts.csv` has the columns `text` and `label`. Pass the texts of the training set only.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer


def features_of(model, tokenizer, texts, device="cpu", batch_size=32):
    """Return the mean over the tokens of each text, `(n_samples, n_features)`."""
    found = []
    model.eval().to(device)
    with torch.inference_mode():
        for start in range(0, len(texts), batch_size):
            tokens = tokenizer(
                texts[start : start + batch_size],
                padding=True,
                truncation=True,
                return_tensors="pt",
            ).to(device)
            states = model(**tokens).last_hidden_state.float()
            mask = tokens["attention_mask"][..., None]  # padding is no part of the text
            found.append(((states * mask).sum(1) / mask.sum(1)).cpu())
    return torch.cat(found).numpy()


def main(table, out, *names):
    Path(out).mkdir(exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    np.save(Path(out, "labels.npy"), np.array([row["label"] for row in rows]))
    for name in names:
        tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name)
        features = features_of(model, tokenizer, [row["text"] for row in rows], device)
        np.save(Path(out, f"{name.replace('/', '--')}.npy"), features)


if __name__ == "__main__":
    main(*sys.argv[1:])

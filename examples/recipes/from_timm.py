"""Features from timm: a network without its classifier returns them pooled.

python from_timm.py photos features resnet50.a1_in1k vit_small_patch16_224.dino

`photos` holds one folder per class. Pass the photos of the training set only.
"""

import sys
from pathlib import Path

import numpy as np
import timm
import torch
from torchvision.datasets import ImageFolder


def features_of(model, batches, device="cpu"):
    """Return the pooled features, `(n_samples, n_features)`, and the labels."""
    found, labels = [], []
    model.eval().to(device)
    with torch.inference_mode():
        for images, codes in batches:
            found.append(model(images.to(device)).float().cpu())
            labels.append(codes)
    return torch.cat(found).numpy(), torch.cat(labels).numpy()


def load(name):
    """Return a pre-trained network of timm that has no classifier."""
    return timm.create_model(name, pretrained=True, num_classes=0)


def main(photos, out, *names):
    Path(out).mkdir(exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for name in names:
        model = load(name)
        config = timm.data.resolve_model_data_config(model)  # its own size and normalisation
        images = ImageFolder(photos, timm.data.create_transform(**config, is_training=False))
        batches = torch.utils.data.DataLoader(images, batch_size=64)  # in order, not shuffled
        features, codes = features_of(model, batches, device)
        np.save(Path(out, f"{name}.npy"), features)
        np.save(Path(out, "labels.npy"), np.array(images.classes)[codes])


if __name__ == "__main__":
    main(*sys.argv[1:])

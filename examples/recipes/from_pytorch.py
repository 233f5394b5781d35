"""Features from PyTorch: what a network hands to its last linear layer.

python from_pytorch.py photos features resnet18 mobilenet_v3_small

`photos` holds one folder per class. Pass the photos of the training set only.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn


def last_linear(model):
    """Return the classifier of a network, as a rule its last linear layer."""
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    if not layers:
        msg = f"{type(model).__name__} has no linear layer; name the layer to listen at."
        raise ValueError(msg)
    return layers[-1]


def features_of(model, layer, batches, device="cpu"):
    """Return what goes into `layer`, `(n_samples, n_features)`, and the labels."""
    heard, labels = [], []
    hook = layer.register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0].cpu()))
    model.eval().to(device)  # batch norm and dropout as they are after training
    with torch.inference_mode():
        for images, codes in batches:
            model(images.to(device))
            labels.append(codes)
    hook.remove()
    return torch.cat(heard).numpy().astype(np.float32), torch.cat(labels).numpy()


def load(name):
    """Return a pre-trained network of torchvision and what prepares its images."""
    from torchvision.models import get_model, get_model_weights

    weights = get_model_weights(name).DEFAULT
    return get_model(name, weights=weights), weights.transforms()


def main(photos, out, *names):
    from torchvision.datasets import ImageFolder

    Path(out).mkdir(exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for name in names:
        model, prepare = load(name)
        images = ImageFolder(photos, prepare)
        batches = torch.utils.data.DataLoader(images, batch_size=64)  # in order, not shuffled
        features, codes = features_of(model, last_linear(model), batches, device)
        np.save(Path(out, f"{name}.npy"), features)
        np.save(Path(out, "labels.npy"), np.array(images.classes)[codes])


if __name__ == "__main__":
    main(*sys.argv[1:])

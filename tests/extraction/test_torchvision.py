"""Models of torchvision: what their classifier is given, with the transform of their weights."""

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor
from tiny_models import framework, make_images, tiny_torch

models = framework("torchvision.models")
torch = tiny_torch()
pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks, about themselves


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    """Random weights where torchvision keeps what it has downloaded."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)

    def save(name):
        weights = models.get_model_weights(name).DEFAULT
        torch.manual_seed(0)
        model = models.get_model(name, weights=None).eval()
        torch.save(model.state_dict(), folder / weights.url.rpartition("/")[2])
        return model, weights.transforms()

    return save


@pytest.mark.parametrize(
    ("name", "head"), [("resnet18", "fc"), ("mobilenet_v3_small", "classifier.3")]
)
def test_the_classifier_applied_to_the_features_gives_the_output(checkpoints, name, head):
    model, transform = checkpoints(name)
    images = make_images(3)
    found = FeatureExtractor(f"torchvision:{name}", batch_size=2).transform(images)
    with torch.inference_mode():
        logits = model.get_submodule(head)(torch.from_numpy(found))
        expected = model(torch.stack([transform(image) for image in images]))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)


def test_a_network_without_linear_layer(checkpoints):
    checkpoints("squeezenet1_1")
    with pytest.raises(ValueError, match="SqueezeNet has no linear layer to listen at"):
        FeatureExtractor("torchvision:squeezenet1_1").transform(make_images(1))

"""Models of timm give what a plain loop over timm gives."""

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor
from tiny_models import framework, make_images, tiny_torch

timm = framework("timm")
torch = tiny_torch()
pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks, about themselves

# Convolutions, channels last, tokens with and without a class token, a head wider than the trunk.
ARCHITECTURES = ["test_resnet", "test_mambaout", "test_vit", "test_vit_relpos", "test_efficientnet"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Random models as timm writes them, by architecture."""
    place = tmp_path_factory.mktemp("timm")
    for name in [*ARCHITECTURES, "mobilenetv3_small_050"]:
        torch.manual_seed(0)
        timm.models.save_for_hf(timm.create_model(name, pretrained=False), place / name)
    return place


def _by_hand(folder):
    """Return the model and its images, as the documentation of timm says."""
    model = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    config = timm.data.resolve_model_data_config(model)
    transform = timm.data.create_transform(**config, is_training=False)
    return model, torch.stack([transform(image) for image in make_images()])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_features_are_those_before_the_classifier(folders, name):
    model, images = _by_hand(folders / name)
    with torch.inference_mode():
        expected = model(images).numpy()
    found = FeatureExtractor(f"timm:{folders / name}", batch_size=4).transform(make_images())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert found.dtype == np.float32


def test_a_folder_of_timm_needs_no_prefix(folders):
    found = FeatureExtractor(folders / "test_vit").transform(make_images())
    again = FeatureExtractor(f"timm:{folders / 'test_vit'}").transform(make_images())
    np.testing.assert_array_equal(found, again)


def test_the_width_is_that_of_the_head(folders):
    model, _ = _by_hand(folders / "mobilenetv3_small_050")
    found = FeatureExtractor(folders / "mobilenetv3_small_050").transform(make_images(2))
    assert model.num_features == 288
    assert found.shape == (2, model.head_hidden_size) == (2, 1024)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_all_layers_come_from_one_pass(folders, name):
    model, images = _by_hand(folders / name)
    with torch.inference_mode():
        _, maps = model.forward_intermediates(images)
        expected = [each.mean((2, 3)) for each in maps] + [model(images)]
    extractor = FeatureExtractor(folders / name, layers="all")
    found = extractor.transform(make_images())
    np.testing.assert_allclose(found, np.hstack(expected), rtol=1e-5, atol=1e-5)
    some = FeatureExtractor(folders / name, layers=[0, -1]).transform(make_images())
    np.testing.assert_allclose(some, np.hstack([expected[0], expected[-1]]), rtol=1e-5, atol=1e-5)
    names = extractor.get_feature_names_out()
    assert names[0] == f"{name}@layer00_0"
    assert len(names) == found.shape[1]


def test_pooling_by_choice(folders):
    model, images = _by_hand(folders / "test_vit")
    with torch.inference_mode():
        tokens = model.forward_features(images)
    cls = FeatureExtractor(folders / "test_vit", pooling="cls").transform(make_images())
    mean = FeatureExtractor(folders / "test_vit", pooling="mean").transform(make_images())
    np.testing.assert_allclose(cls, tokens[:, 0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(mean, tokens[:, 1:].mean(1), rtol=1e-5, atol=1e-5)


def test_the_mean_over_maps_whose_channels_are_last(folders):
    model, images = _by_hand(folders / "test_mambaout")
    with torch.inference_mode():
        expected = model.forward_features(images).mean((1, 2))
    found = FeatureExtractor(folders / "test_mambaout", pooling="mean").transform(make_images())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "pooling"), [("test_resnet", "cls"), ("test_vit", "last")])
def test_a_token_that_is_not_there_is_refused(folders, name, pooling):
    with pytest.raises(ValueError, match="has no such token: `pooling` must be"):
        FeatureExtractor(folders / name, pooling=pooling).transform(make_images(1))


def test_class_tokens_of_all_layers(folders):
    model, images = _by_hand(folders / "test_vit")
    with torch.inference_mode():
        _, pairs = model.forward_intermediates(images, return_prefix_tokens=True)
    extractor = FeatureExtractor(folders / "test_vit", pooling="cls", layers=[2])
    np.testing.assert_allclose(
        extractor.transform(make_images()), pairs[2][1][:, 0], rtol=1e-5, atol=1e-5
    )


def test_half_precision_is_near(folders):
    full = FeatureExtractor(folders / "test_resnet").transform(make_images())
    half = FeatureExtractor(folders / "test_resnet", dtype="bfloat16").transform(make_images())
    assert half.dtype == np.float32
    assert 0 < np.abs(half - full).max() < 0.05 * np.abs(full).max()


def test_preprocessing_by_choice(folders):
    model, _ = _by_hand(folders / "test_resnet")

    def grey(image):
        return torch.full((3, 32, 32), np.asarray(image).mean() / 255)

    with torch.inference_mode():
        expected = model(torch.stack([grey(image) for image in make_images()]))
    found = FeatureExtractor(folders / "test_resnet", preprocess=grey).transform(make_images())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)

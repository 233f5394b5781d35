"""Images through transformers: maps are averaged, tokens too, and no pooler is trusted."""

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor
from tiny_models import SMALL, WORDS, framework, make_images, save_image_model, tiny_torch

transformers = framework("transformers")
torch = tiny_torch()
pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks, about themselves

TOKENS = {
    "ViT": {"image_size": 32, "patch_size": 8, **SMALL},
    "Dinov2": {
        "image_size": 32, "patch_size": 8, "hidden_size": 16, "num_hidden_layers": 2,
        "num_attention_heads": 2,
    },
    "Swin": {
        "image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2],
        "window_size": 4,
    },
}  # fmt: skip
MAPS = {
    "ResNet": {
        "embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic",
    },
    "ConvNext": {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2},
}  # fmt: skip


def _states(encoder, processor, **options):
    inputs = processor(images=make_images(), return_tensors="pt")
    with torch.inference_mode():
        return encoder(**inputs, **options)


@pytest.mark.parametrize(("kind", "options"), TOKENS.items(), ids=list(TOKENS))
def test_the_mean_over_the_tokens(tmp_path, kind, options):
    model, processor = save_image_model(tmp_path / kind, f"{kind}Model", f"{kind}Config", **options)
    found = FeatureExtractor(tmp_path / kind, batch_size=4).transform(make_images())
    expected = _states(model, processor).last_hidden_state.mean(1)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    first = FeatureExtractor(tmp_path / kind, pooling="cls").transform(make_images())
    expected = _states(model, processor).last_hidden_state[:, 0]
    np.testing.assert_allclose(first, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "options"), MAPS.items(), ids=list(MAPS))
def test_the_global_average_of_maps(tmp_path, kind, options):
    model, processor = save_image_model(tmp_path / kind, f"{kind}Model", f"{kind}Config", **options)
    extractor = FeatureExtractor(tmp_path / kind, layers="all")
    found = extractor.transform(make_images())
    output = _states(model, processor, output_hidden_states=True)
    expected = np.hstack([each.mean((2, 3)) for each in output.hidden_states])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert set(extractor.pooling_.values()) == {"global average"}
    with pytest.raises(ValueError, match="Feature maps have no tokens"):
        FeatureExtractor(tmp_path / kind, pooling="cls").transform(make_images())


def test_registers_are_left_out(tmp_path):
    folder = tmp_path / "registers"
    model, processor = save_image_model(
        folder, "Dinov2WithRegistersModel", "Dinov2WithRegistersConfig",
        num_register_tokens=3, **TOKENS["Dinov2"],
    )  # fmt: skip
    states = _states(model, processor).last_hidden_state
    expected = torch.cat([states[:, :1], states[:, 4:]], 1).mean(1)
    found = FeatureExtractor(folder).transform(make_images())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["CLIP", "Siglip"])
def test_of_two_towers_the_one_for_images(tmp_path, kind):
    text = {**SMALL, "vocab_size": len(WORDS), "max_position_embeddings": 16}
    model, processor = save_image_model(
        tmp_path / kind, f"{kind}Model", f"{kind}Config",
        text_config=text, vision_config=TOKENS["ViT"],
    )  # fmt: skip
    found = FeatureExtractor(tmp_path / kind).transform(make_images())
    expected = _states(model.vision_model, processor).last_hidden_state.mean(1)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_preprocessing_by_choice(tmp_path):
    model, _ = save_image_model(tmp_path / "vit", "ViTModel", "ViTConfig", **TOKENS["ViT"])

    def grey(image):
        return torch.full((3, 32, 32), np.asarray(image).mean() / 255)

    with torch.inference_mode():
        pixels = torch.stack([grey(image) for image in make_images()])
        expected = model(pixel_values=pixels).last_hidden_state.mean(1)
    found = FeatureExtractor(tmp_path / "vit", preprocess=grey).transform(make_images())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)

"""Graphs of ONNX Runtime: no PyTorch, the tokenizer or preprocessing from beside the file."""

import json
import subprocess
import sys

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor
from skperturb.extraction._image_processing import ImageProcessor
from skperturb.extraction.adapters._onnx import pick_providers
from tiny_models import TEXTS, framework, make_images
from tiny_onnx import TABLE, helper, save_image_graph, save_text_graph

helper()


def _ids(folder, text):
    import tokenizers

    return tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids


@pytest.mark.parametrize("batch_size", [1, 4])
def test_an_encoder_means_over_its_tokens(tmp_path, batch_size):
    save_text_graph(tmp_path / "model.onnx")
    found = FeatureExtractor(f"onnx:{tmp_path}/model.onnx", batch_size=batch_size).transform(TEXTS)
    expected = [-TABLE[_ids(tmp_path, text)].mean(0) for text in TEXTS]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_decoder_gives_its_last_token(tmp_path):
    save_text_graph(tmp_path / "model.onnx", causal=True)
    found = FeatureExtractor(tmp_path / "model.onnx").transform(TEXTS)
    expected = [TABLE[_ids(tmp_path, text)].sum(0) for text in TEXTS]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_graph_of_fixed_size_runs_rows_of_any_number(tmp_path):
    save_text_graph(tmp_path / "model.onnx", batch=4, steps=16)
    found = FeatureExtractor(tmp_path / "model.onnx").transform(TEXTS)
    expected = [-TABLE[_ids(tmp_path, text)].mean(0) for text in TEXTS]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_layers_are_outputs_called_hidden_states(tmp_path):
    save_text_graph(tmp_path / "model.onnx")
    found = FeatureExtractor(tmp_path / "model.onnx", layers="all").transform(TEXTS)
    means = np.array([TABLE[_ids(tmp_path, text)].mean(0) for text in TEXTS])
    np.testing.assert_allclose(found, np.hstack([means, -means]), rtol=1e-5, atol=1e-6)
    save_image_graph(tmp_path / "image.onnx")
    with pytest.raises(ValueError, match=r"shows no outputs called hidden_states\.N"):
        FeatureExtractor(tmp_path / "image.onnx", layers="all").transform(make_images(1))


def test_the_tokenizer_may_lie_one_folder_up_or_be_given(tmp_path):
    save_text_graph(tmp_path / "model.onnx")
    expected = FeatureExtractor(tmp_path / "model.onnx").transform(TEXTS)
    (tmp_path / "onnx").mkdir()
    (tmp_path / "model.onnx").rename(tmp_path / "onnx" / "model.onnx")
    np.testing.assert_array_equal(
        FeatureExtractor(tmp_path / "onnx/model.onnx").transform(TEXTS), expected
    )
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tokenizer.json").rename(tmp_path / "elsewhere" / "tokenizer.json")
    with pytest.raises(FileNotFoundError, match=r"needs its tokenizer\.json, and there is none at"):
        FeatureExtractor(tmp_path / "onnx/model.onnx").transform(TEXTS)
    given = FeatureExtractor(tmp_path / "onnx/model.onnx", tokenizer=tmp_path / "elsewhere")
    np.testing.assert_array_equal(given.transform(TEXTS), expected)


def test_texts_are_cut_at_what_lies_beside(tmp_path):
    save_text_graph(tmp_path / "model.onnx")
    found = FeatureExtractor(tmp_path / "model.onnx").transform(["good " * 40])
    np.testing.assert_allclose(found[0], -TABLE[[2, *[6] * 14, 3]].mean(0), rtol=1e-5, atol=1e-6)
    short = FeatureExtractor(tmp_path / "model.onnx", max_length=4).transform(["good " * 40])
    np.testing.assert_allclose(short[0], -TABLE[[2, 6, 6, 3]].mean(0), rtol=1e-5, atol=1e-6)


def test_words(tmp_path):
    save_text_graph(tmp_path / "model.onnx")
    sentences = [["a", "gooders", "day"], ["bad"] * 40, ["good"]]
    found = FeatureExtractor(tmp_path / "model.onnx").transform(sentences)
    expected = [TABLE[5], TABLE[[6, 11, 10]].mean(0), TABLE[8], *[TABLE[7]] * 40, TABLE[6]]
    np.testing.assert_allclose(found, -np.array(expected), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch", ["n", 4])
def test_images_are_prepared_as_the_file_beside_says(tmp_path, batch):
    save_image_graph(tmp_path / "model.onnx", batch=batch)
    found = FeatureExtractor(tmp_path / "model.onnx").transform(make_images())
    config = json.loads((tmp_path / "preprocessor_config.json").read_text())
    expected = [2 * ImageProcessor(config)(image).mean((1, 2)) for image in make_images()]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_image_processing_is_that_of_transformers(tmp_path):
    transformers = framework("transformers")
    framework("torchvision")
    save_image_graph(tmp_path / "model.onnx")
    config = json.loads((tmp_path / "preprocessor_config.json").read_text())
    theirs = transformers.CLIPImageProcessor(**config)
    for image in make_images(3, size=60):
        expected = np.asarray(theirs(images=image, return_tensors="np")["pixel_values"][0])
        found = ImageProcessor(config)(image)
        assert found.shape == expected.shape == (3, 24, 24)
        # One of 255 shades in the resizing of two libraries, over the smallest deviation.
        assert np.abs(found - expected).max() < 1.5 / 255 / 0.2


def test_images_without_preprocessing(tmp_path):
    save_image_graph(tmp_path / "model.onnx", config=False)
    with pytest.raises(FileNotFoundError, match=r"needs preprocessor_config\.json beside it"):
        FeatureExtractor(tmp_path / "model.onnx").transform(make_images(1))

    def shade(image):
        return np.full((3, 24, 24), np.asarray(image).mean(), dtype=np.float32)

    found = FeatureExtractor(tmp_path / "model.onnx", preprocess=shade).transform(make_images())
    expected = [[2 * np.asarray(image).mean()] * 3 for image in make_images()]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_arrays_go_in_as_they_are(tmp_path):
    save_image_graph(tmp_path / "model.onnx", config=False)
    arrays = np.random.default_rng(0).standard_normal((5, 3, 24, 24))
    found = FeatureExtractor(tmp_path / "model.onnx").transform(arrays)
    np.testing.assert_allclose(found, 2 * arrays.mean((2, 3)), rtol=1e-4, atol=1e-5)


def test_a_device_that_there_is_not():
    assert (
        pick_providers("auto", ["CUDAExecutionProvider", "CPUExecutionProvider"])[0][:4] == "CUDA"
    )
    assert pick_providers("auto", ["CPUExecutionProvider"]) == ["CPUExecutionProvider"]
    assert pick_providers("cpu", ["CUDAExecutionProvider"]) == ["CPUExecutionProvider"]
    with pytest.raises(ValueError, match="`device` must be one that ONNX Runtime has here"):
        pick_providers("cuda", ["CPUExecutionProvider"])


def test_neither_pytorch_nor_transformers_is_imported(tmp_path):
    save_text_graph(tmp_path / "model.onnx")
    code = (
        "import sys; from skperturb.extraction import FeatureExtractor;"
        f"FeatureExtractor('onnx:{tmp_path}/model.onnx').transform(['a day']);"
        "print([each for each in ('torch', 'transformers', 'timm') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

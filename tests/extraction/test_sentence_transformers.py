"""Texts through sentence-transformers: what its `encode` gives, with its prompts."""

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor
from tiny_models import TEXTS, framework, save_bert, tiny_torch

library = framework("sentence_transformers")
tiny_torch()
pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks, about themselves


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A BERT with mean pooling and two prompts."""
    place = tmp_path_factory.mktemp("st")
    save_bert(place / "bert")
    modules = library.SentenceTransformer(str(place / "bert"), device="cpu")
    modules.prompts = {"query": "a ", "document": "bad "}
    modules.save(str(place / "st"))
    return place / "st"


def test_features_are_those_of_encode(folder):
    model = library.SentenceTransformer(str(folder), device="cpu")
    extractor = FeatureExtractor(f"st:{folder}", batch_size=2, device="cpu")
    found = extractor.transform(TEXTS)
    np.testing.assert_allclose(found, model.encode(TEXTS), rtol=1e-5, atol=1e-5)
    assert extractor.pooling_ == {None: "Transformer > Pooling"}


def test_prompts_by_name_and_as_text(folder):
    plain = FeatureExtractor(f"st:{folder}", device="cpu")
    by_name = FeatureExtractor(f"st:{folder}", prompt="query", device="cpu")
    as_text = FeatureExtractor(f"st:{folder}", prompt="a ", device="cpu")
    expected = plain.transform(["a good"])
    np.testing.assert_allclose(by_name.transform(["good"]), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(as_text.transform(["good"]), expected, rtol=1e-5, atol=1e-6)


def test_a_default_prompt_is_used(folder, tmp_path):
    model = library.SentenceTransformer(str(folder), device="cpu")
    model.default_prompt_name = "query"
    model.save(str(tmp_path / "st"))
    found = FeatureExtractor(f"st:{tmp_path / 'st'}", device="cpu").transform(["good"])
    expected = FeatureExtractor(f"st:{folder}", device="cpu").transform(["a good"])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"layers": "all"}, "shows its last layer only"), ({"pooling": "cls"}, "pools as its model")],
)
def test_what_it_does_not_offer_is_said(folder, options, words):
    with pytest.raises(ValueError, match=words):
        FeatureExtractor(f"st:{folder}", device="cpu", **options).transform(TEXTS)

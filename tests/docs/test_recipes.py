"""The recipes of the docs, run on tiny networks with random weights; nothing is downloaded."""

import csv
import importlib

import numpy as np
import pytest

from skperturb import ModelSelector
from skperturb.metrics import KNNScore

torch = pytest.importorskip("torch", reason="PyTorch is not part of the extras: it is large")
pytestmark = [
    # Of the frameworks, on import and on features of their own; none is about the recipes.
    pytest.mark.filterwarnings("ignore"),
]


def _recipe(name, *packages):
    for package in packages:
        pytest.importorskip(package, reason=f"{package} is not part of the extras")
    return importlib.import_module(f"examples.recipes.{name}")


@pytest.fixture
def photos(tmp_path):
    """Twelve pictures of 3 classes, one folder per class, as a recipe takes them."""
    image = pytest.importorskip("PIL.Image", reason="Pillow comes with matplotlib")
    rng = np.random.default_rng(0)
    for shade, name in enumerate(["ant", "bee", "cat"]):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(4):
            pixels = rng.integers(0, 60, (40, 40, 3)) + 80 * shade
            image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "photos" / name / f"{i}.png")
    return tmp_path / "photos"


@pytest.fixture
def texts(tmp_path):
    """Six short texts of different lengths, in 2 classes."""
    with open(tmp_path / "texts.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        table.writerows([["good, good", "yes"], ["a good day", "yes"], ["good", "yes"]])
        table.writerows([["bad", "no"], ["a bad, bad, bad day", "no"], ["bad day", "no"]])
    return tmp_path / "texts.csv"


def _check_ranks(folder, n_samples):
    """Rank the files of a recipe, as the page on getting started does."""
    labels = np.load(folder / "labels.npy")
    pool = {path.stem: path for path in folder.glob("*.npy") if path.stem != "labels"}
    selector = ModelSelector(KNNScore(n_neighbors=1), error_score="raise").fit(pool, labels)
    assert len(labels) == n_samples
    assert sorted(selector.ranking_) == sorted(pool)
    return selector


def _toy(nn, n_classes=3):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Dropout(), nn.Linear(8, n_classes),
    )  # fmt: skip


def test_pytorch_hears_what_the_classifier_gets():
    recipe = _recipe("from_pytorch")
    torch.manual_seed(0)
    model = _toy(torch.nn)
    images, codes = torch.rand(10, 3, 8, 8), torch.arange(10) % 3
    batches = [(images[:6], codes[:6]), (images[6:], codes[6:])]
    features, labels = recipe.features_of(model, recipe.last_linear(model), batches)
    np.testing.assert_array_equal(labels, codes)
    assert features.shape == (10, 8)
    assert not model.training
    # The head, applied to the features by hand, gives what the model gives.
    head = model[-1]
    logits = features @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    np.testing.assert_allclose(logits, model(images).detach().numpy(), rtol=1e-4, atol=1e-6)
    assert not model[-1]._forward_pre_hooks


def test_pytorch_says_that_there_is_no_linear_layer():
    recipe = _recipe("from_pytorch")
    with pytest.raises(ValueError, match="Conv2d has no linear layer; name the layer"):
        recipe.last_linear(torch.nn.Conv2d(3, 3, 1))


def test_pytorch_writes_files_that_rank(photos, tmp_path, monkeypatch):
    recipe = _recipe("from_pytorch", "torchvision")
    from torchvision.models import get_model, get_model_weights

    def untrained(name):
        torch.manual_seed(0)
        return get_model(name, weights=None), get_model_weights(name).DEFAULT.transforms()

    monkeypatch.setattr(recipe, "load", untrained)
    recipe.main(photos, tmp_path / "features", "resnet18", "mobilenet_v3_small")
    selector = _check_ranks(tmp_path / "features", 12)
    assert sorted(selector.names_) == ["mobilenet_v3_small", "resnet18"]
    assert np.load(tmp_path / "features" / "resnet18.npy").shape == (12, 512)


def test_timm_writes_files_that_rank(photos, tmp_path, monkeypatch):
    recipe = _recipe("from_timm", "timm")

    def untrained(name):
        torch.manual_seed(0)
        return recipe.timm.create_model(name, pretrained=False, num_classes=0)

    monkeypatch.setattr(recipe, "load", untrained)
    recipe.main(photos, tmp_path / "features", "test_resnet", "test_vit")
    _check_ranks(tmp_path / "features", 12)
    labels = np.load(tmp_path / "features" / "labels.npy")
    assert labels.tolist() == ["ant"] * 4 + ["bee"] * 4 + ["cat"] * 4
    # The same without the classifier as with it, up to the classifier.
    model = untrained("test_resnet")
    images = torch.rand(2, 3, 160, 160)
    features, _ = recipe.features_of(model, [(images, torch.zeros(2))])
    pooled = model.forward_head(model.forward_features(images), pre_logits=True)
    np.testing.assert_allclose(features, pooled.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.fixture
def tiny_bert(tmp_path):
    """Folder with a BERT of two tiny layers and a tokenizer of whole words."""
    transformers = pytest.importorskip("transformers", reason="not part of the extras")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "good", "bad", "day", ","]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    folder = tmp_path / "tiny-bert"
    transformers.BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def test_transformers_means_over_the_text_without_its_padding(texts, tiny_bert, tmp_path):
    recipe = _recipe("from_transformers", "transformers")
    tokenizer = recipe.AutoTokenizer.from_pretrained(tiny_bert)
    model = recipe.AutoModel.from_pretrained(tiny_bert)
    both = recipe.features_of(model, tokenizer, ["good", "a bad, bad day"])
    alone = recipe.features_of(model, tokenizer, ["good"])
    np.testing.assert_allclose(both[:1], alone, rtol=1e-4, atol=1e-6)
    states = model(**tokenizer("good", return_tensors="pt")).last_hidden_state
    np.testing.assert_allclose(alone[0], states[0].mean(0).detach().numpy(), rtol=1e-4, atol=1e-6)


def test_transformers_writes_files_that_rank(texts, tiny_bert, tmp_path, monkeypatch):
    recipe = _recipe("from_transformers", "transformers")
    monkeypatch.chdir(tmp_path.parent)
    recipe.main(texts, tmp_path / "features", f"{tmp_path.name}/tiny-bert")
    assert _check_ranks(tmp_path / "features", 6).names_ == [f"{tmp_path.name}--tiny-bert"]


def test_sentence_transformers_writes_files_that_rank(texts, tiny_bert, tmp_path, monkeypatch):
    recipe = _recipe("from_sentence_transformers", "sentence_transformers")
    monkeypatch.chdir(tmp_path)
    recipe.main(texts, tmp_path / "features", tiny_bert.name)
    _check_ranks(tmp_path / "features", 6)
    # A plain BERT gets mean pooling from sentence-transformers: the other recipe.
    means = _recipe("from_transformers", "transformers")
    means.main(texts, tmp_path / "means", tiny_bert.name)
    np.testing.assert_allclose(
        *(np.load(tmp_path / kind / "tiny-bert.npy") for kind in ("features", "means")),
        rtol=1e-4,
        atol=1e-6,
    )

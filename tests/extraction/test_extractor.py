"""FeatureExtractor as a transformer of scikit-learn, with functions as models."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skperturb.extraction import FeatureExtractor, UnknownModelError
from skperturb.extraction._names import parse_name

TEXTS = ["a bird", "a bird in the hand", "two", "two in the bush"] * 5


def lengths(texts):
    return np.array([[len(text), text.count(" ")] for text in texts])


def by_layer(texts):
    return {0: lengths(texts), 3: 2 * lengths(texts), "head": lengths(texts)[:, :1]}


def test_a_pipeline_is_a_classifier():
    y = [len(text) > 8 for text in TEXTS]
    classifier = make_pipeline(FeatureExtractor(lengths), LogisticRegression())
    assert cross_val_score(classifier, TEXTS, y, cv=3).min() == 1.0
    assert classifier.fit(TEXTS, y).predict(["a", "a sentence of many words"]).tolist() == [
        False,
        True,
    ]


def test_parameters_clones_and_pickles():
    extractor = FeatureExtractor(lengths, batch_size=3)
    extractor.transform(TEXTS)
    assert clone(extractor).get_params() == extractor.get_params()
    assert not hasattr(clone(extractor), "_loaded")
    again = pickle.loads(pickle.dumps(extractor))
    assert not hasattr(again, "_loaded")
    np.testing.assert_array_equal(again.transform(TEXTS), extractor.transform(TEXTS))


def test_the_model_is_loaded_once_and_again_when_it_is_another():
    extractor = FeatureExtractor(lengths)
    extractor.transform(TEXTS)
    first = extractor._load("text")
    extractor.transform(TEXTS)
    assert extractor._load("text") is first
    extractor.set_params(batch_size=1)
    assert extractor._load("text") is not first


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_rows_keep_their_order_whatever_the_batches(batch_size):
    seen = []

    def remember(texts):
        seen.append(len(texts))
        return lengths(texts)

    found = FeatureExtractor(remember, batch_size=batch_size).transform(TEXTS)
    np.testing.assert_array_equal(found, lengths(TEXTS))
    assert max(seen) == min(batch_size, len(TEXTS))
    assert sum(seen) == len(TEXTS)


def test_layers_of_a_function_stand_side_by_side():
    extractor = FeatureExtractor(by_layer).fit()
    with pytest.raises(NotFittedError, match="knows its columns once it has transformed"):
        extractor.get_feature_names_out()
    found = extractor.transform(TEXTS)
    assert found.shape == (20, 5)
    assert extractor.get_feature_names_out().tolist() == [
        "by_layer@layer00_0", "by_layer@layer00_1", "by_layer@layer03_0", "by_layer@layer03_1",
        "by_layer@head_0",
    ]  # fmt: skip


def test_layers_of_a_function_by_name():
    found = FeatureExtractor(by_layer, layers=["head", 0]).transform(TEXTS)
    np.testing.assert_array_equal(found, np.hstack([lengths(TEXTS)[:, :1], lengths(TEXTS)]))
    with pytest.raises(ValueError, match="`layers` must be among 0, 3, head, got 7"):
        FeatureExtractor(by_layer, layers=[7]).transform(TEXTS)


def test_pandas_output():
    pd = pytest.importorskip("pandas")
    texts = pd.DataFrame({"text": TEXTS[:3]}, index=[7, 8, 9])
    found = FeatureExtractor(lengths).set_output(transform="pandas").transform(texts)
    assert list(found.columns) == ["lengths_0", "lengths_1"]
    assert list(found.index) == [7, 8, 9]


def test_columns_of_data_frames_and_arrays():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    expected = lengths(TEXTS)
    for X in (
        pd.DataFrame({"text": TEXTS}),
        pd.Series(TEXTS, index=range(5, 25)),
        pl.Series(TEXTS),
        pl.DataFrame({"text": TEXTS}),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object)[:, None],
        tuple(TEXTS),
        iter(TEXTS),
    ):
        np.testing.assert_array_equal(FeatureExtractor(lengths).transform(X), expected)
    with pytest.raises(ValueError, match="`X` must be one column, got a data frame of 2"):
        FeatureExtractor(lengths).transform(pd.DataFrame({"a": TEXTS, "b": TEXTS}))


@pytest.mark.filterwarnings("ignore")  # of the library, about itself
def test_columns_of_datasets():
    library = pytest.importorskip("datasets.arrow_dataset", reason="it is not in the test extras")
    data = library.Dataset.from_dict({"text": TEXTS, "words": [text.split() for text in TEXTS]})
    found = FeatureExtractor(lengths).transform(data["text"])
    np.testing.assert_array_equal(found, lengths(TEXTS))

    def word_lengths(sentences):
        return [np.array([[len(word)] for word in words]) for words in sentences]

    found = FeatureExtractor(word_lengths, batch_size=3).transform(data["words"])
    assert found[:, 0].tolist() == [len(word) for text in TEXTS for word in text.split()]


def test_tensors_with_gradients_are_arrays_in_the_end():
    class Tensor:
        """What a tensor has to do to become an array."""

        def __init__(self, steps=()):
            self.steps = steps

        def __getattr__(self, name):
            if name not in ("detach", "cpu", "float", "numpy"):
                raise AttributeError(name)
            following = Tensor((*self.steps, name))
            return lambda: np.ones((2, 3)) if name == "numpy" else following

    found = FeatureExtractor(lambda texts: Tensor()).transform(["a", "b"])
    np.testing.assert_array_equal(found, np.ones((2, 3)))


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"pooling": "max"}, ValueError, "`pooling` must be one of 'auto', .* got 'max'"),
        ({"dtype": "float8"}, ValueError, "`dtype` must be one of 'float32', .* got 'float8'"),
        ({"batch_size": 0}, ValueError, "`batch_size` must be an integer of at least 1, got 0"),
        ({"batch_size": 2.5}, ValueError, "`batch_size` must be an integer .* got 2.5"),
        ({"max_length": -1}, ValueError, "`max_length` must be an integer .* got -1"),
        ({"layers": "first"}, ValueError, "`layers` must be one of 'last', 'all', got 'first'"),
        ({"layers": []}, ValueError, '`layers` must be "last", "all" or a list of indices'),
        ({"layers": [0.5]}, ValueError, "`layers` must be .* got"),
        ({"model": "keras:resnet"}, ValueError, "has the prefix 'keras'; the prefixes are 'timm'"),
        ({"model": "timm:"}, ValueError, "has a prefix and no name"),
        ({"model": 7}, TypeError, "must be a name, a path or a function, got 7"),
        ({"model": "onnx:nowhere.onnx"}, UnknownModelError, "There is no file 'nowhere.onnx'"),
    ],
)
def test_bad_parameters_are_refused_in_fit(params, error, words):
    if str(params.get("model", "")).startswith("onnx"):
        pytest.importorskip("onnxruntime")
    with pytest.raises(error, match=words):
        FeatureExtractor(**{"model": lengths, **params}).fit(TEXTS)


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        ([], ValueError, "`X` must hold at least one row, got none"),
        ("a text", TypeError, "`X` must be a sequence of rows, got 'a text'; read a folder"),
        ([object()], TypeError, "A row must be a path, an image, a text"),
    ],
)
def test_what_are_no_rows(X, error, words):
    with pytest.raises(error, match=words):
        FeatureExtractor(lengths).transform(X)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda texts: np.full((len(texts), 2), np.nan), "gives NaN or infinity for 20 of 20 rows"),
        (lambda texts: np.ones(len(texts)), r"must return an array of shape .* got shape \(20,\)"),
    ],
)
def test_what_a_function_must_not_return(function, words):
    with pytest.raises(ValueError, match=words):
        FeatureExtractor(function).transform(TEXTS)


def test_a_framework_is_given_rows_that_it_takes():
    name = parse_name("torchvision:resnet18")
    with pytest.raises(ValueError, match="torchvision takes images, and the rows are texts"):
        name.adapter_class("text")


def test_a_smaller_batch_where_memory_runs_out():
    sizes = []

    def hungry(texts):
        sizes.append(len(texts))
        if len(texts) > 3:
            raise MemoryError
        return lengths(texts)

    found = FeatureExtractor(hungry, batch_size=16).transform(TEXTS)
    np.testing.assert_array_equal(found, lengths(TEXTS))
    assert sizes[:3] == [16, 8, 4]
    assert set(sizes[3:]) == {2}

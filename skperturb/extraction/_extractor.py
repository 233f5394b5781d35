"""FeatureExtractor: one pre-trained model as a transformer of scikit-learn."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError

from skperturb.extraction._batching import run_halving
from skperturb.extraction._layers import layer_name
from skperturb.extraction._names import check_name, parse_name
from skperturb.extraction._rows import as_rows
from skperturb.extraction._settings import settings_of
from skperturb.extraction._stream import collect_features


class FeatureExtractor(TransformerMixin, BaseEstimator):
    """
    Turn images, texts or recordings into the features of a pre-trained model.

    The model is run as it is: nothing is learned in `fit`, and ``make_pipeline(
    FeatureExtractor("timm:resnet50.a1_in1k"), LogisticRegression())`` is a classifier of
    images. Its own preprocessing comes with it. The weights are loaded when they are first
    needed, once; a pickle holds the parameters only.

    Parameters
    ----------
    model : str, path-like or callable
        What to run:

        - ``"timm:NAME"``: images; a model of timm, or ``"timm:FOLDER"``;
        - ``"NAME"`` or a folder: transformers; texts, images or recordings;
        - ``"st:NAME"`` or ``"st:FOLDER"``: texts; sentence-transformers;
        - ``"onnx:FILE"``: ONNX Runtime, with ``tokenizer.json`` or
          ``preprocessor_config.json`` beside the file;
        - ``"torchvision:NAME"``: images;
        - a function from a list of rows to an array of shape (n_rows, n_features), or to a
          dict of arrays by layer.
    layers : "last", "all" or sequence of int, default="last"
        Which depths to return; several stand side by side. Index 0 is what enters the first
        block (transformers) or leaves it (timm), -1 the output.
    pooling : {"auto", "mean", "cls", "last"}, default="auto"
        How the states of a layer become one vector. "auto" is timm's own head up to the
        classifier, the global average of feature maps, the mean over the attention mask of
        an encoder, and the last token of a decoder.
    batch_size : int, default=32
        Rows that go through the model at once. Halved where memory runs out.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1", "mps"; "auto" takes a GPU where there is one.
    dtype : {"float32", "float16", "bfloat16"}, default="float32"
        Precision that the model computes in. The features are float32 in any case.
    max_length : int or None, default=None
        Tokens of a text that are read. None takes what tokenizer and model say.
    prompt : str or None, default=None
        What is put before each text. For sentence-transformers also the name of one of the
        model's prompts, of which None takes the default.
    tokenizer : tokenizer, path-like or None, default=None
        For transformers a loaded tokenizer, for ONNX the path of a ``tokenizer.json``. None
        takes the model's own.
    preprocess : callable or None, default=None
        From an RGB image of Pillow to what the model takes, one image of a batch. None takes
        the model's own. For a function as model, from a row to what it is called with.
    trust_remote_code : bool, default=False
        Whether code that comes with a model may be run.
    random_state : int, default=0
        Seed for weights that a checkpoint does not hold.

    Attributes
    ----------
    notes_ : list of str
        What there is to know of the model, such as weights that are not in its checkpoint;
        after it has been run.
    pooling_ : dict
        How states became vectors, in words, by index of layer; None for the last one.

    See Also
    --------
    extract_features : A pool of models over one data set, to files.

    Notes
    -----
    Given sentences as lists of words, a row of the result is a word.

    Examples
    --------
    >>> import numpy as np
    >>> from skperturb.extraction import FeatureExtractor
    >>> def lengths(texts):
    ...     return np.array([[len(text), text.count(" ")] for text in texts])
    >>> FeatureExtractor(lengths).fit_transform(["a bird", "a bird in the hand"])
    array([[ 6.,  1.],
           [18.,  4.]], dtype=float32)
    """

    def __init__(
        self,
        model,
        *,
        layers="last",
        pooling="auto",
        batch_size=32,
        device="auto",
        dtype="float32",
        max_length=None,
        prompt=None,
        tokenizer=None,
        preprocess=None,
        trust_remote_code=False,
        random_state=0,
    ):
        self.model = model
        self.layers = layers
        self.pooling = pooling
        self.batch_size = batch_size
        self.device = device
        self.dtype = dtype
        self.max_length = max_length
        self.prompt = prompt
        self.tokenizer = tokenizer
        self.preprocess = preprocess
        self.trust_remote_code = trust_remote_code
        self.random_state = random_state

    def fit(self, X=None, y=None):
        """
        Check the parameters and that there is such a model; learn nothing.

        Parameters
        ----------
        X : sequence or None, default=None
            Ignored.
        y : None, default=None
            Ignored.

        Returns
        -------
        self : FeatureExtractor
            The extractor itself.
        """
        settings_of(self)
        check_name(parse_name(self.model))
        return self

    def transform(self, X):
        """
        Return the features of some rows.

        Parameters
        ----------
        X : sequence of length n_samples
            Paths of images or recordings, images of Pillow, arrays, texts, lists of words,
            waveforms; or a column of a data frame or of `datasets`.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features), float32
            The layers side by side. With lists of words, one row per word.
        """
        rows = as_rows(X)
        adapter = self._load(rows.modality)
        layers = run_halving(lambda size: collect_features(adapter, rows, size), self.batch_size)
        self._columns = {key: each.shape[1] for key, each in layers.items()}
        self.notes_, self.pooling_ = list(adapter.notes), dict(adapter.pooling_used)
        return np.hstack(list(layers.values()))

    def get_feature_names_out(self, input_features=None):
        """
        Return a name for each column: the model, the layer where there are several, a number.

        Parameters
        ----------
        input_features : None, default=None
            Ignored.

        Returns
        -------
        names : ndarray of str of shape (n_features,)
            Known once something has been transformed.
        """
        if not hasattr(self, "_columns"):
            msg = "FeatureExtractor knows its columns once it has transformed some rows."
            raise NotFittedError(msg)
        short = parse_name(self.model).short
        return np.array(
            [
                f"{layer_name(short, key)}_{i}"
                for key, width in self._columns.items()
                for i in range(width)
            ],
            dtype=object,
        )

    def _load(self, modality):
        """Load the model for rows of a modality, unless it is, and return its adapter."""
        settings, name = settings_of(self), parse_name(self.model)
        wanted = (name, settings, modality)
        if getattr(self, "_loaded", (None,))[0] != wanted:
            check_name(name)
            self._loaded = (wanted, name.adapter_class(modality)(name.target, settings, modality))
        return self._loaded[1]

    def __getstate__(self):
        """Leave the loaded model out of a pickle."""
        state = super().__getstate__().copy()
        state.pop("_loaded", None)
        return state

    def __sklearn_is_fitted__(self):
        """Say that there is nothing to fit."""
        return True

    def __sklearn_tags__(self):
        """Say that rows are no numbers."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        return tags

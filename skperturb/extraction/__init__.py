"""From data and the names of models to feature sets: one pass of each model over the rows."""

from skperturb.extraction._extractor import FeatureExtractor
from skperturb.extraction._names import UnknownModelError
from skperturb.extraction._pool import NothingExtractedError, extract_features
from skperturb.extraction._result import Extraction, load_extraction
from skperturb.extraction.data import (
    LabelledData,
    read_audio,
    read_conll,
    read_data,
    read_images,
    read_table,
    sample_data,
)

__all__ = [
    "Extraction",
    "FeatureExtractor",
    "LabelledData",
    "NothingExtractedError",
    "UnknownModelError",
    "extract_features",
    "load_extraction",
    "read_audio",
    "read_conll",
    "read_data",
    "read_images",
    "read_table",
    "sample_data",
]

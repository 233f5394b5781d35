"""Data as they lie on disk: folders of files, tables, sentences with a label for each word."""

from skperturb.extraction.data._find import read_data, sample_data
from skperturb.extraction.data._folders import read_audio, read_images
from skperturb.extraction.data._labelled import LabelledData, check_classes
from skperturb.extraction.data._sentences import read_conll
from skperturb.extraction.data._tables import read_table

__all__ = [
    "LabelledData",
    "check_classes",
    "read_audio",
    "read_conll",
    "read_data",
    "read_images",
    "read_table",
    "sample_data",
]

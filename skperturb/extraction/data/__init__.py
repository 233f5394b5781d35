"""Data as they lie on disk: folders of files, tables, sentences with a label for each word."""

from skperturb.extraction.data._folders import read_audio, read_images
from skperturb.extraction.data._labelled import LabelledData
from skperturb.extraction.data._sentences import read_conll
from skperturb.extraction.data._tables import read_table

__all__ = ["LabelledData", "read_audio", "read_conll", "read_images", "read_table"]

"""From data and the names of models to feature sets: one pass of each model over the rows."""

from skperturb.extraction._extractor import FeatureExtractor

__all__ = ["FeatureExtractor"]

"""scikit-learn's multi-layer perceptrons, drop-in, on this library's engines."""

from layerwise.estimators.mlp.classifier import MLPClassifier
from layerwise.estimators.mlp.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

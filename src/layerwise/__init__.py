"""Layerwise: dense neural networks, fast and readable, from the equations of a course to a model in production."""

from layerwise._version import __version__
from layerwise.engines import EarlyStopping
from layerwise.equations import initialize, one_hot
from layerwise.estimators import TableModel  # and so every kind of model is registered with `load`
from layerwise.network import Network, Parameters
from layerwise.storage import load, save
from layerwise.training import Diagnosis, History, ProgressBar, TrainingResult, diagnose, predict, train

__all__ = [
    "Diagnosis",
    "EarlyStopping",
    "History",
    "Network",
    "Parameters",
    "ProgressBar",
    "TableModel",
    "TrainingResult",
    "__version__",
    "diagnose",
    "initialize",
    "load",
    "one_hot",
    "predict",
    "save",
    "train",
]

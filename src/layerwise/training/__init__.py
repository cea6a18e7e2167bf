"""Training runs: `train`, its history, callbacks, early stopping and diagnosis."""

from layerwise.training.callbacks import Callback, TrainingState
from layerwise.training.checkpoints import Checkpoint
from layerwise.training.diagnosis import Diagnosis, diagnose
from layerwise.training.history import History, TrainingResult
from layerwise.training.predicting import predict
from layerwise.training.progress import ProgressBar
from layerwise.training.train import train

__all__ = [
    "Callback",
    "Checkpoint",
    "Diagnosis",
    "History",
    "ProgressBar",
    "TrainingResult",
    "TrainingState",
    "diagnose",
    "predict",
    "train",
]

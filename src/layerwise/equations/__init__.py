"""The mathematics of the course, each thing beside its derivative. NumPy only; clear before fast."""

from layerwise.equations.affine import affine_backward, affine_forward
from layerwise.equations.initializers import initialize
from layerwise.equations.labels import label_smoothing, one_hot
from layerwise.equations.passes import Gradients, Propagation
from layerwise.equations.propagation import backward, cost, forward

__all__ = [
    "Gradients",
    "Propagation",
    "affine_backward",
    "affine_forward",
    "backward",
    "cost",
    "forward",
    "initialize",
    "label_smoothing",
    "one_hot",
]

"""Layerwise: dense neural networks, fast and readable."""

from layerwise._version import __version__
from layerwise.network import Network, Parameters

__all__ = ["Network", "Parameters", "__version__"]

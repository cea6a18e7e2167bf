"""What is seen of one moment of a run: pure functions from a `Moment` to the shapes of the page's protocol.

Each returns plain JSON values, in which no number is NaN or infinite: None stands for it.
"""

from layerwise.lab.views.checking import gradients
from layerwise.lab.views.homework import mark
from layerwise.lab.views.layers import layer
from layerwise.lab.views.plane import points, shown_plane
from layerwise.lab.views.snapshots import snapshot
from layerwise.lab.views.strips import strip
from layerwise.lab.views.units import unit
from layerwise.lab.views.vectorizing import vectorization

__all__ = ["gradients", "layer", "mark", "points", "shown_plane", "snapshot", "strip", "unit", "vectorization"]

"""What is seen of one moment of a run: pure functions from a `Moment` to the shapes of the page's protocol.

Each returns plain JSON values, in which no number is NaN or infinite: None stands for it.
"""

from layerwise.lab.views.plane import points, shown_plane
from layerwise.lab.views.snapshots import snapshot
from layerwise.lab.views.strips import strip

__all__ = ["points", "shown_plane", "snapshot", "strip"]

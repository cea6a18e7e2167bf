"""Many networks at once: scikit-learn's searches, and `search`, on the native engine or a cluster."""

from layerwise.searching.grids import GridSearchCV, RandomizedSearchCV
from layerwise.searching.halving import HalvingGridSearchCV, HalvingRandomSearchCV
from layerwise.searching.many import fit_many
from layerwise.searching.result import SearchResult
from layerwise.searching.search import search
from layerwise.searching.space import Between
from layerwise.searching.trials import Trial

__all__ = [
    "Between",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "RandomizedSearchCV",
    "SearchResult",
    "Trial",
    "fit_many",
    "search",
]

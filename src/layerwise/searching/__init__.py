"""Many networks at once: scikit-learn's searches, and `search`, on the native engine or a cluster."""

from layerwise.searching.grids import GridSearchCV, RandomizedSearchCV
from layerwise.searching.halving import HalvingGridSearchCV, HalvingRandomSearchCV
from layerwise.searching.many import fit_many

__all__ = ["GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV", "fit_many"]

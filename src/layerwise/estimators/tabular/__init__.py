"""Raw tables in, good predictions out. `TabularModel` and `fit_model` need NumPy alone; the estimators scikit-learn."""

from layerwise.estimators.tabular.data import Rows
from layerwise.estimators.tabular.fitting import fit_model
from layerwise.estimators.tabular.model import TabularModel
from layerwise.estimators.tabular.settings import Settings

__all__ = ["Rows", "Settings", "TabularModel", "fit_model"]

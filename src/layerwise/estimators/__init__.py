"""Models that take a table as it is."""

from layerwise.estimators.tabular import Rows, Settings, TabularModel, fit_model

__all__ = ["Rows", "Settings", "TabularModel", "fit_model"]

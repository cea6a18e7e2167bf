"""Models that take a table as it is."""

from layerwise.estimators.table_model import TableModel, fit_table

__all__ = ["TableModel", "fit_table"]

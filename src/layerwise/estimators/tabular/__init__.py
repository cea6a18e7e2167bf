"""Raw tables in, good predictions out. `TabularModel` and `fit_model` need NumPy alone; the estimators scikit-learn."""

from typing import TYPE_CHECKING

from layerwise.later import names

__all__ = ["Rows", "Settings", "TabularModel", "fit_model"]

if TYPE_CHECKING:
    from layerwise.estimators.tabular.data import Rows
    from layerwise.estimators.tabular.fitting import fit_model
    from layerwise.estimators.tabular.model import TabularModel
    from layerwise.estimators.tabular.settings import Settings

# late: the command line needs the recipes alone, for its help texts
__getattr__ = names(__name__, {"Rows": "data", "Settings": "settings", "TabularModel": "model", "fit_model": "fitting"})

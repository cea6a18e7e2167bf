"""Layerwise: dense neural networks, fast and readable, from the equations of a course to a model in production."""

from __future__ import annotations

import importlib
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from layerwise._version import __version__
from layerwise.engines import EarlyStopping
from layerwise.equations import initialize, one_hot
from layerwise.equations.metrics import Metric
from layerwise.equations.shuffling import BlockShuffle
from layerwise.errors import require as _require
from layerwise.network import Embedding, Network, Parameters
from layerwise.storage import load, save
from layerwise.storage import register_later as _register_later
from layerwise.training import Checkpoint, Diagnosis, History, ProgressBar, TrainingResult, diagnose, predict, train

_LATER = {  # scikit-learn takes half a second to import, the tables a part of that: only those wait who use them
    "Between": "layerwise.searching.space",
    "GridSearchCV": "layerwise.searching.grids",
    "HalvingGridSearchCV": "layerwise.searching.halving",
    "HalvingRandomSearchCV": "layerwise.searching.halving",
    "LogisticRegression": "layerwise.estimators.logistic",
    "MLPClassifier": "layerwise.estimators.mlp",
    "MLPRegressor": "layerwise.estimators.mlp",
    "RandomizedSearchCV": "layerwise.searching.grids",
    "TabularClassifier": "layerwise.estimators.tabular.classifier",
    "TabularModel": "layerwise.estimators.tabular",
    "TabularRegressor": "layerwise.estimators.tabular.regressor",
    "fit_many": "layerwise.searching.many",
    "search": "layerwise.searching.search",
}

__all__ = [
    "Between",
    "BlockShuffle",
    "Checkpoint",
    "Diagnosis",
    "EarlyStopping",
    "Embedding",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "History",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "Metric",
    "Network",
    "Parameters",
    "ProgressBar",
    "RandomizedSearchCV",
    "TabularClassifier",
    "TabularModel",
    "TabularRegressor",
    "TrainingResult",
    "__version__",
    "diagnose",
    "fit_many",
    "initialize",
    "load",
    "one_hot",
    "predict",
    "save",
    "search",
    "train",
]

if TYPE_CHECKING:
    from layerwise import export as export
    from layerwise.estimators.logistic import LogisticRegression
    from layerwise.estimators.mlp import MLPClassifier, MLPRegressor
    from layerwise.estimators.tabular import TabularModel
    from layerwise.estimators.tabular.classifier import TabularClassifier
    from layerwise.estimators.tabular.regressor import TabularRegressor
    from layerwise.searching import (
        Between,
        GridSearchCV,
        HalvingGridSearchCV,
        HalvingRandomSearchCV,
        RandomizedSearchCV,
        fit_many,
    )
    from layerwise.searching.search import search


def __getattr__(name: str) -> Any:
    if name == "export":
        return importlib.import_module("layerwise.export")
    if name not in _LATER:
        raise AttributeError(f"module 'layerwise' has no attribute {name!r}")
    return _loaded(name)


@cache
def _loaded(name: str) -> Any:
    if name != "TabularModel":
        _require("sklearn", extra="sklearn", purpose=f"layerwise.{name}")
    return getattr(importlib.import_module(_LATER[name]), name)


_KINDS = {
    "MLP classifier": "plain",
    "MLP regressor": "plain",
    "fit checkpoint": "tabular.checkpoint",
    "logistic regression": "plain",
    "tabular": "tabular.model",
}
for _kind, _module in _KINDS.items():
    _register_later(_kind, partial(importlib.import_module, f"layerwise.estimators.{_module}"))

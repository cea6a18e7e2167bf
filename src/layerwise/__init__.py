"""Layerwise: dense neural networks, fast and readable, from the equations of a course to a model in production."""

from __future__ import annotations

import importlib
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from layerwise._version import __version__
from layerwise.errors import require as _require
from layerwise.later import KINDS as _KINDS
from layerwise.later import names as _names

_WITH_SKLEARN = {
    "Between": "searching.space",
    "GridSearchCV": "searching.grids",
    "HalvingGridSearchCV": "searching.halving",
    "HalvingRandomSearchCV": "searching.halving",
    "LogisticRegression": "estimators.logistic",
    "MLPClassifier": "estimators.mlp",
    "MLPRegressor": "estimators.mlp",
    "RandomizedSearchCV": "searching.grids",
    "TabularClassifier": "estimators.tabular.classifier",
    "TabularRegressor": "estimators.tabular.regressor",
    "fit_many": "searching.many",
    "search": "searching.search",
}
_MODULES = {
    **_WITH_SKLEARN,
    "BlockShuffle": "equations.shuffling",
    "Checkpoint": "training",
    "Diagnosis": "training",
    "EarlyStopping": "engines",
    "Embedding": "network",
    "History": "training",
    "Metric": "equations.metrics",
    "Network": "network",
    "Parameters": "network",
    "ProgressBar": "training",
    "TabularModel": "estimators.tabular",
    "TrainingResult": "training",
    "diagnose": "training",
    "initialize": "equations",
    "load": "storage",
    "one_hot": "equations",
    "predict": "training",
    "save": "storage",
    "train": "training",
}
_ROOMS = ("checks", "engines", "equations", "export", "layout", "network", "storage", "training", "vocabulary")
"""Modules that are here without an import of their own."""

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
    from layerwise.engines import EarlyStopping
    from layerwise.equations import initialize, one_hot
    from layerwise.equations.metrics import Metric
    from layerwise.equations.shuffling import BlockShuffle
    from layerwise.estimators.logistic import LogisticRegression
    from layerwise.estimators.mlp import MLPClassifier, MLPRegressor
    from layerwise.estimators.tabular import TabularModel
    from layerwise.estimators.tabular.classifier import TabularClassifier
    from layerwise.estimators.tabular.regressor import TabularRegressor
    from layerwise.network import Embedding, Network, Parameters
    from layerwise.searching import (
        Between,
        GridSearchCV,
        HalvingGridSearchCV,
        HalvingRandomSearchCV,
        RandomizedSearchCV,
        fit_many,
    )
    from layerwise.searching.search import search
    from layerwise.storage import load, save
    from layerwise.training import Checkpoint, Diagnosis, History, ProgressBar, TrainingResult, diagnose, predict
    from layerwise.training.train import train

_named = _names("layerwise", _MODULES)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"layerwise.{name}")
    return _loaded(name)


@cache
def _loaded(name: str) -> Any:
    if name in _WITH_SKLEARN:
        _require("sklearn", extra="sklearn", purpose=f"layerwise.{name}")
    return _named(name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS])


_MODULES_OF_KINDS = {
    "MLP classifier": "estimators.plain",
    "MLP regressor": "estimators.plain",
    "checkpoint": "training.checkpoints",
    "fit checkpoint": "estimators.tabular.checkpoint",
    "logistic regression": "estimators.plain",
    "network": "training.history",
    "tabular": "estimators.tabular.model",
}
for _kind, _module in _MODULES_OF_KINDS.items():
    _KINDS[_kind] = partial(importlib.import_module, f"layerwise.{_module}")

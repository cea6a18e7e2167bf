"""The tables: six real ones that the bars are set on, and others on which nothing was tuned."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn.datasets

from benchmarks.tables.made import CLASSES, NUMBERS, Rows, frame

REAL_TABLES = Path(__file__).parents[3] / "shared" / "data"


@dataclass(frozen=True)
class TableSet:
    """A table, what is to be learnt of it, and what is wanted of layerwise's default."""

    name: str
    draw: Callable[[int], Rows]  # by the seed, which a real table ignores
    regression: bool = False
    wanted: Mapping[str, float] = field(default_factory=dict)  # by metric

    @property
    def metric(self) -> str:
        """The score that ranks, the smaller the better."""
        return "RMSE" if self.regression else "log loss"

    def load(self, seed: int) -> Rows:
        """Return X with raw columns, and y: float64, or the numbers of the classes in sorted order."""
        X, y = self.draw(seed)
        return X, np.asarray(y, dtype=np.float64) if self.regression else np.unique(y, return_inverse=True)[1]


def read(name: str, target: str, drop: Sequence[str], seed: int) -> Rows:
    """Read a real table; only empty cells are missing."""
    table = pd.read_csv(REAL_TABLES / f"{name}.csv", keep_default_na=False, na_values=[""])
    return table.drop(columns=[target, *drop]), table[target].to_numpy()


def sklearn_set(name: str, seed: int) -> Rows:
    """Return one of the sets that come with scikit-learn."""
    bunch = getattr(sklearn.datasets, f"load_{name}")()
    return frame(bunch.data), bunch.target


def _real(name: str, target: str, drop: Sequence[str] = (), **wanted: float) -> TableSet:
    given = {metric.replace("_", " "): value for metric, value in wanted.items()}
    return TableSet(name, functools.partial(read, name, target, drop), "RMSE" in given, given)


SIX = (
    _real("adult", "income", log_loss=0.283, AUC=0.924),
    _real("california-housing", "median_house_value", RMSE=47_000),
    _real("titanic", "Survived", ("PassengerId", "Name", "Ticket", "Cabin"), log_loss=0.425),
    _real("wine-quality-white", "quality", RMSE=0.645),
    _real("abalone", "rings", RMSE=2.11),
    _real("german-credit", "risk", log_loss=0.490),
)
"""What is published, with the bars."""

MORE = (
    *(TableSet(name, functools.partial(sklearn_set, name)) for name in ("breast_cancer", "digits", "wine", "iris")),
    TableSet("diabetes", functools.partial(sklearn_set, "diabetes"), regression=True),
    *(TableSet(name, draw) for name, draw in CLASSES.items()),
    *(TableSet(name, draw, regression=True) for name, draw in NUMBERS.items()),
)
"""The other tables."""

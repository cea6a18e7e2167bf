"""Who is compared: every library's defaults, from a table with raw columns to its predictions.

Boosted trees get text columns as categories, which they all take natively; scikit-learn's network and linear models get
what its guide recommends for them: medians for missing numbers, standardised, and one-hot texts, missing a level of its
own. All that is part of `fit`, and of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

MISSING = "(missing)"
HISTGB_LEVELS = 254
"""More levels of a category are an error to HistGradientBoosting."""


@dataclass(frozen=True)
class Task:
    """What an estimator has to know before it sees the rows."""

    regression: bool
    texts: Sequence[str] = ()
    seed: int = 0
    threads: int = 2


@dataclass(frozen=True)
class Model:
    """A library's estimator by the name that is printed, and by the one that is typed."""

    name: str
    key: str
    build: Callable[[Task], Any]


class Levels(TransformerMixin, BaseEstimator):
    """Text columns as categories with the levels of the training rows, at most so many; other texts are missing."""

    def __init__(self, most: int | None = None):
        self.most = most

    def fit(self, X: pd.DataFrame, y: Any = None) -> Levels:
        """Take the levels, the commonest first where there are too many."""
        self.levels_ = {name: sorted(X[name].value_counts().index[: self.most]) for name in texts_of(X)}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the table with categories for texts."""
        known = {name: X[name].where(X[name].isin(levels)) for name, levels in self.levels_.items()}
        return X.assign(**{name: pd.Categorical(known[name], self.levels_[name]) for name in known})


class NamedMissing(TransformerMixin, BaseEstimator):
    """Text columns with a text where they are missing, as CatBoost asks for."""

    def fit(self, X: pd.DataFrame, y: Any = None) -> NamedMissing:
        """Learn nothing."""
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the table without missing texts."""
        return X.assign(**{name: X[name].astype(object).fillna(MISSING) for name in texts_of(X)})

    def __sklearn_is_fitted__(self) -> bool:
        return True


def texts_of(X: pd.DataFrame) -> list[str]:
    """Return the names of the columns that are no numbers."""
    return list(X.select_dtypes(exclude="number").columns)


def encoder() -> Any:
    """Return what scikit-learn's networks and linear models need before them."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (
            make_pipeline(NamedMissing(), OneHotEncoder(handle_unknown="ignore")),
            make_column_selector(dtype_exclude="number"),
        ),
    )


def lightgbm(task: Task) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMRegressor if task.regression else LGBMClassifier
    return make_pipeline(Levels(), kind(random_state=task.seed, n_jobs=task.threads, verbose=-1))


def histgb(task: Task) -> Any:
    kind = HistGradientBoostingRegressor if task.regression else HistGradientBoostingClassifier
    return make_pipeline(Levels(HISTGB_LEVELS), kind(random_state=task.seed))


def xgboost(task: Task) -> Any:
    from xgboost import XGBClassifier, XGBRegressor

    kind = XGBRegressor if task.regression else XGBClassifier
    return make_pipeline(Levels(), kind(random_state=task.seed, n_jobs=task.threads, enable_categorical=True))


def catboost(task: Task) -> Any:
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostRegressor if task.regression else CatBoostClassifier
    silent = {"verbose": False, "allow_writing_files": False}
    model = kind(random_state=task.seed, thread_count=task.threads, cat_features=list(task.texts), **silent)
    return make_pipeline(NamedMissing(), model)


def mlp(task: Task) -> Any:
    if not task.regression:
        return make_pipeline(encoder(), MLPClassifier(random_state=task.seed))
    network = MLPRegressor(random_state=task.seed)
    return make_pipeline(encoder(), TransformedTargetRegressor(network, transformer=StandardScaler()))


def linear(task: Task) -> Any:
    kind = Ridge if task.regression else LogisticRegression
    return make_pipeline(encoder(), kind(random_state=task.seed))


def layerwise(quality: str) -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        from layerwise import TabularClassifier, TabularRegressor

        return (TabularRegressor if task.regression else TabularClassifier)(quality=quality, random_state=task.seed)

    return build


OURS = (
    Model("Layerwise fast", "layerwise-fast", layerwise("fast")),
    Model("Layerwise", "layerwise-default", layerwise("default")),
    Model("Layerwise best", "layerwise-best", layerwise("best")),
)
OTHERS = (
    Model("LightGBM", "lightgbm", lightgbm),
    Model("HistGradientBoosting", "histgb", histgb),
    Model("XGBoost", "xgboost", xgboost),
    Model("CatBoost", "catboost", catboost),
    Model("scikit-learn MLP", "mlp", mlp),
    Model("logistic or ridge", "linear", linear),
)
MODELS = OTHERS + OURS


def chosen(names: Sequence[str]) -> list[Model]:
    """Return the models of these keys; the first part of a key stands for all that have it."""
    unknown = [name for name in names if not any(_means(name, model) for model in MODELS)]
    if unknown:
        keys = ", ".join(model.key for model in MODELS)
        raise SystemExit(f"Unknown model {', '.join(unknown)}. There are {keys}; layerwise is all of its own.")
    return [model for model in MODELS if any(_means(name, model) for name in names)]


def _means(name: str, model: Model) -> bool:
    return model.key == name or model.key.startswith(f"{name}-")


def installed(models: Sequence[Model]) -> tuple[list[Model], list[str]]:
    """Return the models that can be built, and a line for each that cannot."""
    found, missing = [], []
    for model in models:
        try:
            model.build(Task(regression=False))
            found.append(model)
        except ImportError as error:
            said, _, _ = str(error).partition(" (")  # a path of the machine
            missing.append(f"{model.name} is left out: {said}")
    return found, missing

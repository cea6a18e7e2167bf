"""What can be set of a fit, checked once: the constructor's arguments of the estimators, the command line's options."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from layerwise.checks import BELOW_ONE, COUNT, FLAG, NON_NEGATIVE, POSITIVE, PROBABILITY, SEED, known_name
from layerwise.equations.metrics import Metric
from layerwise.errors import ParameterError
from layerwise.estimators.tabular.recipe import QUALITIES
from layerwise.tables.roles import Role
from layerwise.training import Callback
from layerwise.training.callbacks import check_callbacks
from layerwise.vocabulary import LOSSES, choose

__all__ = ["METRICS_OF_TASK", "Settings"]

METRICS_OF_TASK: Mapping[str, tuple[str, ...]] = {
    "binary": ("log_loss", "accuracy", "auc"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "mae", "r2"),
}
"""What may end the training, by task, beside the cost itself and a metric of one's own."""

_IN_SCIKIT_LEARN = {"patience": "early_stopping", "seed": "random_state", "threads": "n_jobs"}
"""What the estimators call it."""

_PLAIN = ("fit", "train")
"""Owners that are no estimators: `fit_model` and the command line."""

_REGRESSION_LOSSES = ("squared_error", "absolute_error", "huber", "poisson", "quantile")


@dataclass(frozen=True)
class Settings:
    """The settings of a fit, as the estimators' docstrings explain them; None is the recipe's own choice.

    Raises
    ------
    ParameterError
        If one is out of its range.
    """

    owner: str = "fit"
    quality: str = "default"
    n_estimators: int | None = None
    hidden: Sequence[int] | None = None
    activation: str | None = None
    learning_rate: float | None = None
    epochs: int | None = None
    batch_size: int | None = None
    weight_decay: float | None = None
    dropout: float | None = None
    patience: int | None = None
    averaging: float | None = None
    validation: float = 0.1
    metric: str | Metric = "cost"
    loss: str = "squared_error"
    calibrate: bool = True
    label_smoothing: float | None = None
    roles: Mapping[str, Role | Sequence[Any]] = field(default_factory=dict)
    drop: Collection[str] = ()
    categorical: Collection[str] = ()
    monotone: Mapping[str, int] = field(default_factory=dict)
    callbacks: Sequence[Callback] = ()
    checkpoint: str | Path | None = None
    checkpoint_every: int = 5
    seed: int = 0
    threads: int | None = None
    engine: str = "auto"

    def __post_init__(self) -> None:
        known_name("quality", self.quality, tuple(QUALITIES))
        for name, rule in (
            ("n_estimators", COUNT),
            ("learning_rate", POSITIVE),
            ("epochs", COUNT),
            ("batch_size", COUNT),
            ("weight_decay", NON_NEGATIVE),
            ("dropout", PROBABILITY),
            ("patience", COUNT),
            ("averaging", BELOW_ONE),
            ("label_smoothing", BELOW_ONE),
            ("threads", COUNT),
        ):
            if getattr(self, name) is not None:
                self._check(name, rule)
        self._check("validation", BELOW_ONE)
        self._check("seed", SEED)
        self._check("calibrate", FLAG)
        self._check("checkpoint_every", COUNT)
        if not isinstance(self.checkpoint, str | Path | None):
            raise self._refused("checkpoint", "the name of a file")
        self._set("callbacks", check_callbacks(self.callbacks, self.owner))
        if self.hidden is not None:
            self._set("hidden", self._units(self.hidden))
        chosen = choose("loss", self.loss, {name: LOSSES[name] for name in _REGRESSION_LOSSES})
        self._set("loss", str(chosen))
        for name in ("roles", "monotone"):
            if not isinstance(getattr(self, name), Mapping):
                raise self._refused(name, "a dict from columns")
            self._set(name, {str(column): value for column, value in getattr(self, name).items()})
        for name in ("drop", "categorical"):
            columns = getattr(self, name)
            if isinstance(columns, str) or not isinstance(columns, Collection):
                raise self._refused(name, "a list of columns, such as ['id']")
            self._set(name, tuple(map(str, columns)))

    def _check(self, name: str, rule: Any) -> None:
        called = name if self.owner in _PLAIN else _IN_SCIKIT_LEARN.get(name, name)
        self._set(name, rule.check(self.owner, called, getattr(self, name)))

    def _refused(self, name: str, rule: str) -> ParameterError:
        return ParameterError(f"The {name!r} parameter of {self.owner} must be {rule}. Got {getattr(self, name)!r}.")

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _units(self, hidden: Any) -> tuple[int, ...]:
        if isinstance(hidden, str) or not isinstance(hidden, Sequence | np.ndarray):
            raise ParameterError(
                f"The 'hidden' parameter of {self.owner} must list units, such as (128, 128). Got {hidden!r} instead."
            )
        return tuple(COUNT.check(self.owner, f"hidden[{l}]", n) for l, n in enumerate(hidden))

    def given(self) -> dict[str, Any]:
        """Return what is given of a recipe's hyperparameters."""
        names = ("n_estimators", "hidden", "activation", "learning_rate", "epochs", "batch_size", "weight_decay")
        return {name: getattr(self, name) for name in (*names, "dropout", "patience", "averaging")}

    def monitor(self, task: str) -> str | Metric:
        """Return what ends the training: "cost", or a metric that goes with the task."""
        if isinstance(self.metric, Metric):
            return self.metric
        if not isinstance(self.metric, str):
            raise self._refused("metric", "a name or a layerwise.Metric")
        known = ("cost", *METRICS_OF_TASK[task])
        if self.metric in {name for names in METRICS_OF_TASK.values() for name in names}.difference(known):
            what = {"binary": "two classes", "multiclass": "more than two classes", "regression": "numbers"}[task]
            raise ParameterError(f"The metric {self.metric!r} is not for {what}. Use {', '.join(known)}.")
        known_name("metric", self.metric, known)
        return "cost" if self.metric in ("cost", "log_loss") else self.metric

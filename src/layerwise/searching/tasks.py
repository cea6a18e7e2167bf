"""The tasks that scikit-learn's model selection hands out: fit a clone on some rows, score it on others."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import _validation
from sklearn.pipeline import Pipeline

from layerwise.network import Array

__all__ = ["Task", "final_step", "is_ours", "name_of_weights", "task_of"]

FIT_AND_SCORE: Callable[..., Any] | None = getattr(_validation, "_fit_and_score", None)
"""Private to scikit-learn: where another version has none like it, nothing is recognised and nothing is faster."""
NEEDED = {"estimator", "X", "y", "train", "test", "parameters", "fit_params", "verbose"}


@functools.cache
def _parameters(function: Callable[..., Any]) -> tuple[Mapping[str, inspect.Parameter], dict[str, Any]]:
    # all of them in their order, and what those are that may be left out
    parameters = inspect.signature(function).parameters
    return parameters, {name: each.default for name, each in parameters.items() if each.default is not each.empty}


@dataclass(frozen=True, eq=False)
class Task:
    """One fit and its scores.

    Attributes
    ----------
    call : callable
        What scikit-learn would have called, without arguments.
    function : callable
        The same with `arguments` by name.
    arguments : dict
    estimator
        With the parameters of the candidate; not fitted.
    key : hashable, optional
        What a later round knows the fit by; None where `layerwise.searching.continuing` is to make one.
    """

    call: Callable[[], Any]
    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    estimator: Any
    key: Hashable = None

    @property
    def final(self) -> Any:
        """The estimator, or the last step of a pipeline."""
        return final_step(self.estimator)

    @property
    def train(self) -> Array:
        """The positions of the rows to learn from."""
        train = np.asarray(self.arguments["train"])
        return np.flatnonzero(train) if train.dtype == bool else train

    @property
    def sample_weight(self) -> Any:
        """The weights of all rows that fit was asked to take, or None."""
        return (self.arguments["fit_params"] or {}).get(name_of_weights(self.estimator))


def final_step(estimator: Any) -> Any:
    """Return the last step of a pipeline; any other estimator is its own."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def name_of_weights(estimator: Any) -> str:
    """Return the name by which `fit` takes the weights of the rows."""
    return f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"


def is_ours(estimator: Any) -> bool:
    """Return whether many fits of an estimator, or of the last step of a pipeline, can share the native engine."""
    if isinstance(estimator, Pipeline):
        return estimator.memory is None and len(estimator.steps) > 0 and is_ours(estimator.steps[-1][1])
    alone = getattr(estimator, "warm_start", False) or getattr(estimator, "engine", "auto") == "numpy"
    return hasattr(estimator, "_fitting") and not isinstance(estimator, type) and not alone


def task_of(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Task | None:
    """Return the task that a call is, with its own estimator; None where it is none that this library can speed up.

    Raises
    ------
    ValueError
        If the estimator refuses the candidate's parameters, in scikit-learn's words.
    """
    if FIT_AND_SCORE is None or getattr(function, "function", None) is not FIT_AND_SCORE:
        return None
    names, defaults = _parameters(FIT_AND_SCORE)
    arguments = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
    if not names.keys() >= NEEDED or names.keys() != arguments.keys():
        return None
    estimator = arguments["estimator"]
    if not is_ours(estimator) or arguments["y"] is None:
        return None
    if arguments["parameters"]:
        estimator = estimator.set_params(**clone(arguments["parameters"], safe=False))
    task = Task(lambda: function(*args, **kwargs), function, arguments, estimator)
    given = {name: value for name, value in (arguments["fit_params"] or {}).items() if value is not None}
    understood = len(given) == (task.sample_weight is not None)
    return task if is_ours(estimator) and understood else None

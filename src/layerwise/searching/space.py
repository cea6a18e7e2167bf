"""Spaces of hyperparameters: what may be tried, drawn from uniform numbers, and the defaults by estimator and rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
from sklearn.pipeline import Pipeline

from layerwise.checks import Reals
from layerwise.equations.streams import Purpose, uniform
from layerwise.errors import ParameterError, did_you_mean
from layerwise.estimators.logistic import LogisticRegression
from layerwise.estimators.mlp.base import BaseMLP
from layerwise.estimators.tabular.base import BaseTabular
from layerwise.estimators.tabular.recipe import recipe_of

__all__ = ["Between", "Space", "check_values", "default_space", "draw", "plain", "size_of"]

FINITE = Reals(-math.inf, math.inf, "(", ")")


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`; a whole one where both are ints.

    Parameters
    ----------
    low, high : float or int
        Both may be drawn.
    log : bool
        Draw its logarithm uniformly, for what matters by its order of magnitude.

    Raises
    ------
    ParameterError
        If low is not below high, or not above 0 with `log`.

    Examples
    --------
    >>> Between(0.001, 0.1, log=True).at(0.5)
    0.01
    >>> Between(8, 64).at(0.999)
    64
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            FINITE.check("Between", name, getattr(self, name))
        if not self.low < self.high or (self.log and self.low <= 0):
            rule = "must be above 0 and below high" if self.log else "must be below high"
            raise ParameterError(f"Between: low {rule}. Got low={self.low!r}, high={self.high!r}.")

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are drawn."""
        return isinstance(self.low, Integral) and isinstance(self.high, Integral)

    def at(self, u: float) -> float | int:
        """Return the number at the quantile u in (0, 1)."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        low = max(low, 0.5) if self.log and self.whole else low
        x = low * (high / low) ** u if self.log else low + u * (high - low)
        return min(max(round(x), int(self.low)), int(self.high)) if self.whole else self.rounded(x)

    def rounded(self, x: float) -> float:
        """Return a number with six digits, not beyond the ends."""
        return min(max(float(f"{x:.6g}"), float(self.low)), float(self.high))


Space: TypeAlias = Mapping[str, Any]
"""From names of parameters to lists of values, `Between`, or distributions of SciPy, which have ``ppf``."""


def size_of(space: Space) -> int | None:
    """Return how many combinations there are, equal ones counted once; None where they are not to be counted."""
    size = 1
    for values in space.values():
        if not _is_listed(values):
            return None
        size *= len({repr(plain(value)) for value in values})
    return size


def check_values(owner: str, estimator: Any, space: Space) -> None:
    """Refuse an empty space, what nothing can be drawn from, and parameters of steps that are not there.

    Raises
    ------
    ParameterError
    """
    if not space:
        raise ParameterError(f"{owner}: the space is empty. Give at least one parameter and what to try for it.")
    known = estimator.get_params(deep=True)
    for name, values in space.items():
        if not (isinstance(values, Between) or _is_listed(values) or callable(getattr(values, "ppf", None))):
            raise ParameterError(
                f"{owner}: the parameter {name!r} needs a list of values, layerwise.Between(low, high), or a "
                f"distribution of SciPy. Got {values!r}."
            )
        parent, _, last = name.rpartition("__")
        if name not in known and parent not in space:  # else it may be one of a step that the space puts there
            of = known.get(parent, estimator)
            options = of.get_params(deep=False) if hasattr(of, "get_params") else known
            raise ParameterError(
                f"{owner}: {type(of).__name__} has no parameter {last!r}, as in {name!r}.{did_you_mean(last, options)}"
            )


def draw(space: Space, seed: int, number: int) -> dict[str, Any]:
    """Return the parameters of a trial, from its own stream: those of other trials make no difference."""
    drawn = uniform(len(space), seed, Purpose.SEARCH, number)
    return {name: _at(values, float(u)) for (name, values), u in zip(sorted(space.items()), drawn, strict=True)}


def _at(values: Any, u: float) -> Any:
    if isinstance(values, Between):
        return values.at(u)
    if _is_listed(values):
        return plain(values[min(int(u * len(values)), len(values) - 1)])
    return plain(values.ppf(u))


def plain(value: Any) -> Any:
    """Return NumPy's scalars as Python's, and whole numbers of a discrete distribution as ints."""
    return value.item() if isinstance(value, np.generic | np.ndarray) else value


def _is_listed(values: Any) -> bool:
    return isinstance(values, Sequence | np.ndarray) and not isinstance(values, str)


def default_space(estimator: Any, n_rows: int) -> dict[str, Any]:
    """Return what `layerwise.search` tries where no space is given; docs/searching.md lists it.

    Raises
    ------
    ParameterError
        For an estimator that none is known for.
    """
    if isinstance(estimator, Pipeline):
        name, final = estimator.steps[-1]
        return {f"{name}__{key}": values for key, values in default_space(final, n_rows).items()}
    if isinstance(estimator, LogisticRegression):
        return {"C": Between(1e-4, 1e4, log=True)}
    if isinstance(estimator, BaseTabular):
        return _of_tables(estimator, n_rows)
    if isinstance(estimator, BaseMLP):
        return _of_perceptrons(estimator, n_rows)
    raise ParameterError(
        f"layerwise.search has no default space for {type(estimator).__name__}: give one, such as "
        "{'alpha': [0.001, 0.01], 'learning_rate_init': layerwise.Between(1e-4, 1e-1, log=True)}."
    )


def _of_perceptrons(estimator: Any, n_rows: int) -> dict[str, Any]:
    widths = (16, 32, 64) if n_rows < 1000 else (32, 64, 128) if n_rows < 10_000 else (64, 128, 256)
    space: dict[str, Any] = {
        "hidden_layer_sizes": [(n,) * layers for layers in (1, 2, 3) for n in widths],
        "activation": ["relu", "tanh", "silu"],
        "alpha": Between(1e-6, 1.0, log=True),
    }
    if estimator.solver != "lbfgs":
        space["learning_rate_init"] = Between(3e-4, 3e-2, log=True)
        space["batch_size"] = [b for b in (16, 32, 64, 128, 256) if b <= max(16, n_rows // 8)]
        space["dropout"] = [0.0, 0.1, 0.25]
    return space


def _of_tables(estimator: Any, n_rows: int) -> dict[str, Any]:
    epochs = recipe_of(estimator.quality, n_rows, {}).epochs
    activation = {} if estimator.monotone else {"activation": ["relu", "silu"]}  # a monotone network has one of its own
    return {
        "hidden": [(64, 64), (128, 128), (256, 256), (128, 128, 128), (256, 256, 256)],
        **activation,
        "learning_rate": Between(1e-3, 2e-2, log=True),
        "weight_decay": Between(1e-3, 0.3, log=True),
        "dropout": Between(0.0, 0.4),
        "batch_size": [128, 256, 512] if n_rows >= 4000 else [32, 64, 128, 256],
        "epochs": sorted({max(4, round(epochs * factor)) for factor in (0.75, 1.0, 1.5)}),
    }

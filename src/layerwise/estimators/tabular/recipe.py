"""`Recipe`: every hyperparameter of a fit as a number, and the defaults that were measured (docs/defaults.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from layerwise.checks import known_name

__all__ = ["QUALITIES", "Recipe", "recipe_of"]


@dataclass(frozen=True)
class Recipe:
    """How the networks of one fit are built and trained.

    Attributes
    ----------
    n_estimators : int
        How many networks are trained; predictions are their mean.
    hidden : tuple of int
        Units of the hidden layers.
    activation : str
        Of the hidden layers.
    dimension : int or None
        Of the embedding of a number; 0 for none, so that a number enters as it is; None for the code of its position.
    level_dimension : int
        Of the embedding of a column with many levels.
    knots : int
        How many quantiles the position of a number is among.
    learning_rate, beta2, weight_decay : float
        Of AdamW. The decay fades over the run with the dropout.
    dropout : float
    batch_size, epochs, patience : int
    averaging : float
        β of the moving average of the parameters; 0 for none.
    """

    n_estimators: int
    hidden: tuple[int, ...]
    activation: str
    dimension: int | None
    level_dimension: int
    knots: int
    learning_rate: float
    beta2: float
    weight_decay: float
    dropout: float
    batch_size: int
    epochs: int
    patience: int
    averaging: float


QUALITIES: Mapping[str, float] = {"fast": 0.0, "default": 1.0, "best": 3.0}
"""How many times the networks of the default each quality trains, but one at least."""

ROWS_SEEN = 300_000
"""By a network in training, each at least 4 times, and at most as often as the recipe has epochs."""

FEW_ROWS = 5000
"""With fewer, embeddings are smaller and there is no dropout; with more, dropout keeps networks from overfitting."""

_FEW = Recipe(
    n_estimators=8,
    hidden=(128, 128, 128),
    activation="relu",
    dimension=8,
    level_dimension=8,
    knots=16,
    learning_rate=0.002,
    beta2=0.95,
    weight_decay=0.01,
    dropout=0.0,
    batch_size=256,
    epochs=60,
    patience=10,
    averaging=0.0,
)
_MANY = replace(
    _FEW,
    n_estimators=5,
    activation="silu",
    dimension=16,
    knots=48,
    learning_rate=0.008,
    dropout=0.15,
    epochs=30,
    averaging=0.99,
)


def recipe_of(quality: str, m: int, given: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a quality for m training rows, with what was given in place of the defaults."""
    known_name("quality", quality, tuple(QUALITIES))
    sizes = _FEW if m < FEW_ROWS else _MANY
    recipe = replace(
        sizes,
        n_estimators=max(1, round(QUALITIES[quality] * sizes.n_estimators)),
        epochs=max(4, min(sizes.epochs, round(ROWS_SEEN / m))),
    )
    return replace(recipe, **{name: value for name, value in given.items() if value is not None})

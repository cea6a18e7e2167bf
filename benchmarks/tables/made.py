"""Tables drawn by seed, of many kinds: nothing is tuned on them, so they show what defaults are worth elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import sklearn.datasets as sets

Rows: TypeAlias = tuple[pd.DataFrame, np.ndarray]
"""X with raw columns, and y (m,): labels or numbers."""


def frame(X: np.ndarray) -> pd.DataFrame:
    """Return a matrix as columns x0, x1, ..."""
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def texts(codes: np.ndarray, prefix: str) -> np.ndarray:
    """Return codes as the texts of a category."""
    return np.array([f"{prefix}{code}" for code in codes], dtype=object)


def sigmoid_draw(rng: np.random.Generator, logits: np.ndarray) -> np.ndarray:
    """Return labels that are 1 with probability σ(logits)."""
    return (rng.random(len(logits)) < 1 / (1 + np.exp(-logits))).astype(np.int64)


def clusters(seed: int) -> Rows:
    """Draw two classes of four clusters each, half of 20 columns idle, 3 % of the labels wrong."""
    return _classification(
        seed, 2000, n_features=20, n_informative=6, n_redundant=4, n_clusters_per_class=4, flip_y=0.06
    )


def many_classes(seed: int) -> Rows:
    """Draw eight classes in 15 columns."""
    return _classification(seed, 3000, n_features=15, n_informative=10, n_classes=8, n_clusters_per_class=1)


def half_noise(seed: int) -> Rows:
    """Draw two classes, half of the labels without a look at the row."""
    return _classification(seed, 2000, n_features=12, n_informative=5, flip_y=0.5)


def rare_class(seed: int) -> Rows:
    """Draw two classes, three rows of a hundred of the second."""
    return _classification(seed, 4000, n_features=12, n_informative=6, weights=[0.97], flip_y=0.01)


def tiny_classes(seed: int) -> Rows:
    """Draw 60 rows of two classes."""
    return _classification(seed, 60, n_features=8, n_informative=4, class_sep=1.5)


def _classification(seed: int, rows: int, **shape: Any) -> Rows:
    X, y = sets.make_classification(rows, random_state=seed, **shape)
    return frame(X), y


def moons(seed: int) -> Rows:
    """Draw two moons, and ten columns of noise."""
    X, y = sets.make_moons(1500, noise=0.25, random_state=seed)
    return frame(np.hstack([X, np.random.default_rng(seed).standard_normal((len(y), 10))])), y


def levels_that_matter(seed: int) -> Rows:
    """Draw a category of 400 levels, each with an effect of its own, and two numbers."""
    return _levels(seed, effect=1.5)


def idle_levels(seed: int) -> Rows:
    """Draw a category of 400 levels without any effect, and two numbers: an invitation to learn by heart."""
    return _levels(seed, effect=0.0)


def _levels(seed: int, effect: float) -> Rows:
    rng = np.random.default_rng(seed)
    levels, X = rng.zipf(1.3, 4000) % 400, rng.standard_normal((4000, 2))
    effects = effect * rng.standard_normal(400)
    table = frame(X).assign(level=texts(levels, "level "))
    return table, sigmoid_draw(rng, effects[levels] + X[:, 0] - 0.5 * X[:, 1] ** 2)


def pairs_of_levels(seed: int) -> Rows:
    """Draw classes that depend on a pair of levels: no column alone says much."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 6, (3000, 4))
    logits = 2.0 * rng.choice([-1, 1], (6, 6))[codes[:, 0], codes[:, 1]]
    return pd.DataFrame({f"c{j}": texts(codes[:, j], "v") for j in range(4)}), sigmoid_draw(rng, logits)


def missing_by_value(seed: int) -> Rows:
    """Draw a table whose large values go missing, and whose texts do more often in the second class."""
    rng = np.random.default_rng(seed)
    X, place = rng.standard_normal((3000, 6)), rng.integers(0, 5, 3000)
    y = sigmoid_draw(rng, X[:, 0] + X[:, 1] * X[:, 2] + 0.4 * place - 0.8)
    X[rng.random(X.shape) < 0.6 / (1 + np.exp(-2 * X))] = np.nan
    place_text = texts(place, "place ")
    place_text[rng.random(3000) < 0.1 + 0.3 * y] = np.nan
    return frame(X).assign(place=place_text), y


def friedman1(seed: int) -> Rows:
    """Draw Friedman's first: sine, square and two lines, five idle columns."""
    X, y = sets.make_friedman1(1500, noise=1.0, random_state=seed)
    return frame(X), y


def friedman2(seed: int) -> Rows:
    """Draw Friedman's second: an impedance, columns of very different units."""
    X, y = sets.make_friedman2(1000, noise=50.0, random_state=seed)
    return frame(X), y


def friedman3(seed: int) -> Rows:
    """Draw Friedman's third: a phase, steep at one side."""
    X, y = sets.make_friedman3(1000, noise=0.1, random_state=seed)
    return frame(X), y


def counts(seed: int) -> Rows:
    """Draw Poisson counts with a rate that is exponential in the columns, most of them small."""
    rng = np.random.default_rng(seed)
    X, day = rng.standard_normal((3000, 5)), rng.integers(0, 7, 3000)
    rate = np.exp(0.5 + 0.5 * X[:, 0] - 0.4 * np.abs(X[:, 1]) + 0.2 * (day >= 5))
    return frame(X).assign(day=texts(day, "day ")), rng.poisson(rate).astype(np.float64)


def heavy_tails(seed: int) -> Rows:
    """Draw log-normal columns, and noise of Student's t with three degrees of freedom."""
    rng = np.random.default_rng(seed)
    X = np.exp(1.2 * rng.standard_normal((2000, 8)))
    return frame(X), np.log(X[:, 0] * X[:, 1]) + np.sqrt(X[:, 2]) + 0.7 * rng.standard_t(3, 2000)


def steps(seed: int) -> Rows:
    """Draw a target of boxes with sharp edges, as trees are made for."""
    rng = np.random.default_rng(seed)
    X = rng.random((2000, 6))
    boxes = 3 * (X[:, 0] > 0.6) * (X[:, 1] < 0.4) - 2 * (X[:, 2] > 0.8) + (X[:, 0] < 0.2) * (X[:, 3] > 0.5)
    return frame(X), boxes + 0.5 * rng.standard_normal(2000)


def many_columns(seed: int) -> Rows:
    """Draw 150 rows of 200 columns, ten of which count, linearly."""
    X, y = sets.make_regression(150, 200, n_informative=10, noise=20.0, random_state=seed)
    return frame(X), y


def tiny_numbers(seed: int) -> Rows:
    """Draw 60 rows, one curve, one category, noise."""
    rng = np.random.default_rng(seed)
    X, kind = rng.standard_normal((60, 4)), rng.integers(0, 3, 60)
    return frame(X).assign(kind=texts(kind, "kind ")), X[:, 0] ** 2 + X[:, 1] + kind + 0.5 * rng.standard_normal(60)


CLASSES: dict[str, Callable[[int], Rows]] = {
    "clusters": clusters,
    "many-classes": many_classes,
    "half-noise": half_noise,
    "rare-class": rare_class,
    "tiny-classes": tiny_classes,
    "moons": moons,
    "levels-that-matter": levels_that_matter,
    "idle-levels": idle_levels,
    "pairs-of-levels": pairs_of_levels,
    "missing-by-value": missing_by_value,
}
NUMBERS: dict[str, Callable[[int], Rows]] = {
    "friedman1": friedman1,
    "friedman2": friedman2,
    "friedman3": friedman3,
    "counts": counts,
    "heavy-tails": heavy_tails,
    "steps": steps,
    "many-columns": many_columns,
    "tiny-numbers": tiny_numbers,
}

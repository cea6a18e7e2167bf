"""The lab's ready examples: each a function of plain numbers, with points from the package's own random streams.

The same seed gives the same points on every machine. Planar examples lie in about [-1, 1] by [-1, 1].
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from layerwise.equations.streams import Purpose, normal, uniform
from layerwise.errors import MissingDependencyError
from layerwise.network import Array

__all__ = ["PRESETS", "Preset", "Raw"]


class Raw(NamedTuple):
    """Examples before they are split: rows are features, columns are examples.

    Attributes
    ----------
    X : (n_x, m) float64 array
    label : (m,) float64 array
        The number of the class, or the number to predict.
    inputs : tuple of str
    target : str
    classes : tuple of str or None
        None where the target is a number.
    standardise : bool
        Whether X is to be standardised, by what the training examples are.
    """

    X: Array
    label: Array
    inputs: tuple[str, ...]
    target: str
    classes: tuple[str, ...] | None
    standardise: bool = False


@dataclass(frozen=True)
class Preset:
    """A name that the setting `preset` takes.

    Attributes
    ----------
    task : str or None
        "binary", "classes" or "regression"; None where it depends on the table or the points.
    make : callable or None
        Takes the settings named in `uses` and returns a `Raw`; None for tables.
    uses : tuple of str
        The settings of the group "data" that mean something for it, beside those that mean something for all.
    """

    task: str | None
    make: Callable[..., Raw] | None
    uses: tuple[str, ...] = ()


PLANE = ("x_1", "x_2")
DRAWN = ("examples", "noise", "data_seed")
TUMOUR = (
    *("radius", "texture", "perimeter", "area", "smoothness"),
    *("compactness", "concavity", "concave points", "symmetry", "fractal dimension"),
)


def _planar(points: Array, label: Array) -> Raw:
    return Raw(points, label, PLANE, "class", ("0", "1"))


def _numbers(m: int, seed: int, which: int) -> Array:
    return uniform(m, seed, Purpose.EXAMPLES, which)


def _jitter(m: int, noise: float, seed: int) -> Array:
    return noise * normal(2 * m, seed, Purpose.EXAMPLES).reshape(2, m)


def _halves(m: int) -> Array:
    """Return the labels 0 and 1, of each half the examples."""
    return (2 * np.arange(m) >= m).astype(np.float64)


def _part(label: Array) -> Array:
    """Return where each example stands among those of its class, from 0 to almost 1."""
    part = np.empty_like(label)
    for value in np.unique(label):
        count = int((label == value).sum())
        part[label == value] = np.arange(count) / count
    return part


def flower(examples: int, noise: float, data_seed: int) -> Raw:
    """Return the planar flower of the course: the rose r = sin 4t, the first half of its curve against the second."""
    t = 2 * np.pi * np.arange(examples) / examples
    turned, lengthened = _jitter(examples, noise, data_seed)
    angle = t + 4 * turned
    radius = np.sin(4 * angle) + lengthened
    return _planar(np.vstack([radius * np.sin(angle), radius * np.cos(angle)]), (t >= np.pi).astype(np.float64))


def moons(examples: int, noise: float, data_seed: int) -> Raw:
    """Return two half circles that reach into each other."""
    label = _halves(examples)
    t = np.pi * _part(label)
    x = np.where(label == 0, np.cos(t), 1 - np.cos(t)) - 0.5
    y = np.where(label == 0, np.sin(t), 0.5 - np.sin(t)) - 0.25
    return _planar(np.vstack([x, y]) / 1.5 + _jitter(examples, noise, data_seed), label)


def circles(examples: int, noise: float, data_seed: int) -> Raw:
    """Return a circle around another of half its radius."""
    label = _halves(examples)
    t, radius = 2 * np.pi * _part(label), np.where(label == 0, 0.9, 0.45)
    return _planar(radius * np.vstack([np.cos(t), np.sin(t)]) + _jitter(examples, noise, data_seed), label)


def spiral(examples: int, noise: float, data_seed: int) -> Raw:
    """Return two arms of a spiral, each of one and a half turns."""
    label = _halves(examples)
    part = _part(label)
    t, radius = 3 * np.pi * part + np.pi * label, 0.1 + 0.85 * part
    return _planar(radius * np.vstack([np.sin(t), np.cos(t)]) + _jitter(examples, noise, data_seed), label)


def xor(examples: int, noise: float, data_seed: int) -> Raw:
    """Return points in the four quadrants: class 1 where the signs of the two inputs differ."""
    points = 2 * np.vstack([_numbers(examples, data_seed, which) for which in (1, 2)]) - 1
    label = (points[0] * points[1] < 0).astype(np.float64)
    return _planar(points + _jitter(examples, noise, data_seed), label)


def parity(bits: int) -> Raw:
    """Return all 2^n inputs of n bits: class 1 where an odd number of them is 1 (notes, week 4)."""
    X = (np.arange(2**bits) >> np.arange(bits).reshape(bits, 1)) & 1
    names = tuple(f"bit_{k}" for k in range(1, bits + 1))
    return Raw(X.astype(np.float64), X.sum(axis=0) % 2.0, names, "parity", ("even", "odd"))


def waves(examples: int, noise: float, data_seed: int) -> Raw:
    """Return y = sin(pi x_1) cos(pi x_2 / 2) on the square, with noise on y: regression."""
    X = 2 * np.vstack([_numbers(examples, data_seed, which) for which in (1, 2)]) - 1
    y = np.sin(np.pi * X[0]) * np.cos(np.pi / 2 * X[1]) + _jitter(examples, noise, data_seed)[0]
    return Raw(X, y, PLANE, "y", None)


def digits() -> Raw:
    """Return scikit-learn's 1797 handwritten digits of 8 by 8 grey values, between 0 and 1."""
    *X, digit = _of_sklearn("digits", "digits.csv.gz").T
    names = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))
    return Raw(np.array(X) / 16, digit, names, "digit", tuple("0123456789"))


def breast_cancer() -> Raw:
    """Return scikit-learn's 569 tumours (Wisconsin, 30 measurements each): malignant or benign."""
    *X, label = _of_sklearn("breast_cancer", "breast_cancer.csv", headings=1).T
    names = [form.format(what) for form in ("mean {}", "{} error", "worst {}") for what in TUMOUR]
    return Raw(np.array(X), label, tuple(names), "diagnosis", ("malignant", "benign"), standardise=True)


def _of_sklearn(preset: str, file: str, headings: int = 0) -> Array:
    # scikit-learn takes seconds to import: its file is read where it lies
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise MissingDependencyError(f"The preset {preset} needs sklearn: pip install 'layerwise[sklearn]'")
    content = (Path(found.origin).parent / "datasets" / "data" / file).read_bytes()
    text = (gzip.decompress(content) if file.endswith(".gz") else content).decode()
    return np.array([line.split(",") for line in text.splitlines()[headings:]], np.float64)


def points(points: tuple[tuple[float, float, float], ...]) -> Raw:
    """Return drawn points; the labels that are there become the classes."""
    x, y, drawn = np.array(points, dtype=np.float64).reshape(-1, 3).T
    values, label = np.unique(drawn, return_inverse=True)
    return Raw(np.vstack([x, y]), label.astype(np.float64), PLANE, "class", tuple(f"{value:g}" for value in values))


PRESETS: Mapping[str, Preset] = {
    "flower": Preset("binary", flower, DRAWN),
    "moons": Preset("binary", moons, DRAWN),
    "circles": Preset("binary", circles, DRAWN),
    "spiral": Preset("binary", spiral, DRAWN),
    "xor": Preset("binary", xor, DRAWN),
    "parity": Preset("binary", parity, ("bits",)),
    "waves": Preset("regression", waves, DRAWN),
    "digits": Preset("classes", digits),
    "breast_cancer": Preset("binary", breast_cancer),
    "points": Preset(None, points, ("points",)),
    "table": Preset(None, None, ("table", "target", "columns")),
}
"""Every preset by name."""

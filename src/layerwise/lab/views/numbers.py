"""Numbers as the page gets them: JSON without NaN and infinity, and bytes for pictures."""

from __future__ import annotations

import base64
import math
from typing import Any, TypeAlias

import numpy as np

from layerwise.network import Array

__all__ = ["Json", "Matrix", "as_bytes", "entries", "histogram", "matrix", "number", "scaled_bytes", "scaled_rows"]

Json: TypeAlias = dict[str, Any]
Matrix: TypeAlias = list[list[float | None]]

BINS = 30


def number(value: Any) -> float | None:
    """Return a plain float; None for what is not finite."""
    plain = float(value)
    return plain if math.isfinite(plain) else None


def entries(values: Array) -> list[float | None]:
    """Return a vector as a list."""
    flat = np.asarray(values).reshape(-1)
    plain: list[float | None] = flat.tolist()
    return plain if np.isfinite(flat).all() else [number(value) for value in flat]


def matrix(values: Array, rows: int | None = None, columns: int | None = None) -> Matrix:
    """Return the first rows and columns of a matrix as a list of rows."""
    part = np.asarray(values)[:rows, :columns]
    plain: Matrix = part.tolist()
    return plain if np.isfinite(part).all() else [[number(value) for value in row] for row in part]


def as_bytes(values: Array) -> str:
    """Return numbers from 0 to 255 as base64, row by row."""
    return base64.b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode()


def scaled_bytes(values: Array) -> tuple[float, float, str]:
    """Return the least and the greatest number, and all of them between as bytes 0 to 255."""
    return scaled_rows(np.asarray(values).reshape(1, -1))[0]


def scaled_rows(values: Array) -> list[tuple[float, float, str]]:
    """Return of each row the least and the greatest number, and all of them between as bytes 0 to 255."""
    finite = np.nan_to_num(np.asarray(values, np.float64), posinf=1e300, neginf=-1e300)
    low, high = finite.min(axis=1, keepdims=True), finite.max(axis=1, keepdims=True)
    span = high / 255 - low / 255  # so that the difference of huge numbers does not overflow
    levels = np.rint((finite / 255 - low / 255) / np.where(span > 0, span, np.inf) * 255)
    rows = zip(low[:, 0].tolist(), high[:, 0].tolist(), levels.astype(np.uint8), strict=True)
    return [(least, greatest, as_bytes(row)) for least, greatest, row in rows]


def histogram(values: Array) -> Json:
    """Return counts between equally wide edges from the least to the greatest finite number."""
    flat = np.asarray(values, np.float64).reshape(-1)
    finite = flat[np.isfinite(flat)]
    if not finite.size:
        return {"minimum": 0.0, "maximum": 0.0, "counts": [0] * BINS}
    low, high = float(finite.min()), float(finite.max())
    span = high - low
    if not 0 < span < math.inf:
        return {"minimum": low, "maximum": high, "counts": [int(finite.size)] + [0] * (BINS - 1)}
    places = np.minimum((finite - low) * (BINS / span), BINS - 1).astype(np.intp)
    return {"minimum": low, "maximum": high, "counts": np.bincount(places, minlength=BINS).tolist()}

"""What an exported Python file computes with. Its source, from the marked line on, stands in every one of them.

Cells become arrays (m,), columns become the matrix x (m, n_x), the networks make of it the mean Ŷ (m, n_y); all of
it in float64, but that x is rounded to the type that the networks were trained in.
"""

from __future__ import annotations

import base64
import datetime
import math
from typing import Any

import numpy as np

# What follows is the same in every exported file.


def _array(text: str, dtype: str, *shape: int) -> Any:
    """Return the array of little-endian numbers that stand in base64."""
    return np.frombuffer(base64.b64decode(text), dtype).reshape(shape).astype(np.float64)


def _is_missing(cell: Any) -> bool:
    return cell is None or cell == "" or type(cell).__name__ in ("NAType", "NaTType") or cell != cell


def _numbers_of(cells: Any) -> Any:
    array = np.asarray(cells)
    if array.dtype.kind in "iufb":
        return array.astype(np.float64)
    return np.array([np.nan if _is_missing(cell) else float(cell) for cell in array.tolist()], np.float64)


def _texts_of(cells: Any) -> list[Any]:
    return [None if _is_missing(cell) else _text(cell) for cell in np.asarray(cells, dtype=object).tolist()]


def _text(cell: Any) -> str | None:
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, (int, float, np.number)):
        return repr(float(cell)).removesuffix(".0")
    return str(cell).strip() or None


def _moments_of(cells: Any) -> Any:
    array = np.asarray(cells)
    if array.dtype.kind in "Mi":  # whole numbers are microseconds since 1970
        return array.astype("M8[us]")
    return np.array([None if _is_missing(cell) else _moment(cell) for cell in array.tolist()], "M8[us]")


def _moment(cell: Any) -> Any:
    moment = datetime.datetime.fromisoformat(cell.strip()) if isinstance(cell, str) else cell
    zone = getattr(moment, "tzinfo", None)
    return moment if zone is None else moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)  # noqa: UP017


def _places_of_numbers(x: Any, median: float, scale: float, mark: bool, knots: tuple[float, ...]) -> list[Any]:
    """Return z / sqrt(1 + (z / 3)^2), z = (x - median) / scale; the mark of missing cells; the position among knots."""
    gaps = np.isnan(x)
    bounded = np.clip(np.where(gaps, median, x), -4e307, 4e307)
    with np.errstate(over="ignore", under="ignore"):
        z = np.clip((bounded - median) / scale, -1e9, 1e9) if scale else np.zeros(len(x))
        places = [z / np.sqrt(1.0 + (z / 3.0) ** 2)]
    places += [gaps] if mark else []
    return places + ([np.interp(bounded, knots, np.arange(float(len(knots))))] if knots else [])


def _places_of_ranks(x: Any, levels: tuple[float, ...], median: float, mark: bool, position: bool) -> list[Any]:
    """Return 2 u / (K - 1) - 1 with the rank u; the mark of missing cells; u."""
    gaps = np.isnan(x)
    ranks = np.interp(np.clip(x, -4e307, 4e307), levels, np.arange(float(len(levels))))
    u = np.where(gaps, median, ranks)
    return [2.0 * u / max(len(levels) - 1, 1) - 1.0] + ([gaps] if mark else []) + ([u] if position else [])


def _places_of_levels(cells: Any, keys: tuple[Any, ...], rows: tuple[int, ...], values: Any) -> list[Any]:
    """Return the row of `values` of each level; the last but one is for missing cells, the last for other levels."""
    row_of = dict(zip(keys, rows))  # noqa: B905 - of one length
    missing, unseen = len(values) - 2, len(values) - 1
    found = [missing if cell is None or cell != cell else row_of.get(cell, unseen) for cell in cells]
    return list(np.asarray(values)[found].T)


def _places_of_dates(dates: Any, mark: bool, parts: tuple[Any, ...]) -> list[Any]:
    """Return the mark of missing cells; each part as a number, and the sine and cosine of its period."""
    gaps = np.isnat(dates)
    values = _parts_of(np.where(gaps, np.datetime64(0, "us"), dates))
    places = [gaps] if mark else []
    for part, period, numbers in parts:
        places += _places_of_numbers(np.where(gaps, np.nan, values[part]), *numbers)
        if period:
            angle = 2.0 * np.pi * values[part] / period
            places += [np.where(gaps, 0.0, np.sin(angle)), np.where(gaps, 0.0, np.cos(angle))]
    return places


def _parts_of(moments: Any) -> dict[str, Any]:
    years, months, days = (moments.astype(f"M8[{unit}]") for unit in "YMD")
    return {
        "year": years.astype(np.int64) + 1970.0,
        "month": months.astype(np.int64) % 12 + 1.0,
        "day": (days - months.astype("M8[D]")).astype(np.int64) + 1.0,
        "day_of_week": (days.astype(np.int64) + 3) % 7,  # 1970-01-01 was a Thursday
        "hour": (moments - days).astype(np.int64) / 3.6e9,
        "elapsed_days": moments.astype(np.int64) / 8.64e10,
    }


_READ: dict[str, Any] = {"number": _numbers_of, "text": _texts_of, "datetime": _moments_of}
_PLACES: dict[str, Any] = {
    "Numbers": _places_of_numbers,
    "Ranks": _places_of_ranks,
    "Levels": _places_of_levels,
    "Dates": _places_of_dates,
}


def _matrix(columns: Any, known: Any, n_x: int) -> Any:
    """Return x, (m, n_x), from a mapping of columns; `known` has the name, kind, encoding and places of each."""
    absent = [name for name, *_ in known if name not in columns]
    if absent:
        raise ValueError(f"predict needs the columns {absent}, which are not there.")
    cells = [_READ[kind](columns[name]) for name, kind, *_ in known]
    if len({len(column) for column in cells}) > 1:
        raise ValueError("predict needs columns of one length.")
    x = np.empty((len(cells[0]), n_x))
    for column, (_, _, encoding, arguments, places) in zip(cells, known):  # noqa: B905 - of one length
        x[:, places] = np.column_stack(_PLACES[encoding](column, *arguments))
    return x


def _checked(X: Any, n_x: int) -> Any:
    X = np.asarray(X, np.float64)
    if X.ndim != 2 or X.shape[1] != n_x or not np.isfinite(X).all():
        raise ValueError(f"predict needs a matrix of finite numbers, (m, {n_x}).")
    return X


def _embedded(u: Any, positions: int, ordered: bool, E: Any) -> Any:
    """Return the outputs of an embedding, (M, m, d), or, without tables, its code (m, width)."""
    if not ordered:
        return u[:, None] == np.arange(positions) if E is None else _with_zeros(E)[:, u.astype(np.int64)]
    code = np.clip(u[:, None] - np.arange(positions - 1), 0.0, 1.0)
    return code if E is None else code @ E


def _with_zeros(E: Any) -> Any:
    return np.concatenate([E, np.zeros_like(E[:, :1])], axis=1)  # what position -1 takes


def _outputs(x: Any, dtype: str, embeddings: Any, layers: Any) -> Any:
    """Return the mean output of the networks, (m, n_y): A = g(A W + b), layer by layer."""
    x = np.asarray(x, dtype).astype(np.float64)
    n_plain, M = x.shape[1] - len(embeddings), len(layers[0][0])
    parts = [x[:, :n_plain], *(_embedded(x[:, n_plain + j], *entry) for j, entry in enumerate(embeddings))]
    A = np.concatenate([np.broadcast_to(part, (M, *part.shape[-2:])) for part in parts], axis=2)
    for W, b, g, settings in layers:
        A = _ACTIVATIONS[g](A @ W + b[:, None, :], *settings)
    return A.mean(axis=0)


def _sigmoid(z: Any) -> Any:
    return np.exp(np.minimum(z, 0.0)) / (1.0 + np.exp(-np.abs(z)))


def _softplus(z: Any) -> Any:
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def _elu(z: Any, alpha: float, scale: float = 1.0) -> Any:
    return scale * np.where(z > 0.0, z, alpha * np.expm1(np.minimum(z, 0.0)))


def _gelu(z: Any) -> Any:
    return z * 0.5 * np.frompyfunc(math.erfc, 1, 1)(-z * math.sqrt(0.5)).astype(np.float64)


def _softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=2, keepdims=True))
    return e / e.sum(axis=2, keepdims=True)


def _exp(z: Any) -> Any:
    with np.errstate(over="ignore"):
        return np.exp(z)


_ACTIVATIONS: dict[str, Any] = {
    "identity": lambda z: z,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "leaky_relu": lambda z, slope: np.where(z > 0.0, z, slope * z),
    "elu": _elu,
    "selu": lambda z: _elu(z, 1.6732632423543772, 1.0507009873554805),
    "gelu": _gelu,
    "silu": lambda z: z * _sigmoid(z),
    "mish": lambda z: z * np.tanh(_softplus(z)),
    "softplus": _softplus,
    "exp": _exp,
    "softmax": _softmax,
}

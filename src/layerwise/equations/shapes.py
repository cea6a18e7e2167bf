"""Shapes and values, checked where they enter, so that the equations need no assertion (notes 2.16).

Every message names the symbol, the rule with its numbers, and the shape that came instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from layerwise.errors import DataError, ParameterError, ShapeError
from layerwise.layout import as_numbers
from layerwise.mapped import columns_in_parts
from layerwise.network import Array, Network, Parameters

__all__ = ["check_affine", "check_fit", "check_inputs", "check_masks", "check_targets", "check_weights"]


def check_affine(owner: str, A: Array, W: Array, b: Array | None = None, dZ: Array | None = None) -> None:
    """Check one affine layer: W (n[l], n[l-1]), A (n[l-1], m), b (n[l], 1), dZ (n[l], m)."""
    if W.ndim != 2 or A.ndim != 2 or W.shape[1] != A.shape[0]:
        columns = f"n[l-1] = {A.shape[0]}, because A has shape {A.shape}" if A.ndim == 2 else "A of shape (n[l-1], m)"
        raise ShapeError(f"{owner}: W must have shape (n[l], n[l-1]) with {columns}. Got W {W.shape}, A {A.shape}.")
    if b is not None and b.shape != (W.shape[0], 1):
        cure = f" Use b.reshape({W.shape[0]}, 1)." if b.shape == (W.shape[0],) else ""
        raise ShapeError(f"{owner}: b must have shape (n[l], 1) = ({W.shape[0]}, 1). Got {b.shape}.{cure}")
    if dZ is not None and dZ.shape != (W.shape[0], A.shape[1]):
        raise ShapeError(f"{owner}: dZ must have shape (n[l], m) = {(W.shape[0], A.shape[1])}. Got {dZ.shape}.")


def check_fit(owner: str, net: Network, theta: Parameters) -> None:
    """Check that the parameters belong to a network of these sizes."""
    if not isinstance(net, Network) or not isinstance(theta, Parameters):
        kinds = f"{type(net).__name__} and {type(theta).__name__}"
        raise ParameterError(f"{owner}: its first two arguments are a Network and its Parameters. Got {kinds}.")
    if theta.layout != net.layout:
        raise ShapeError(
            f"{owner}: the parameters must have the sizes of the network, {net.layout}. Got {theta.layout}."
        )


def check_masks(owner: str, net: Network, masks: Mapping[int, Any], m: int) -> dict[int, Array]:
    """Return dropout masks as arrays, each (n[l], m) and of a hidden layer."""
    arrays = {l: np.asarray(mask) for l, mask in masks.items()}
    for l, mask in arrays.items():
        if l not in range(1, net.L):
            raise ShapeError(f"{owner}: masks belong to the hidden layers 1 to {net.L - 1}. Got one for layer {l}.")
        if mask.shape != (net.n[l], m):
            raise ShapeError(f"{owner}: masks[{l}] must have shape (n[{l}], m) = {(net.n[l], m)}. Got {mask.shape}.")
    return arrays


def check_inputs(owner: str, net: Network, X: Any, dtype: Any, *, finite: bool = False) -> Array:
    """Return X as an (n_x, m) array of `dtype`; no copy where it is one already."""
    array = _columns(owner, "X", "n_x", net.n_x, X, dtype)
    if array.shape[1] == 0:
        raise ShapeError(f"{owner}: X must have at least one column, an example. Got {array.shape}.")
    if finite:
        _check_finite(owner, "X", array)
    if net.embeddings:
        _check_positions(owner, net, array)
    return array


def check_targets(owner: str, net: Network, Y: Any, m: int, dtype: Any, labels: str) -> Array:
    """Return Y as an (n_y, m) array of `dtype`, after its values have been held against the loss.

    Parameters
    ----------
    labels : str
        What the loss allows: "probabilities", "distributions", "non-negative" or "numbers".
    """
    array = _columns(owner, "Y", "n_y", net.sizes[-1], Y, dtype)
    if array.shape[1] != m:
        raise ShapeError(f"{owner}: Y must have a column for each of the m = {m} columns of X. Got {array.shape}.")
    _check_finite(owner, "Y", array)
    for first, part in columns_in_parts(array):
        _check_labels(owner, net, part, first, labels)
    return array


def _check_labels(owner: str, net: Network, array: Array, first: int, labels: str) -> None:
    lowest = {"probabilities": 0, "distributions": 0, "non-negative": 0}.get(labels)
    wrong = np.zeros(array.shape, bool) if lowest is None else array < lowest
    rule = "at least 0"
    if labels == "probabilities":
        wrong, rule = wrong | (array > 1), "in [0, 1]; use 0/1 labels"
    _refuse_where(owner, net, array, wrong, rule, first)
    if labels == "distributions":
        off = np.abs(np.einsum("ij->j", array) - 1) > 1e-4  # five times as fast as sum(axis=0) on few classes
        if off.any():
            i = int(off.argmax())
            raise DataError(
                f"{owner}: with the loss {net.loss!r} every column of Y must sum to 1 (one-hot labels; "
                f"layerwise.one_hot makes them). Got the sum {array[:, i].sum():g} in column {first + i}."
            )


def check_weights(owner: str, sample_weight: Any, m: int, dtype: Any) -> Array | None:
    """Return the weights as a (1, m) array of `dtype`, or None where there are none."""
    if sample_weight is None:
        return None
    array = _numbers(owner, "sample_weight", sample_weight, dtype)
    if array.shape not in ((m,), (1, m)):
        raise ShapeError(f"{owner}: sample_weight must have shape (m,) or (1, m) with m = {m}. Got {array.shape}.")
    array = array.reshape(1, m)
    _check_finite(owner, "sample_weight", array)
    if (array < 0).any() or not array.any():
        raise DataError(f"{owner}: sample_weight must be at least 0 and not 0 everywhere. Got {array.min():g}.")
    with np.errstate(over="ignore"):
        if not np.isfinite(array.sum()):
            raise DataError(f"{owner}: the sum of sample_weight must be finite in {array.dtype}. Divide all of them.")
    return array


def _check_positions(owner: str, net: Network, X: Array) -> None:
    for first, part in columns_in_parts(X):
        _check_positions_of(owner, net, part, first)


def _check_positions_of(owner: str, net: Network, X: Array, first: int) -> None:
    for row, entry in enumerate(net.embeddings, start=len(X) - len(net.embeddings)):
        if X.dtype == np.float32 and entry.positions > 2**24:
            raise DataError(
                f"{owner}: row {row} of X holds {entry.positions} positions, and float32 tells 2**24 from each other. "
                "Use dtype='float64'."
            )
        u, K = X[row], entry.positions
        wrong = ~np.isfinite(u) if entry.ordered else ~((u >= -1) & (u < K) & (u == np.floor(u)))
        if wrong.any():
            column = int(np.argmax(wrong))
            rule = "a finite number" if entry.ordered else f"a whole number from 0 to {K - 1}, or -1 for none"
            raise DataError(
                f"{owner}: a position must be {rule}. Got {u[column]:g} in row {row}, column {first + column} of X."
            )


def _columns(owner: str, symbol: str, rows_name: str, rows: int, values: Any, dtype: Any) -> Array:
    array = _numbers(owner, symbol, values, dtype)
    if array.ndim == 2 and array.shape[0] == rows:
        return array
    raise ShapeError(
        f"{owner}: {symbol} must have shape ({rows_name}, m) with {rows_name} = {rows}; columns are examples. "
        f"Got {array.shape}.{_cure(symbol, rows, array.shape)}"
    )


def _numbers(owner: str, symbol: str, values: Any, dtype: Any) -> Array:
    array = as_numbers(owner, symbol, values)
    if np.ma.is_masked(values):
        raise DataError(f"{owner}: {symbol} must have no masked entries, which would be used as numbers. Fill them.")
    with np.errstate(over="ignore", under="ignore"):
        cast = array.astype(dtype, copy=False)
    too_large = np.isinf(cast) & np.isfinite(array) if cast.dtype != array.dtype else np.zeros(1, bool)
    if too_large.any():
        raise DataError(
            f"{owner}: {symbol} must hold numbers that {cast.dtype} can. Got {array[too_large].flat[0]:g}. "
            "Use dtype='float64', or divide by a scale."
        )
    return cast


def _cure(symbol: str, rows: int, shape: tuple[int, ...]) -> str:
    if len(shape) == 1 and rows == 1:
        return f" Use {symbol}.reshape(1, -1): a row, one column for each example."
    if shape == (rows,):
        return f" Use {symbol}.reshape(-1, 1): a column, one example."
    if symbol == "Y" and rows > 1 and len(shape) == 2 - (shape[:1] != (1,)):
        return " layerwise.one_hot makes columns of class numbers."
    if len(shape) == 2 and shape[1] == rows:
        return f" Use {symbol}.T if its rows are the examples."
    return ""


def _check_finite(owner: str, symbol: str, array: Array) -> None:
    for first, part in columns_in_parts(array):
        _check_finite_of(owner, symbol, part, first)


def _check_finite_of(owner: str, symbol: str, array: Array, first: int) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(np.einsum("ij->", array)):  # one fast pass without a mask; finite numbers may overflow it
            return
    finite = np.isfinite(array)
    if not finite.all():
        row, at = np.unravel_index(int(np.argmin(finite)), array.shape)
        column = first + at
        raise DataError(
            f"{owner}: {symbol} must be finite. Got {array[row, at]} in row {row}, column {column} "
            f"(feature {row} of example {column})."
            if symbol == "X"
            else f"{owner}: {symbol} must be finite. Got {array[row, at]} in row {row}, column {column}."
        )


def _refuse_where(owner: str, net: Network, Y: Array, wrong: Array, rule: str, first: int) -> None:
    if wrong.any():
        row, column = np.unravel_index(int(np.argmax(wrong)), Y.shape)
        raise DataError(
            f"{owner}: with the loss {net.loss!r} every value of Y must be {rule}. "
            f"Got {Y[row, column]:g} in row {row}, column {first + column}."
        )

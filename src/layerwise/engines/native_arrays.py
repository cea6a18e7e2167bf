"""Examples as the C++ core takes them: tables in C order, an example a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise.engines.examples import Examples
from layerwise.engines.sparse import SparseInputs
from layerwise.errors import ParameterError
from layerwise.mapped import is_mapped
from layerwise.network import Array, Network

__all__ = ["ENDLESS", "in_order", "mapped", "rows_of", "subset_of"]

ENDLESS = 2**62
"""The largest count that the core is told."""


def rows_of(net: Network, examples: Examples) -> tuple[Any, Array, Array | None]:
    """Return X, Y and the weights; the transposed view of a C-ordered table is not copied."""
    if net.embeddings and isinstance(examples.X, SparseInputs):
        raise ParameterError(
            "The native engine takes the positions of embeddings from a dense X. Got a sparse one: use X.dense(), or "
            "engine='numpy'."
        )
    X, Y, w = examples.X, in_order(examples.Y.T), examples.sample_weight
    inputs = (X.numbers, X.features, X.starts) if isinstance(X, SparseInputs) else in_order(X.T)
    return inputs, Y, None if w is None else in_order(w.reshape(-1))


def subset_of(examples: Examples) -> Array | None:
    """Return which of the rows are the examples, or None for all."""
    return None if examples.subset is None else in_order(examples.subset)


def mapped(X: Any, Y: Array, w: Array | None) -> tuple[bool, bool, bool]:
    """Return which of `rows_of` lie in mapped files: copies, of another order or type, do not."""
    return _is_mapped(X), _is_mapped(Y), _is_mapped(w)


def _is_mapped(array: Any) -> bool:
    return isinstance(array, np.ndarray) and is_mapped(array)


def in_order(array: Array) -> Array:
    """Return the same numbers in C order, each at a multiple of its size; no copy where they are."""
    return array if array.flags.c_contiguous and array.flags.aligned else array.copy(order="C")

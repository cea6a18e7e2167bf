"""A graph of ONNX nodes that is built by calls: ``graph("Add", a, 1.0)``."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType
from typing import Any

import numpy as np

from layerwise.network import Array

__all__ = ["ML", "Graph"]

ML = "ai.onnx.ml"
"""The domain of `LabelEncoder`."""


class Graph:
    """Nodes and constants, each with a name that no input or output has.

    Parameters
    ----------
    onnx : module
    taken : collection of str
        The names of inputs and outputs.
    """

    def __init__(self, onnx: ModuleType, taken: Collection[str]) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._taken = set(taken)
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def __call__(
        self, operator: str, *inputs: Any, output: str | None = None, domain: str = "", **attributes: Any
    ) -> str:
        """Add a node and return the name of its output, `output` if given.

        An input is a name, or else an array of constants.
        """
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        output = output or self._name()
        self.nodes.append(self.onnx.helper.make_node(operator, names, [output], domain=domain, **attributes))
        return output

    def constant(self, values: Any) -> str:
        """Return the name of a constant; equal ones are one. A Python float is a double."""
        array = np.asarray(values)
        texts = array.dtype.kind in "OU"
        key = (array.dtype.str, array.shape, repr(array.tolist()).encode() if texts else array.tobytes())
        if key not in self._known:
            self._known[key] = self._name()
            self.constants.append(self._tensor(self._known[key], array, texts))
        return self._known[key]

    def cast(self, value: str, dtype: Any, output: str | None = None) -> str:
        """Add a conversion to a NumPy type."""
        return self("Cast", value, output=output, to=self.type_of(dtype))

    def type_of(self, dtype: Any) -> int:
        """Return ONNX's number for a NumPy type."""
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def columns(self, value: str, places: Any) -> str:
        """Add the choice of some columns, in that order."""
        return self("Gather", value, np.asarray(places, np.int64), axis=1)

    def clip(self, value: str, low: Any, high: Any) -> str:
        """Add a bound on both sides."""
        return self("Clip", value, low, high)

    def _tensor(self, name: str, array: Array, texts: bool) -> Any:
        if not texts:  # a single number keeps its shape ()
            return self.onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
        encoded = [text.encode() for text in array.tolist()]
        return self.onnx.helper.make_tensor(name, self.onnx.TensorProto.STRING, array.shape, encoded)

    def _name(self) -> str:
        k = len(self._taken)
        while f"t{k}" in self._taken:
            k += 1
        self._taken.add(f"t{k}")
        return f"t{k}"

"""A program as an ONNX model."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import numpy as np

from layerwise._version import __version__
from layerwise.errors import require
from layerwise.export.onnx_encodings import encoded
from layerwise.export.onnx_graph import ML, Graph
from layerwise.export.onnx_network import networks
from layerwise.export.program import Output, Program

__all__ = ["onnx_model"]

OPSET, ML_OPSET, IR = 17, 3, 8
"""Of 2022: every runtime since then knows them."""

_TYPES = {"number": np.float64, "datetime": np.int64, "text": np.str_}


def onnx_model(program: Program) -> bytes:
    """Return the bytes of an ONNX model, checked by `onnx.checker`.

    Raises
    ------
    MissingDependencyError
        If onnx is not installed.
    """
    onnx = require("onnx", extra="onnx", purpose="Writing ONNX")
    columns = [entry.name for entry in program.inputs] or ["X"]
    names = _distinct(columns)
    graph = Graph(onnx, {*names, *_OUTPUTS})
    x = graph.cast(encoded(graph, program.inputs, names), program.dtype) if program.inputs else names[0]
    outputs = _outputs(graph, program.output, networks(graph, program, x))
    made = onnx.helper.make_graph(graph.nodes, "layerwise", _inputs(onnx, program, names), outputs, graph.constants)
    opsets = [onnx.helper.make_opsetid(domain, version) for domain, version in (("", OPSET), (ML, ML_OPSET))]
    model = onnx.helper.make_model(
        made, opset_imports=opsets, ir_version=IR, producer_name="layerwise", producer_version=__version__
    )
    about = dict(program.about) | {"inputs": json.dumps(dict(zip(names, columns, strict=True)))}
    if program.output.labels:
        about["classes"] = json.dumps(program.output.labels)
    onnx.helper.set_model_props(model, dict(sorted(about.items())))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


_OUTPUTS = ("label", "probabilities", "value", "Y_hat")
"""Names that no input has."""


def _distinct(columns: list[str]) -> list[str]:
    """Return the columns' names, changed where they are empty or an output's."""
    taken = {*columns, *_OUTPUTS}
    names = []
    for column in columns:
        name = column
        while not name or name in _OUTPUTS or (name != column and name in taken):
            name = f"{name or 'column'}_"
        taken.add(name)
        names.append(name)
    return names


def _inputs(onnx: ModuleType, program: Program, names: list[str]) -> list[Any]:
    make, type_of = onnx.helper.make_tensor_value_info, onnx.helper.np_dtype_to_tensor_dtype
    if not program.inputs:
        return [make(names[0], type_of(program.dtype), ["rows", program.n_x])]
    kinds = [onnx.TensorProto.STRING if entry.kind == "text" else type_of(np.dtype(_TYPES[entry.kind]))
             for entry in program.inputs]  # fmt: skip
    return [make(name, kind, ["rows"]) for name, kind in zip(names, kinds, strict=True)]


def _outputs(graph: Graph, output: Output, Y_hat: str) -> list[Any]:
    make, double = graph.onnx.helper.make_tensor_value_info, graph.type_of(np.float64)
    if output.task == "numbers":
        name = "value" if output.flat else "Y_hat"
        _numbers(graph, output, Y_hat, name)
        return [make(name, double, ["rows"] if output.flat else ["rows", output.n_y])]
    probabilities = make("probabilities", double, ["rows", output.width])
    if output.task == "labels":
        graph("Identity", Y_hat, output="probabilities")
        graph.cast(graph("Greater", Y_hat, 0.5), np.int64, output="label")
        return [make("label", graph.type_of(np.int64), ["rows", output.width]), probabilities]
    _probabilities(graph, output, Y_hat)
    labels, kind = _labels(graph, output)
    graph("Gather", labels, _place(graph, output, Y_hat), output="label")
    return [make("label", kind, ["rows"]), probabilities]


def _numbers(graph: Graph, output: Output, Y_hat: str, name: str) -> None:
    value = graph("Squeeze", Y_hat, [1]) if output.flat else Y_hat
    if (output.mean, output.std) != (0.0, 1.0):
        value = graph("Add", graph("Mul", value, output.std), output.mean)
    graph("Identity", value, output=name)


def _probabilities(graph: Graph, output: Output, Y_hat: str) -> None:
    if output.binary:
        graph("Concat", graph("Sub", 1.0, Y_hat), Y_hat, axis=1, output="probabilities")
    else:
        graph("Div", Y_hat, graph("ReduceSum", Y_hat, [1], keepdims=1), output="probabilities")


def _place(graph: Graph, output: Output, Y_hat: str) -> str:
    """Add the place of the most probable class, (m,)."""
    if not output.binary:
        return graph("ArgMax", Y_hat, axis=1, keepdims=0)
    second = graph("GreaterOrEqual" if output.second_at_half else "Greater", Y_hat, 0.5)
    return graph.cast(graph("Squeeze", second, [1]), np.int64)


def _labels(graph: Graph, output: Output) -> tuple[str, int]:
    """Return the constant of all labels and its type: texts, whole numbers or doubles."""
    labels = output.labels
    array = np.array(labels, object if isinstance(labels[0], str) else None)
    kind = graph.onnx.TensorProto.STRING if array.dtype == object else graph.type_of(array.dtype)
    return graph.constant(array), int(kind)

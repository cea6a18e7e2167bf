"""From every model of the package to a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from layerwise._version import __version__
from layerwise.errors import ParameterError
from layerwise.estimators.tabular import TabularModel
from layerwise.export.columns import inputs_of_table
from layerwise.export.labels import labels_of
from layerwise.export.program import Embedded, Layer, Levels, Output, Program
from layerwise.network import Array, Network, Parameters
from layerwise.training import TrainingResult

__all__ = ["program_of"]


def program_of(model: Any, digest: str | None = None) -> Program:
    """Return the program of a model; `digest` is that of its file, where it is known.

    Raises
    ------
    ParameterError
        If it is no model of the package, is not fitted, or cannot be exported.
    """
    program = _program_of(model)
    _check_weights(program)
    _check_texts(program)
    about = {"written_by": f"layerwise {__version__}"} | ({"digest": f"sha256:{digest}"} if digest else {})
    return replace(program, about=about | program.about)


def _program_of(model: Any) -> Program:
    tabular = getattr(model, "model_", model)
    if isinstance(tabular, TabularModel):
        return _of_table(tabular, getattr(model, "classes_", None))
    if isinstance(model, TrainingResult):
        return _of_networks([(model.network, model.parameters)], Output("numbers", model.network.sizes[-1]))
    if "sklearn" in sys.modules:  # without it there is no estimator to be asked for
        from layerwise.export.estimators import network_and_output

        if found := network_and_output(model):
            return _of_networks([found[0]], found[1])
    raise ParameterError(
        "The 'model' parameter of an export must be a fitted model of layerwise, such as train returns or fit leaves. "
        f"Got {'an unfitted ' if hasattr(model, 'fit') else ''}{type(model).__name__}."
    )


def _of_table(model: TabularModel, classes: Array | None) -> Program:
    target = model.target
    if target.task == "regression":
        output = Output("numbers", 1, mean=float(target.mean), std=float(target.std), flat=True)
    else:
        given = None if classes is None else labels_of(classes)
        output = Output("classes", target.n_y, given or labels_of(target.labels), second_at_half=True)
    program = _of_networks([(member.network, member.parameters) for member in model.members], output)
    about = {"target": target.name, "missing_texts": json.dumps(model.encoder.missing)}
    return replace(program, inputs=inputs_of_table(model.encoder), about=about)


def _of_networks(networks: Sequence[tuple[Network, Parameters]], output: Output) -> Program:
    """Stack networks of one shape."""
    net, theta = networks[0]
    if any((other.sizes, other.g, other.embeddings) != (net.sizes, net.g, net.embeddings) for other, _ in networks):
        raise ParameterError("The networks of an exported model must have one shape. Those of this one differ.")
    thetas = [parameters for _, parameters in networks]
    layers = tuple(
        Layer(_stack([each.W[l].T for each in thetas]), _stack([each.b[l][:, 0] for each in thetas]), net.g[l])
        for l in range(1, net.L + 1)
    )
    embeddings = tuple(
        Embedded(entry, None if theta.E[j] is None else _stack([each.E[j].T for each in thetas]))
        for j, entry in enumerate(net.embeddings)
    )
    return Program((), net.n_x, embeddings, layers, output)


def _stack(arrays: Sequence[Array]) -> Array:
    return np.ascontiguousarray(np.stack(arrays))


def _check_weights(program: Program) -> None:
    arrays = [array for layer in program.layers for array in (layer.W, layer.b)]
    arrays += [embedded.E for embedded in program.embeddings if embedded.E is not None]
    if not all(np.isfinite(array).all() for array in arrays):
        raise ParameterError(
            "An exported model must have finite weights. Those of this one are not: it diverged. "
            "Train it again with a smaller learning rate."
        )


def _check_texts(program: Program) -> None:
    texts: list[Any] = [entry.name for entry in program.inputs] + list(program.output.labels)
    for entry in program.inputs:
        texts += [key for key, _ in entry.encoding.keys] if isinstance(entry.encoding, Levels) else []
    for text in texts:
        try:
            str(text).encode()
        except UnicodeEncodeError:
            raise ParameterError(f"The names and levels of an exported model must be Unicode. Got {text!r}.") from None

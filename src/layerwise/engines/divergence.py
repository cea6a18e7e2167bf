"""Where a run stopped being finite, from the step once more by the equations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from layerwise.engines.contract import Divergence
from layerwise.engines.examples import Examples
from layerwise.equations.optimizers import State
from layerwise.equations.passes import Gradients, Propagation
from layerwise.equations.propagation import backward, cost, forward
from layerwise.layout import layer_views
from layerwise.network import Array, Network, Parameters

__all__ = ["locate", "propagate"]


def propagate(
    net: Network, theta: Parameters, examples: Examples, l2: float, masks: Mapping[int, Array] | None = None
) -> tuple[Propagation, float, Gradients]:
    """Return the forward pass, the cost and its gradient for checked examples."""
    X, Y, w = examples.arrays()
    run = forward(net, theta, X, masks, check=False)
    J = cost(net, theta, run, Y, l2, w, check=False)
    return run, J, backward(net, theta, run, Y, l2, w, check=False, full=False)


def locate(
    epoch: int, step: int, run: Propagation, J: float, grad: Gradients, theta: Parameters, state: State | None = None
) -> Divergence:
    """Return the first tensor of a step that is not finite, in the order of the computation.

    Parameters
    ----------
    epoch, step : int
        Counted from 0.
    run, J, grad
        What the step computed at the parameters before it.
    theta, state
        The parameters and the optimizer's state after it.
    """
    layers, tables = range(1, len(run.A)), [j for j, shape in enumerate(theta.layout.tables) if shape]
    ordered: list[tuple[str, int | None, Array]] = [("A[0]", None, run.A[0])] if tables else []
    ordered += [(name, l, tensors[l]) for l in layers for name, tensors in (("Z", run.Z), ("A", run.A))]
    ordered += [("J", None, np.asarray(J))]
    backwards = (("dZ", grad.dZ), ("dW", grad.dW), ("db", grad.db))
    ordered += [(name, l, tensors[l]) for l in reversed(layers) for name, tensors in backwards]
    ordered += [(f"dE[{j}]", None, grad.dE[j]) for j in tables]
    for letter, vector in (state.slots if state else {}).items():  # a running average: g² overflows before g does
        *averages, of_tables = layer_views(theta.layout, vector)
        named = zip(("W", "b"), averages, strict=True)
        ordered += [(f"{letter} of d{name}", l, arrays[l]) for name, arrays in named for l in layers]
        ordered += [(f"{letter} of dE[{j}]", None, of_tables[j]) for j in tables]
    ordered += [(name, l, tensors[l]) for l in layers for name, tensors in (("W", theta.W), ("b", theta.b))]
    ordered += [(f"E[{j}]", None, theta.E[j]) for j in tables]
    for name, l, tensor in ordered:
        if not np.isfinite(tensor).all():
            return Divergence(epoch, step, name if l is None else f"{name}[{l}]", l)
    return Divergence(epoch, step, "J", None)  # an engine that rounds otherwise saw more than this replay of its step

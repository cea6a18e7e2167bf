"""`diagnose`: why a network does not learn, with the layer, the evidence and a cure.

The advice is that of the course: notes 3.6 (which activation), 3.7 (linear hidden layers), 3.11 (initialization).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from layerwise.equations.activations import activation
from layerwise.equations.losses import loss
from layerwise.equations.passes import Gradients, Propagation
from layerwise.equations.propagation import backward, forward
from layerwise.equations.shapes import check_fit, check_inputs, check_targets
from layerwise.network import Array, Network, Parameters

__all__ = ["Diagnosis", "diagnose"]

FLAT = 0.05  # an activation is saturated where its slope is below this part of its largest slope
ALWAYS = 0.95  # a unit is saturated if it is so for this part of the examples
RATIO = 1e3  # derivatives that shrink or grow by more than this through the layers


@dataclass(frozen=True)
class Diagnosis:
    """One thing that keeps a network from learning.

    Attributes
    ----------
    code : str
        "linear_hidden_layers", "symmetric_units", "zero_weights", "sigmoid_hidden", "linear_output_for_labels",
        "saturated_units", "dead_relu", "vanishing_gradients", "exploding_gradients" or "not_finite".
    layer : int
        Where it is.
    evidence : str
        What was seen, with numbers.
    cause : str
        Why it keeps the network from learning.
    cure : str
        What to do.
    severe : bool
        False where the network will learn all the same, only less well.
    """

    code: str
    layer: int
    evidence: str
    cause: str
    cure: str
    severe: bool = True

    def __str__(self) -> str:
        return f"layer {self.layer}, {self.code}: {self.evidence} {self.cause} Cure: {self.cure}"


@dataclass(frozen=True)
class _Case:
    net: Network
    theta: Parameters
    run: Propagation
    Y: Array
    grad: Gradients


def diagnose(net: Network, theta: Parameters, X: Array, Y: Array) -> list[Diagnosis]:
    """Look for what keeps a network from learning: one forward and one backward pass over the examples.

    Parameters
    ----------
    net : Network
    theta : Parameters
        Initial ones, or those of any moment of a run.
    X : (n_x, m) array
    Y : (n_y, m) array

    Returns
    -------
    list of Diagnosis
        Severe ones first, then by layer; empty where nothing was found.

    Raises
    ------
    ShapeError, DataError
        As for `train`.

    Examples
    --------
    >>> from layerwise import Network, initialize
    >>> net = Network((2, 3, 1), ("sigmoid", "sigmoid"))
    >>> X, Y = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]), np.array([[0, 1, 1, 0]])
    >>> for diagnosis in diagnose(net, initialize(net, seed=1), X, Y):
    ...     print(diagnosis.layer, diagnosis.code, "-", diagnosis.cure)
    1 sigmoid_hidden - Use 'tanh' or 'relu' in layer 1; keep sigmoid for the output.
    """
    check_fit("diagnose", net, theta)
    X = check_inputs("diagnose", net, X, theta.dtype, finite=True)
    Y = check_targets("diagnose", net, Y, X.shape[1], theta.dtype, loss(net.loss_choice).labels)
    with np.errstate(all="ignore"):  # what is not finite is looked for, and is the first finding
        run = forward(net, theta, X, check=False)
        case = _Case(net, theta, run, Y, backward(net, theta, run, Y, check=False))
        found = list(_not_finite(case)) or [finding for look in _LOOKS for finding in look(case)]
    return sorted(found, key=lambda finding: (not finding.severe, finding.layer))


def _not_finite(case: _Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L + 1):
        if not np.isfinite(case.run.Z[l]).all():
            yield Diagnosis(
                "not_finite",
                l,
                f"Z[{l}] holds NaN or infinity.",
                "Every number after it is lost.",
                "Take the parameters from before, with a smaller learning_rate or clip_norm.",
            )
            return


def _linear_hidden_layers(case: _Case) -> Iterator[Diagnosis]:
    hidden = case.net.g[1:-1]
    if hidden and all(g.name == "identity" for g in hidden):
        yield Diagnosis(
            "linear_hidden_layers",
            1,
            f"Every one of the {_count(len(hidden), 'hidden layer')} has the activation 'identity'.",
            "A composition of linear functions is one linear function, whatever the number of layers.",
            "Use 'relu' or 'tanh' in the hidden layers, or leave them out.",
        )


def _symmetric_units(case: _Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L):
        # what makes a unit itself: the weights and the bias into it, and the weights out of it
        unit = np.hstack([case.theta.W[l], case.theta.b[l], case.theta.W[l + 1].T])
        n, distinct = len(unit), len(np.unique(unit, axis=0))
        if n == 1 and not unit[:, [*range(case.net.n[l - 1]), *range(-case.net.n[l + 1], 0)]].any():
            yield Diagnosis(
                "zero_weights",
                l,
                "Every weight into and out of its unit is 0.",
                "No derivative passes through, so that nothing there can change.",
                "Initialize at random: initialize(net, seed, method='he').",
            )
        if distinct < n:
            zero = " (all of them 0)" if not unit.any() else ""
            yield Diagnosis(
                "symmetric_units",
                l,
                f"Its {n} units have only {_count(distinct, 'different set')} of weights{zero}.",
                "Equal units get equal derivatives and stay equal for ever: they work as one.",
                "Initialize at random: initialize(net, seed, method='he').",
                severe=2 * distinct <= n or distinct == 1,
            )


def _sigmoid_hidden(case: _Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L):
        if case.net.g[l].name == "sigmoid":
            yield Diagnosis(
                "sigmoid_hidden",
                l,
                f"It has the activation 'sigmoid'; its outputs have the mean {case.run.A[l].mean():.2f}.",
                "Outputs around 0 suit the next layer better than outputs around ½, and its slope is at most ¼.",
                f"Use 'tanh' or 'relu' in layer {l}; keep sigmoid for the output.",
                severe=False,
            )


def _linear_output_for_labels(case: _Case) -> Iterator[Diagnosis]:
    net, Y = case.net, case.Y
    if net.g[net.L].name == "identity" and np.isin(Y, (0, 1)).all() and Y.min() < Y.max():
        right = "softmax" if len(Y) > 1 and (Y.sum(axis=0) == 1).all() else "sigmoid"
        outside = ((case.run.Y_hat < 0) | (case.run.Y_hat > 1)).mean()
        yield Diagnosis(
            "linear_output_for_labels",
            net.L,
            f"Every label is 0 or 1, the output is linear; {outside:.0%} of the outputs lie outside [0, 1].",
            "They are no probabilities, and the squared error punishes right, confident answers.",
            f"Use {right!r} as the last activation; its loss is the cross-entropy.",
        )


def _saturated_units(case: _Case) -> Iterator[Diagnosis]:
    steepest = {"sigmoid": 0.25, "tanh": 1.0}
    for l in range(1, case.net.L):
        name = case.net.g[l].name
        if name not in steepest:
            continue
        slope = activation(case.net.g[l]).derivative(case.run.Z[l], case.run.A[l])
        saturated = ((slope < FLAT * steepest[name]).mean(axis=1) >= ALWAYS).sum()
        if saturated:
            yield Diagnosis(
                "saturated_units",
                l,
                f"{_of(saturated, case.net.n[l])} units lie on the flat part of {name} for nearly every example; "
                f"the largest |z| is {np.abs(case.run.Z[l]).max():.3g}.",
                "There the slope is almost 0, and so is every derivative that passes through it.",
                "Start with smaller weights, standardise X, or use 'relu'.",
                severe=bool(2 * saturated > case.net.n[l]),
            )


def _dead_relu(case: _Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L):
        if case.net.g[l].name != "relu":
            continue
        dead = (case.run.Z[l] <= 0).all(axis=1).sum()
        if dead:
            yield Diagnosis(
                "dead_relu",
                l,
                f"{_of(dead, case.net.n[l])} units are 0 for every example.",
                "Their slope is 0 as well, so that nothing they are made of can change.",
                "Use 'leaky_relu', a smaller learning_rate, or initialize anew with method='he'.",
                severe=bool(2 * dead > case.net.n[l]),
            )


def _gradient_scale(case: _Case) -> Iterator[Diagnosis]:
    size = [np.sqrt(np.square(dZ, dtype=np.float64).mean()) for dZ in case.grad.dZ[1:]]
    if len(size) < 2 or min(size[0], size[-1]) == 0 or not np.isfinite(size).all():
        return
    ratio = size[0] / size[-1]
    evidence = f"The derivatives dZ[1] are {ratio:.2g} times as large as dZ[{case.net.L}]."
    if ratio < 1 / RATIO:
        yield Diagnosis(
            "vanishing_gradients",
            1,
            evidence,
            "The first layers hardly move.",
            "Use 'relu' with method='he', or fewer layers.",
        )
    if ratio > RATIO:
        yield Diagnosis(
            "exploding_gradients",
            1,
            evidence,
            "One step throws the first layers far away.",
            "Start with smaller weights (method='he'), or train with clip_norm.",
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}"


_LOOKS: tuple[Callable[[_Case], Iterator[Diagnosis]], ...] = (
    _linear_hidden_layers,
    _symmetric_units,
    _sigmoid_hidden,
    _linear_output_for_labels,
    _saturated_units,
    _dead_relu,
    _gradient_scale,
)

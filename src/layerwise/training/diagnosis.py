"""`diagnose`: why a network does not learn, with the layer, the evidence and a cure.

The advice is that of the course: notes 3.6 (which activation), 3.7 (linear hidden layers), 3.11 (initialization).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from layerwise.engines import Divergence
from layerwise.equations.activations import activation
from layerwise.equations.losses import loss
from layerwise.equations.passes import Gradients, Propagation
from layerwise.equations.propagation import backward, forward
from layerwise.equations.shapes import check_fit, check_inputs, check_targets
from layerwise.errors import ShapeError
from layerwise.network import Array, LayerArrays, Network, Parameters
from layerwise.vocabulary import Choice

__all__ = ["CODES", "Case", "Diagnosis", "diagnose", "findings", "inactive_units", "saturated_units"]

CODES = (
    *("diverged", "not_finite", "linear_hidden_layers", "zero_weights", "symmetric_units", "sigmoid_hidden"),
    *("linear_output_for_labels", "saturated_units", "dead_relu", "inactive_units"),
    *("vanishing_gradients", "exploding_gradients", "small_updates", "large_updates"),
)
"""Every code that a `Diagnosis` may have."""

FLAT = 0.05  # an activation is saturated where its slope is below this part of its largest slope
ALWAYS = 0.95  # a unit is saturated if it is so for this part of the examples
RATIO = 1e3  # derivatives that shrink or grow by more than this through the layers
UPDATE = 1e-3  # a healthy step moves the weights by about this part of their size
FAR = 1e2  # and is far from healthy by this factor
_STEEPEST = {"sigmoid": 0.25, "tanh": 1.0}  # the largest slope


@dataclass(frozen=True)
class Diagnosis:
    """One thing that keeps a network from learning.

    Attributes
    ----------
    code : str
        One of `CODES`.
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
    facts : mapping of str to number or str
        What the sentences say with numbers and names, by name, for texts in another language.
    """

    code: str
    layer: int
    evidence: str
    cause: str
    cure: str
    severe: bool = True
    facts: Mapping[str, float | str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"layer {self.layer}, {self.code}: {self.evidence} {self.cause} Cure: {self.cure}"


@dataclass(frozen=True)
class Case:
    """What a diagnosis is made from.

    Attributes
    ----------
    net, theta : Network, Parameters
    run, grad : Propagation, Gradients
        Of the examples looked at.
    Y : (n_y, m) array
    update : LayerArrays or None
        By how much the next step moves the parameters.
    divergence : Divergence or None
        Where the run stopped being finite.
    """

    net: Network
    theta: Parameters
    run: Propagation
    Y: Array
    grad: Gradients
    update: LayerArrays | None = None
    divergence: Divergence | None = None


def diagnose(
    net: Network,
    theta: Parameters,
    X: Array,
    Y: Array,
    *,
    update: LayerArrays | None = None,
    divergence: Divergence | None = None,
) -> list[Diagnosis]:
    """Look for what keeps a network from learning: one forward and one backward pass over the examples.

    Parameters
    ----------
    net : Network
    theta : Parameters
        Initial ones, or those of any moment of a run.
    X : (n_x, m) array
    Y : (n_y, m) array
    update : Parameters, optional
        By how much a step moves the parameters, in their layout; with it, steps that are far too small or too large
        are told: healthy ones move the weights by about a thousandth of their size.
    divergence : Divergence, optional
        A result's ``divergence``: the first number that was not finite is then the first finding.

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
    if update is not None and update.layout != theta.layout:
        raise ShapeError(f"diagnose: update must have the sizes of theta, {theta.layout}. Got {update.layout}.")
    with np.errstate(all="ignore"):  # what is not finite is looked for, and is the first finding
        run = forward(net, theta, X, check=False)
        return findings(Case(net, theta, run, Y, backward(net, theta, run, Y, check=False), update, divergence))


def findings(case: Case) -> list[Diagnosis]:
    """Return what `diagnose` finds, from a pass that was made already."""
    with np.errstate(all="ignore"):
        found = list(_not_finite(case)) or [finding for look in _LOOKS for finding in look(case)]
    found.sort(key=lambda finding: (not finding.severe, finding.layer))
    return [*_diverged(case), *found]


def saturated_units(g: Choice, Z: Array, A: Array) -> Array:
    """Return which units lie on the flat part of sigmoid or tanh for nearly every example, (n,) of bool."""
    if g.name not in _STEEPEST:
        return np.zeros(len(Z), bool)
    slope = activation(g).derivative(Z, A)
    nearly: Array = (slope < FLAT * _STEEPEST[g.name]).mean(axis=1) >= ALWAYS
    return nearly


def inactive_units(g: Choice, Z: Array) -> Array:
    """Return which units of a layer of relu are 0 for nearly every example, (n,) of bool."""
    nearly: Array = (Z <= 0).mean(axis=1) >= (ALWAYS if g.name == "relu" else np.inf)
    return nearly


def _diverged(case: Case) -> Iterator[Diagnosis]:
    where = case.divergence
    if where is not None:
        yield Diagnosis(
            "diverged",
            where.layer or 1,
            f"{where.tensor} is the first that is not finite, in step {where.step + 1} of epoch {where.epoch + 1}.",
            "Steps that overshoot grow from one to the next, until a number is too large for its type.",
            "Use a smaller learning_rate or clip_norm, or standardise X.",
            facts={"tensor": where.tensor, "epoch": where.epoch + 1, "step": where.step + 1},
        )


def _not_finite(case: Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L + 1):
        if not np.isfinite(case.run.Z[l]).all():
            yield Diagnosis(
                "not_finite",
                l,
                f"Z[{l}] holds NaN or infinity.",
                "Every number after it is lost.",
                "Take the parameters from before, with a smaller learning_rate or clip_norm.",
                facts={"tensor": f"Z[{l}]"},
            )
            return


def _linear_hidden_layers(case: Case) -> Iterator[Diagnosis]:
    hidden = case.net.g[1:-1]
    if hidden and all(g.name == "identity" for g in hidden):
        yield Diagnosis(
            "linear_hidden_layers",
            1,
            f"Every one of the {_count(len(hidden), 'hidden layer')} has the activation 'identity'.",
            "A composition of linear functions is one linear function, whatever the number of layers.",
            "Use 'relu' or 'tanh' in the hidden layers, or leave them out.",
            facts={"layers": len(hidden)},
        )


def _symmetric_units(case: Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L):
        # what makes a unit itself: the weights and the bias into it, and the weights out of it
        unit = np.hstack([case.theta.W[l], case.theta.b[l], case.theta.W[l + 1].T])
        n, distinct = len(unit), len({row.tobytes() for row in unit + 0.0})  # where -0.0 is 0.0
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
                facts={"units": n, "distinct": distinct, "zero": int(not unit.any())},
            )


def _sigmoid_hidden(case: Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L):
        if case.net.g[l].name == "sigmoid":
            yield Diagnosis(
                "sigmoid_hidden",
                l,
                f"It has the activation 'sigmoid'; its outputs have the mean {case.run.A[l].mean():.2f}.",
                "Outputs around 0 suit the next layer better than outputs around ½, and its slope is at most ¼.",
                f"Use 'tanh' or 'relu' in layer {l}; keep sigmoid for the output.",
                severe=False,
                facts={"mean": round(float(case.run.A[l].mean()), 2)},
            )


def _linear_output_for_labels(case: Case) -> Iterator[Diagnosis]:
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
            facts={"outside": round(float(outside), 2), "activation": right},
        )


def _saturated_units(case: Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L):
        name, n, Z = case.net.g[l].name, case.net.n[l], case.run.Z[l]
        saturated = int(saturated_units(case.net.g[l], Z, case.run.A[l]).sum())
        if saturated:
            largest = _digits(np.abs(Z).max())
            yield Diagnosis(
                "saturated_units",
                l,
                f"{_of(saturated, n)} units lie on the flat part of {name} for nearly every example; "
                f"the largest |z| is {largest:.3g}.",
                "There the slope is almost 0, and so is every derivative that passes through it.",
                "Start with smaller weights, standardise X, or use 'relu'.",
                severe=2 * saturated > n,
                facts={"saturated": saturated, "units": n, "activation": name, "largest": largest},
            )


def _dead_relu(case: Case) -> Iterator[Diagnosis]:
    for l in range(1, case.net.L):
        if case.net.g[l].name != "relu":
            continue
        n, Z = case.net.n[l], case.run.Z[l]
        dead, inactive = int((Z <= 0).all(axis=1).sum()), int(inactive_units(case.net.g[l], Z).sum())
        if dead:
            yield Diagnosis(
                "dead_relu",
                l,
                f"{_of(dead, n)} units are 0 for every example.",
                "Their slope is 0 as well, so that nothing they are made of can change.",
                "Use 'leaky_relu', a smaller learning_rate, or initialize anew with method='he'.",
                severe=2 * dead > n,
                facts={"dead": dead, "units": n},
            )
        if 2 * inactive > n >= 2 * dead:
            yield Diagnosis(
                "inactive_units",
                l,
                f"{_of(inactive, n)} units are 0 for at least {ALWAYS:.0%} of the examples.",
                "Over half of the layer learns from hardly any example.",
                "Use 'leaky_relu', a smaller learning_rate, or initialize anew with method='he'.",
                severe=False,
                facts={"inactive": inactive, "units": n, "examples": ALWAYS},
            )


def _gradient_scale(case: Case) -> Iterator[Diagnosis]:
    size = [np.sqrt(np.square(dZ, dtype=np.float64).mean()) for dZ in case.grad.dZ[1:]]
    if len(size) < 2 or min(size[0], size[-1]) == 0 or not np.isfinite(size).all():
        return
    ratio = _digits(size[0] / size[-1], 2)
    evidence = f"The derivatives dZ[1] are {ratio:.2g} times as large as dZ[{case.net.L}]."
    facts = {"ratio": ratio, "last": case.net.L}
    if ratio < 1 / RATIO:
        cure = "Use 'relu' with method='he', or fewer layers."
        yield Diagnosis("vanishing_gradients", 1, evidence, "The first layers hardly move.", cure, facts=facts)
    if ratio > RATIO:
        cause = "One step throws the first layers far away."
        cure = "Start with smaller weights (method='he'), or train with clip_norm."
        yield Diagnosis("exploding_gradients", 1, evidence, cause, cure, facts=facts)


def _update_ratio(case: Case) -> Iterator[Diagnosis]:
    if case.update is None:
        return
    moved = Parameters.from_vector(case.theta.layout, case.update.vector)
    for l in range(1, case.net.L + 1):
        size, change = _norm(case.theta.W[l]), _norm(moved.W[l])
        if not (size and change and np.isfinite(change)):  # of weights that are 0, or a step that is none
            continue
        ratio = _digits(change / size, 2)
        evidence = f"The next step moves W[{l}] by {ratio:.2g} of its size; about {UPDATE:g} is healthy."
        facts = {"ratio": ratio, "healthy": UPDATE}
        if ratio < UPDATE / FAR:
            yield Diagnosis(
                "small_updates",
                l,
                evidence,
                "The layer hardly changes: learning takes very long, unless it is at its end.",
                "Use a larger learning_rate, or 'adam'.",
                severe=False,
                facts=facts,
            )
        # weights that begin near 0 have to move by more than their size; those that are drawn have about √n
        if ratio > UPDATE * FAR and size >= 0.5 * np.sqrt(case.net.n[l]):
            yield Diagnosis(
                "large_updates",
                l,
                evidence,
                "Each step undoes much of what the earlier ones learnt.",
                "Use a smaller learning_rate.",
                severe=ratio > 1,
                facts=facts,
            )


def _norm(values: Array) -> float:
    return float(np.linalg.norm(values.astype(np.float64)))


def _digits(value: float, digits: int = 3) -> float:
    return float(f"{value:.{digits}g}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}"


_LOOKS: tuple[Callable[[Case], Iterator[Diagnosis]], ...] = (
    _linear_hidden_layers,
    _symmetric_units,
    _sigmoid_hidden,
    _linear_output_for_labels,
    _saturated_units,
    _dead_relu,
    _gradient_scale,
    _update_ratio,
)
